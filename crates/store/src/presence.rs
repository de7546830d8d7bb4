//! What is stored of how people are there: how they want to be seen, and when they were last there.

use chatterbox_protocol::availability::Availability;
use chatterbox_protocol::ids::UserId;
use chatterbox_protocol::time::Timestamp;

/// Asks who wants to be seen otherwise than everybody, and when people were last there: a list of [`PresenceRow`], with whom
/// there is something to say of. The house asks.
#[derive(Debug, Clone, Copy)]
pub struct KnownPresence;

/// What is known of one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PresenceRow {
    /// Who.
    pub user: UserId,
    /// When they were last there.
    pub seen: Option<Timestamp>,
    /// How they want to be seen.
    pub availability: Availability,
}
