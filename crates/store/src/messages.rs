//! Messages: sending, changing and reading them. A room is one ordered log: every change in it takes the room's next
//! sequence number inside the transaction that makes the change.

use chatterbox_protocol::ids::{MessageId, RoomId, Seq, UserId};
use chatterbox_protocol::time::Timestamp;

use crate::sqlite::{history, messages};
use crate::{Author, Error, Outcome, Store};

/// A message to be stored. Its text has been checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// Where.
    pub room: RoomId,
    /// What was written, exactly as typed.
    pub text: String,
    /// What the sender's client calls it: an author's nonce names one message, for good.
    pub nonce: Option<String>,
    /// When.
    pub now: Timestamp,
}

/// A message in its present state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Names the message.
    pub id: MessageId,
    /// The room it is in.
    pub room: RoomId,
    /// Its place in the room's log. Messages are shown in this order.
    pub seq: Seq,
    /// Its last change's place there; the same as [`Self::seq`] if it was never changed.
    pub changed_seq: Seq,
    /// Who wrote it; none for an imported message whose author has no account.
    pub author: Option<UserId>,
    /// The author's name.
    pub username: String,
    /// What was written. Empty if the message is deleted.
    pub text: String,
    /// When it was stored.
    pub time: Timestamp,
    /// When its text was last replaced, if it was.
    pub edited: Option<Timestamp>,
    /// What the sender's client called it, if it did.
    pub nonce: Option<String>,
}

/// The answer to [`Store::send`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The message as it is now, if it is a repeat.
    pub message: Stored,
    /// Whether it had been stored before. Then nothing has changed now, and nobody is to be told.
    pub repeated: bool,
}

/// The answer to [`Store::edit`] and [`Store::delete`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// Which message.
    pub id: MessageId,
    /// The room it is in.
    pub room: RoomId,
    /// The place of its last change in the room's log.
    pub seq: Seq,
    /// When it was last changed.
    pub time: Timestamp,
    /// The text as it is now; none if the message is deleted.
    pub text: Option<String>,
    /// Whether it was so already. Then nothing has changed now, and nobody is to be told.
    pub repeated: bool,
}

/// A page of history: as many messages as were asked for, or fewer if they hold more text than
/// [`PAGE_BYTES`](chatterbox_protocol::limits::PAGE_BYTES).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The messages, oldest first. Deleted ones are not among them.
    pub messages: Vec<Stored>,
    /// Whether there are more in the direction of reading.
    pub more: bool,
    /// The number of the room's last change in the same snapshot; 0 if there is no such room.
    pub seq: Seq,
}

/// A page of what has changed in a room, as its present state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// New and edited messages, in the order of the room.
    pub messages: Vec<Stored>,
    /// Deleted ones, each with the place of its deletion, in that order. Some may never have been shown to the one who
    /// asks.
    pub deleted: Vec<(MessageId, Seq)>,
    /// The change that this page reaches to: on the last one, the room's last change in the same snapshot.
    pub seq: Seq,
    /// Whether more has changed than this page tells.
    pub more: bool,
}

impl Store {
    /// Enqueues a message. `done` runs once, on the writer's thread, right after the commit or the failure, in the
    /// order of commits; it must be quick and must not wait for this store.
    ///
    /// Refuses [`Unauthorized`](crate::Refused::Unauthorized), [`NotFound`](crate::Refused::NotFound) for a room that
    /// the author may not see, [`Forbidden`](crate::Refused::Forbidden), and
    /// [`NonceReused`](crate::Refused::NonceReused) for another text or room under a nonce that the author has used. Errors here and now, and then `done`
    /// never runs: [`Error::Busy`] if the queue is full, [`Error::Stopped`].
    pub fn send(
        &self,
        by: Author,
        new: NewMessage,
        done: impl FnOnce(Outcome<Sent>) + Send + 'static,
    ) -> Result<(), Error> {
        self.sqlite.submit(move |writing| messages::send(writing, by, &new), done)
    }

    /// Enqueues a new text for a message; `done` as for [`Store::send`]. The same text again changes nothing.
    ///
    /// Refuses [`Unauthorized`](crate::Refused::Unauthorized), [`NotFound`](crate::Refused::NotFound) if the message
    /// is unknown, deleted or not for the author's eyes, and [`Forbidden`](crate::Refused::Forbidden).
    pub fn edit(
        &self,
        by: Author,
        id: MessageId,
        text: String,
        now: Timestamp,
        done: impl FnOnce(Outcome<Changed>) + Send + 'static,
    ) -> Result<(), Error> {
        self.sqlite.submit(move |writing| messages::edit(writing, by, id, &text, now), done)
    }

    /// Enqueues the end of a message; `done` as for [`Store::send`]. Its text is overwritten on the disk. Deleting
    /// again changes nothing.
    ///
    /// Refuses [`Unauthorized`](crate::Refused::Unauthorized), [`NotFound`](crate::Refused::NotFound) if the message
    /// is unknown, not for the author's eyes, or deleted by who may, and [`Forbidden`](crate::Refused::Forbidden).
    pub fn delete(
        &self,
        by: Author,
        id: MessageId,
        now: Timestamp,
        done: impl FnOnce(Outcome<Changed>) + Send + 'static,
    ) -> Result<(), Error> {
        self.sqlite.submit(move |writing| messages::delete(writing, by, id, now), done)
    }

    /// The newest `limit` messages of a room.
    pub async fn newest(&self, room: RoomId, limit: usize) -> Result<Page, Error> {
        self.read(move |snapshot| snapshot.newest(room, limit)).await
    }

    /// The `limit` messages before this place.
    pub async fn before(&self, room: RoomId, before: Seq, limit: usize) -> Result<Page, Error> {
        self.sqlite.read(move |connection| history::before(connection, room, before, limit)).await
    }

    /// The `limit` messages after this place: from 0, the whole history page by page.
    pub async fn after(&self, room: RoomId, after: Seq, limit: usize) -> Result<Page, Error> {
        self.read(move |snapshot| snapshot.after(room, after, limit)).await
    }

    /// What has changed in a room after this place of its log: at most `max` messages, and no more text than
    /// [`PAGE_BYTES`](chatterbox_protocol::limits::PAGE_BYTES) unless the first alone has more. None if the room has never
    /// been that far, or has had more than `reset_after` changes since.
    pub async fn changes_since(
        &self,
        room: RoomId,
        since: Seq,
        max: usize,
        reset_after: Option<u64>,
    ) -> Result<Option<Changes>, Error> {
        self.read(move |snapshot| snapshot.changes_since(room, since, max, reset_after)).await
    }
}
