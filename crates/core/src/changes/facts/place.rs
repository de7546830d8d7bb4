//! What is known of the place.

use chatterbox_protocol::ids::Seq;
use chatterbox_protocol::place::PlaceState;

/// The place as it is stored. One that nobody has changed is what it is by default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PlaceFact {
    /// What everybody knows of it.
    pub state: PlaceState,
    /// The place of its last change in the house's log; 0 if there was none.
    pub changed_seq: Seq,
}
