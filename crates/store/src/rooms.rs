//! Rooms: which ones a user has, and up to where they have been read.

use chatterbox_protocol::ids::{RoomId, Seq};

/// A room as one user sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomRow {
    /// Names the room.
    pub id: RoomId,
    /// What people call it.
    pub name: String,
    /// The number of the last change in its log.
    pub seq: Seq,
    /// Up to where this user has read.
    pub read_up_to: Seq,
    /// Up to where anybody else has.
    pub seen_up_to: Seq,
}
