//! Events: what the server says over the socket. One JSON object in one text frame, told apart by `type`. Clients
//! ignore the types and fields that they do not know.

mod written;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::commands::Ref;
use crate::errors::{ErrorCode, Refusal};
use crate::ids::{MessageId, RoomId, Seq, UserId};
use crate::logs::{Entry, LogName, Place, States, Whole};
use crate::messages::Message;
use crate::presence::{PersonTyping, PresentPeople};
use crate::rooms::Room;
use crate::time::Timestamp;
use crate::users::Role;

/// What the server tells a client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// A message, new or from the history.
    Message(Message),
    /// A message's text was replaced.
    Edit(Edited),
    /// A message is gone.
    Delete(Deleted),
    /// Who is online now: the whole set, sorted. At most one a second.
    Users {
        /// The usernames.
        users: Vec<String>,
    },
    /// Who has come and who has gone since the last `users` or `presence`. Only for clients that said `hello`, and do not
    /// follow the house's log.
    Presence {
        /// Who is online now and was not.
        online: Vec<String>,
        /// Who was online and is not now.
        offline: Vec<String>,
    },
    /// The same of people whom the client knows by their ids.
    People(PresentPeople),
    /// Someone else has read what this user wrote.
    Seen(Seen),
    /// A command with a `ref` has taken effect, and is on the disk.
    Ok(Done),
    /// A command was refused and changed nothing.
    Error(Failed),
    /// The answer to `hello`; for each room, its `history` follows, in one page or more.
    Hello(Welcome),
    /// A page of a room's state, or of what has changed in it since the client last looked.
    History(History),
    /// An entry of a log for which there is no other event.
    State(Entry),
    /// A page of one's own log, or of the house's.
    States(States),
    /// The client hears no more of a room: it is not there, or not for this user any more.
    Unfollowed {
        /// Which room.
        room: RoomId,
    },
    /// Somebody writes something. Only for connections that said `hello`.
    Typing(PersonTyping),
}

/// [`Event::Users`] of names that stay where they are: they may be many.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename = "users")]
pub struct Users<'a> {
    /// The usernames.
    pub users: &'a BTreeSet<&'a str>,
}

impl Event {
    /// Where it stands, if it is an entry of a log.
    pub fn place(&self) -> Option<Place> {
        match self {
            Self::Message(message) => {
                let log = LogName::Room(message.room);
                Some(Place::new(log, message.last_change(), message.since))
            }
            Self::Edit(Edited { room, seq, since, .. }) | Self::Delete(Deleted { room, seq, since, .. }) => {
                Some(Place::new(LogName::Room(*room), *seq, *since))
            }
            Self::State(entry) => Some(entry.place()),
            Self::Users { .. }
            | Self::Presence { .. }
            | Self::People(_)
            | Self::Seen(_)
            | Self::Ok(_)
            | Self::Error(_)
            | Self::Hello(_)
            | Self::History(_)
            | Self::States(_)
            | Self::Unfollowed { .. }
            | Self::Typing(_) => None,
        }
    }

    /// Who may hear no more of the room's log that it stands in, from this entry on.
    pub fn loss(&self) -> Option<Loss> {
        let Self::State(Entry { room: Some(_), id, state: Some(state), .. }) = self else { return None };
        match state {
            Whole::Member(member) if !member.change.is_in() => Some(Loss::User(UserId(*id))),
            Whole::Room(state) => state.closed_at.map(Loss::EverybodyFrom),
            _ => None,
        }
    }

    /// Who belongs to the room in whose log it stands, as this entry says.
    pub fn came(&self) -> Option<UserId> {
        let Self::State(Entry { room: Some(_), id, state: Some(Whole::Member(member)), .. }) = self else {
            return None;
        };
        member.change.is_in().then_some(UserId(*id))
    }

    /// Says which number it goes on from, unless that is the one before it, and unless it is no entry of a log.
    pub fn goes_on_from(&mut self, before: Seq) {
        let Some(Place { seq, .. }) = self.place() else { return };
        let said = Some(before).filter(|before| before.0 + 1 != seq.0);
        match self {
            Self::Message(Message { since, .. })
            | Self::Edit(Edited { since, .. })
            | Self::Delete(Deleted { since, .. })
            | Self::State(Entry { since, .. }) => *since = said,
            _ => {}
        }
    }
}

/// Who hears no more of a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// This user does not belong to it any more.
    User(UserId),
    /// It was closed by this change: whoever heard of it before does so no more, and who belongs to it follows it anew.
    EverybodyFrom(Seq),
}

/// What every entry of a log has, whatever else it says: a client that does not know its type or its kind counts it by
/// this, and shows nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Numbered {
    room: Option<RoomId>,
    #[serde(default)]
    house: bool,
    seq: Seq,
    since: Option<Seq>,
}

