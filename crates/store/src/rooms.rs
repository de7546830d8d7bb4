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
}

/// Asks which two users have read a room furthest, and up to where: a list of them, furthest first, which is all that
/// `core::receipts` needs to start with. The house asks.
#[derive(Debug, Clone, Copy)]
pub struct FurthestMarks {
    /// Which room.
    pub room: RoomId,
}
