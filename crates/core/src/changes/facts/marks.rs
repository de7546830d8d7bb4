//! What is known of how far people have read.

use chatterbox_protocol::ids::Seq;

/// How far a user has read in a room, as it is stored. Who has read nothing has no mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MarkFact {
    /// Up to which place in the room's log.
    pub up_to: Seq,
    /// Its last change's place in the user's own log.
    pub changed_seq: Seq,
}
