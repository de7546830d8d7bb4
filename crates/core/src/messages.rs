//! Messages: whatever tells of one is made here.

use chatterbox_protocol::events::{Deleted, Edited, Event};
use chatterbox_protocol::ids::{MessageId, RoomId, Seq, UserId};
use chatterbox_protocol::messages::Message;
use chatterbox_protocol::time::Timestamp;

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

impl Stored {
    /// The message as the wire shows it.
    pub fn shown(self, seen: bool) -> Message {
        Message {
            id: self.id,
            user: self.username,
            by: self.author,
            text: self.text,
            time: self.time,
            seen,
            room: self.room,
            seq: self.seq,
            edited: self.edited,
            nonce: self.nonce,
            changed: Some(self.changed_seq).filter(|changed| *changed != self.seq),
            since: None,
        }
    }

    /// Tells that it has come.
    pub fn sent(self) -> Event {
        Event::Message(self.shown(false))
    }

    /// Tells that its last change gave it another text.
    pub fn edited(self) -> Event {
        let (id, room, seq, text) = (self.id, self.room, self.changed_seq, self.text.clone());
        let time = self.edited.unwrap_or(self.time);
        Event::Edit(Edited { id, text, time, room, seq, since: None, state: Some(Box::new(self.shown(false))) })
    }
}

/// Tells that a message has gone, by this change in its room.
pub fn deleted(id: MessageId, room: RoomId, seq: Seq) -> Event {
    Event::Delete(Deleted { id, room, seq, since: None })
}
