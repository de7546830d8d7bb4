//! Messages: reading them. A room is one ordered log: every change in it takes the room's next
//! sequence number inside the transaction that makes the change.

use chatterbox_protocol::ids::{MessageId, RoomId, Seq, UserId};
use chatterbox_protocol::time::Timestamp;

use crate::sqlite::questions::messages as history;
use crate::{Error, Store};

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
