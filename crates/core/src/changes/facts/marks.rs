//! What is known of how people have rooms.

use chatterbox_protocol::ids::Seq;
use chatterbox_protocol::logs::Mark;

/// How a user has a room, as it is stored. Who has read nothing there and has it not among theirs has no mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MarkFact {
    /// What the user knows of it.
    pub mark: Mark,
    /// Up to where the user has truly read: whoever comes begins with nothing unread, and has seen nothing of it.
    pub seen: Seq,
    /// Its last change's place in the user's own log.
    pub changed_seq: Seq,
}
