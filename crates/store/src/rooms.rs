//! Rooms: which ones a user has, and up to where they have been read.

use chatterbox_protocol::ids::{RoomId, Seq, UserId};

use crate::sqlite::questions::rooms;
use crate::{Error, Store};

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

impl Store {
    /// The rooms that a user may see: every open one, and the others that they are a member of. None for a user who
    /// is gone or not active.
    pub async fn rooms(&self, user: UserId) -> Result<Vec<RoomRow>, Error> {
        self.read(move |snapshot| snapshot.rooms(user)).await
    }

    /// The two users who have read a room furthest, furthest first: all that `core::receipts` needs to start with.
    pub async fn read_marks(&self, room: RoomId) -> Result<Vec<(UserId, Seq)>, Error> {
        self.sqlite.read(move |connection| rooms::furthest_marks(connection, room)).await
    }
}
