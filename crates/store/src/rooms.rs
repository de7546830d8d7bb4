//! Rooms: which ones a user has, and up to where they have been read.

use chatterbox_protocol::ids::{RoomId, Seq, UserId};

use crate::sqlite::rooms;
use crate::{Author, Error, Outcome, Store};

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

/// A read mark, as it stands now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marked {
    /// Up to where the user has read: never past the room's last change, never back.
    pub up_to: Seq,
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

    /// Enqueues: this user has read the room up to here. `done` runs once, like [`Store::send`]'s, or at once on this
    /// thread if the queue is full or closed.
    ///
    /// Refuses [`Unauthorized`](crate::Refused::Unauthorized) if the session was revoked or the user is not active
    /// (it takes no time, so that it does not look at the expiry), and [`NotFound`](crate::Refused::NotFound) for a
    /// room that the user may not see.
    pub fn mark_read(&self, by: Author, room: RoomId, up_to: Seq, done: impl FnOnce(Outcome<Marked>) + Send + 'static) {
        self.sqlite.submit_or_answer(move |writing| rooms::mark_read(writing, by, room, up_to), done);
    }
}