impl Numbered {
    /// Where it stands.
    pub fn place(self) -> Place {
        Place::new(LogName::of(self.room, self.house), self.seq, self.since)
    }
}

/// A message's text was replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Edited {
    /// Which message.
    pub id: MessageId,
    /// The new text.
    pub text: String,
    /// When.
    pub time: Timestamp,
    /// The room it is in.
    pub room: RoomId,
    /// This change's place in the room's log.
    pub seq: Seq,
    /// The number that this goes on from; without it, the one before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub since: Option<Seq>,
    /// The whole message after it, for whoever does not hold it. Its `seen` says nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub state: Option<Box<Message>>,
}

/// A message is gone. Its text does not travel again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Deleted {
    /// Which message.
    pub id: MessageId,
    /// The room it was in.
    pub room: RoomId,
    /// This change's place in the room's log.
    pub seq: Seq,
    /// The number that this goes on from; without it, the one before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub since: Option<Seq>,
}

/// The receiver's own messages up to here have been read by someone else. It tells not by whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Seen {
    /// Where.
    pub room: RoomId,
    /// Up to which place in the room's log.
    pub up_to: Seq,
}

/// A command has taken effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Done {
    /// The command's `ref`.
    #[serde(rename = "ref")]
    pub reference: Ref,
    /// The message that it made or changed, where it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub id: Option<MessageId>,
    /// The change's place in the room's log, where it made one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub seq: Option<Seq>,
    /// When it was stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub time: Option<Timestamp>,
}

/// A command was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Failed {
    /// For programs.
    pub code: ErrorCode,
    /// For people: what is wrong and what would be right.
    pub message: String,
    /// The command's `ref`, if it had one.
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub reference: Option<Ref>,
    /// The field that is at fault, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub field: Option<String>,
    /// The message because of which it was refused, where it is one: the first one under a nonce that comes again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub id: Option<MessageId>,
    /// Whole seconds to wait before trying again, where that helps.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub retry_after: Option<u32>,
}

impl Failed {
    /// The answer to a command that was refused.
    pub fn new(reference: Option<Ref>, refusal: Refusal) -> Self {
        Self {
            code: refusal.code,
            message: refusal.message,
            reference,
            field: refusal.field.map(str::to_owned),
            id: refusal.id,
            retry_after: refusal.retry_after,
        }
    }
}

/// Who the client is, and what it may see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Welcome {
    /// The user that the session belongs to.
    pub user: Me,
    /// Sequence numbers can be compared only within one epoch. A new one means: forget what you hold.
    pub epoch: String,
    /// The rooms that this user sees.
    pub rooms: Vec<Room>,
    /// The address that people open, to hand out; absent if the server was not told that it is another one than its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub public_url: Option<String>,
    /// The command's `ref`, if it had one.
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub reference: Option<Ref>,
}

/// The user that a session belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Me {
    /// Names the user.
    pub id: UserId,
    /// The username.
    pub username: String,
    /// What the user may do.
    pub role: Role,
}

/// What a client applies, page after page, to have a room's present state. A message takes the place of what the client
/// holds under its id, if it holds any.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct History {
    /// Which room.
    pub room: RoomId,
    /// Whether the client must forget what it holds of this room first; the messages are then its newest page.
    pub reset: bool,
    /// Whether there are older messages than the first of these. Says something only if `reset` is true.
    pub more: bool,
    /// New and changed messages in their present state, oldest first.
    pub messages: Vec<Message>,
    /// Messages that are gone.
    pub deleted: Vec<MessageId>,
    /// Entries of all other kinds, by rising numbers, without the name of their log.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<Entry>>", optional)]
    pub states: Vec<Entry>,
    /// The change that this brings the client up to.
    pub seq: Seq,
    /// Whether the client is live in this room now: events follow, and continue at `seq` + 1. Otherwise another page does.
    pub live: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_said_in_one_way_whoever_holds_the_names() {
        let users = BTreeSet::from(["ada", "grace"]);
        let said = serde_json::to_string(&Users { users: &users }).unwrap();
        assert_eq!(
            said,
            serde_json::to_string(&Event::Users { users: users.into_iter().map(str::to_owned).collect() }).unwrap()
        );
    }

    #[test]
    fn a_message_event_has_the_contracts_fields() {
        let event = Event::Message(Message {
            id: MessageId(5),
            user: "ada".into(),
            by: None,
            text: "hi".into(),
            time: Timestamp(0),
            seen: false,
            room: RoomId::FIRST,
            seq: Seq(1),
            edited: None,
            nonce: None,
            changed: None,
            since: None,
        });
        assert_eq!(
            serde_json::to_string(&event).unwrap(),
            r#"{"type":"message","id":5,"user":"ada","text":"hi","time":"1970-01-01T00:00:00.000Z","seen":false,"room":1,"seq":1}"#
        );
    }
}
