//! Messages: what one looks like on the wire, and pages of them.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::ids::{MessageId, RoomId, Seq, UserId};
use crate::logs::Entry;
use crate::time::Timestamp;

/// A message in its present state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Message {
    /// Names the message.
    pub id: MessageId,
    /// The author's username.
    pub user: String,
    /// The author; none for an imported message whose author has no account. Their name may become another.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub by: Option<UserId>,
    /// What was written, exactly as typed.
    pub text: String,
    /// When it was stored.
    pub time: Timestamp,
    /// Whether a member other than the author has read it.
    pub seen: bool,
    /// The room it is in.
    pub room: RoomId,
    /// Its place in the room's log. Messages of a room are shown in this order.
    pub seq: Seq,
    /// When its text was last replaced, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub edited: Option<Timestamp>,
    /// What the sender's client called it, if it did: this is how the sender recognises its own message.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub nonce: Option<String>,
    /// Its last change's place in the room's log, if that is another one than its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub changed: Option<Seq>,
    /// As an event: the number that this goes on from; without it, the one before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub since: Option<Seq>,
}

impl Message {
    /// The place of its last change: the larger of the two.
    pub fn last_change(&self) -> Seq {
        self.changed.map_or(self.seq, |changed| changed.max(self.seq))
    }
}

/// A page of history, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MessagePage {
    /// The messages, oldest first.
    pub messages: Vec<Message>,
    /// Entries of other kinds between them, by rising numbers and without the name of their log.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<Entry>>", optional)]
    pub states: Vec<Entry>,
    /// Whether there are more in the direction asked for: before the first of these, or behind the last.
    pub more: bool,
}
