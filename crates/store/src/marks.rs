//! Marks: how far people have read.

use chatterbox_protocol::ids::RoomId;

/// Asks which two users have read a room furthest, and up to where: a list of them, furthest first, which is all that
/// `core::receipts` needs to start with. The house asks.
#[derive(Debug, Clone, Copy)]
pub struct FurthestMarks {
    /// Which room.
    pub room: RoomId,
}
