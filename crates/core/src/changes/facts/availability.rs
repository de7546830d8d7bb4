//! What is known of how people want to be seen.

use chatterbox_protocol::availability::Availability;
use chatterbox_protocol::ids::Seq;

/// How a user wants to be seen, as it is stored. Whoever has never said so is as everybody is at first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AvailabilityFact {
    /// How.
    pub availability: Availability,
    /// Its last change's place in the user's own log.
    pub changed_seq: Seq,
}
