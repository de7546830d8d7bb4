//! Logs: whatever lives is a state with a place in one of three kinds of log. A log holds one entry for each thing: its
//! newest state, whole.

use serde::de::{Deserializer, Error};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

use crate::availability::Availability;
use crate::ids::{RoomId, Seq, UserId};
use crate::order::Order;
use crate::place::PlaceState;
use crate::profiles::Profile;
use crate::rooms::{Member, RoomState};
use crate::sessions::NewDevice;
use crate::users::Role;

/// Which log, as somebody names it who is told of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LogName {
    /// A room's: its messages, who belongs to it, what it is.
    Room(RoomId),
    /// One's own: which rooms one has, in which order, and how far one has read them, one's account. Nobody else hears of it.
    Own,
    /// The house's: who everybody is.
    House,
}

impl LogName {
    /// The log that an event with these fields is of: its own, unless it names another.
    pub fn of(room: Option<RoomId>, house: bool) -> Self {
        match room {
            Some(room) => Self::Room(room),
            None if house => Self::House,
            None => Self::Own,
        }
    }
}

/// The place of an entry: a client takes it if it knows `since` or more and less than `seq`, and then knows `seq`. If it
/// knows less than `since`, it has missed something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// In which log.
    pub log: LogName,
    /// The number of the change.
    pub seq: Seq,
    /// The number that this goes on from: all changes in between have been overtaken.
    pub since: Seq,
}

impl Place {
    /// The place of a change that goes on from the number before it, unless it says which.
    pub fn new(log: LogName, seq: Seq, since: Option<Seq>) -> Self {
        Self { log, seq, since: since.unwrap_or(Seq(seq.0.saturating_sub(1))) }
    }
}

/// What kind of thing an entry is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A message, in a room's log. `message`, `edit` and `delete` are how the wire spells its entries.
    Message,
    /// What somebody is to a room, in the room's log; its id is that user's.
    Member,
    /// What a room is, in its own log; its id is the room's.
    Room,
    /// How one has a room, in one's own log; its id is the room's.
    Mark,
    /// In which order one has one's rooms, in one's own log; its id is one's own.
    Order,
    /// Who one is, in one's own log; its id is one's own.
    Account,
    /// Who somebody is, in the house's log; its id is that user's.
    Card,
    /// How one wants to be seen, in one's own log; its id is one's own.
    Availability,
    /// What the place is, in the house's log; its id is 1.
    Place,
    /// Whom one does not want to hear, in one's own log; its id is that user's.
    Mute,
    /// Which session one has begun last by a link from another device, in one's own log; its id is one's own.
    Device,
}

/// How one has a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
pub struct Mark {
    /// Up to which place in the room's log one has read.
    pub up_to: Seq,
    /// Whether the room is among those that one has: one belongs to it, and has not put it away.
    #[serde(default, skip_serializing_if = "is_false")]
    #[ts(as = "Option<bool>", optional)]
    pub listed: bool,
}

/// Somebody whom one does not want to hear. There is no more to it; who wants to hear them again has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Mute {}

/// Who one is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct OwnAccount {
    /// The name that others see and that logs in.
    pub username: String,
    /// What one may do.
    pub role: Role,
    /// What one says of oneself.
    #[serde(default, skip_serializing_if = "Profile::is_empty")]
    #[ts(as = "Option<Profile>", optional)]
    pub profile: Box<Profile>,
}

/// Who somebody is, as everybody knows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Card {
    /// The name.
    pub username: String,
    /// What they may do.
    pub role: Role,
    /// Whether they may log in.
    pub active: bool,
    /// Whether they have left for good: the name is nobody's, and there is nobody to write to.
    #[serde(default, skip_serializing_if = "is_false")]
    #[ts(as = "Option<bool>", optional)]
    pub gone: bool,
    /// What they say of themselves.
    #[serde(default, skip_serializing_if = "Profile::is_empty")]
    #[ts(as = "Option<Profile>", optional)]
    pub profile: Box<Profile>,
}

/// What has become of a thing that is no message: all of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(untagged)]
pub enum Whole {
    /// Of [`Kind::Member`].
    Member(Member),
    /// Of [`Kind::Room`].
    Room(Box<RoomState>),
    /// Of [`Kind::Mark`].
    Mark(Mark),
    /// Of [`Kind::Order`].
    Order(Box<Order>),
    /// Of [`Kind::Account`].
    Account(OwnAccount),
    /// Of [`Kind::Card`].
    Card(Card),
    /// Of [`Kind::Availability`].
    Availability(Availability),
    /// Of [`Kind::Place`].
    Place(PlaceState),
    /// Of [`Kind::Mute`].
    Mute(Mute),
    /// Of [`Kind::Device`].
    Device(NewDevice),
}

impl Whole {
    /// What kind of thing it is the state of.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Member(_) => Kind::Member,
            Self::Room(_) => Kind::Room,
            Self::Mark(_) => Kind::Mark,
            Self::Order(_) => Kind::Order,
            Self::Account(_) => Kind::Account,
            Self::Card(_) => Kind::Card,
            Self::Mute(_) => Kind::Mute,
            Self::Device(_) => Kind::Device,
            Self::Availability(_) => Kind::Availability,
            Self::Place(_) => Kind::Place,
        }
    }

    fn read(kind: Kind, state: Value) -> serde_json::Result<Self> {
        match kind {
            Kind::Message => Err(Error::custom("a message is told by events of its own")),
            Kind::Member => serde_json::from_value(state).map(Self::Member),
            Kind::Room => serde_json::from_value(state).map(Self::Room),
            Kind::Mark => serde_json::from_value(state).map(Self::Mark),
            Kind::Order => serde_json::from_value(state).map(Self::Order),
            Kind::Account => serde_json::from_value(state).map(Self::Account),
            Kind::Card => serde_json::from_value(state).map(Self::Card),
            Kind::Mute => serde_json::from_value(state).map(Self::Mute),
            Kind::Device => serde_json::from_value(state).map(Self::Device),
            Kind::Availability => serde_json::from_value(state).map(Self::Availability),
            Kind::Place => serde_json::from_value(state).map(Self::Place),
        }
    }
}

/// The thing that another one hangs on: to whoever does not hold it, what hangs on it is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Of {
    /// What kind of thing.
    pub kind: Kind,
    /// Which one.
    #[ts(type = "number")]
    pub id: u64,
}

/// The newest of a thing: its state, or that it is gone. In a page its log is that of the page, and is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Entry {
    /// In which room's log; without it, in one's own, or in the house's.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub room: Option<RoomId>,
    /// Whether it is in the house's log.
    #[serde(skip_serializing_if = "is_false")]
    #[ts(as = "Option<bool>", optional)]
    pub house: bool,
    /// The number of this change.
    pub seq: Seq,
    /// The number that it goes on from; without it, the one before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub since: Option<Seq>,
    /// What kind of thing.
    pub kind: Kind,
    /// Which one of its kind.
    #[ts(type = "number")]
    pub id: u64,
    /// What it hangs on, if it hangs on anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub of: Option<Of>,
    /// All of it; nothing if it is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub state: Option<Whole>,
    /// Whether it is gone.
    #[serde(skip_serializing_if = "is_false")]
    #[ts(as = "Option<bool>", optional)]
    pub gone: bool,
}

/// An entry before its state is known to be one of its kind.
#[derive(Deserialize)]
struct RawEntry {
    room: Option<RoomId>,
    #[serde(default)]
    house: bool,
    seq: Seq,
    since: Option<Seq>,
    kind: Kind,
    id: u64,
    of: Option<Of>,
    state: Option<Value>,
    #[serde(default)]
    gone: bool,
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let RawEntry { room, house, seq, since, kind, id, of, state, gone } = RawEntry::deserialize(deserializer)?;
        let state =
            state.filter(|_| !gone).map(|state| Whole::read(kind, state)).transpose().map_err(D::Error::custom)?;
        if state.is_none() && !gone {
            return Err(D::Error::custom("an entry has a state, or is gone"));
        }
        Ok(Self { room, house, seq, since, kind, id, of, state, gone })
    }
}

impl Entry {
    /// A thing has become this, by this change in this log.
    pub fn new(log: LogName, seq: Seq, id: u64, state: Whole) -> Self {
        let (room, house) = match log {
            LogName::Room(room) => (Some(room), false),
            LogName::Own => (None, false),
            LogName::House => (None, true),
        };
        Self { room, house, seq, since: None, kind: state.kind(), id, of: None, state: Some(state), gone: false }
    }

    /// How a user has a room.
    pub fn mark(seq: Seq, room: RoomId, mark: Mark) -> Self {
        Self::new(LogName::Own, seq, room.0, Whole::Mark(mark))
    }

    /// In which order a user has their rooms.
    pub fn order(seq: Seq, user: UserId, order: Order) -> Self {
        Self::new(LogName::Own, seq, user.0, Whole::Order(Box::new(order)))
    }

    /// Who a user is, to that user.
    pub fn account(seq: Seq, user: UserId, account: OwnAccount) -> Self {
        Self::new(LogName::Own, seq, user.0, Whole::Account(account))
    }

    /// How a user wants to be seen.
    pub fn availability(seq: Seq, user: UserId, availability: Availability) -> Self {
        Self::new(LogName::Own, seq, user.0, Whole::Availability(availability))
    }

    /// Whether a user wants to hear another one.
    pub fn mute(seq: Seq, whom: UserId, is_muted: bool) -> Self {
        let entry = Self::new(LogName::Own, seq, whom.0, Whole::Mute(Mute {}));
        if is_muted { entry } else { Self { state: None, gone: true, ..entry } }
    }

    /// Which session a user has begun last by a link.
    pub fn device(seq: Seq, user: UserId, device: NewDevice) -> Self {
        Self::new(LogName::Own, seq, user.0, Whole::Device(device))
    }

    /// Who a user is, to everybody.
    pub fn card(seq: Seq, user: UserId, card: Card) -> Self {
        Self::new(LogName::House, seq, user.0, Whole::Card(card))
    }

    /// What the place is.
    pub fn of_place(seq: Seq, state: PlaceState) -> Self {
        Self::new(LogName::House, seq, 1, Whole::Place(state))
    }

    /// What a user is to a room.
    pub fn member(seq: Seq, room: RoomId, user: UserId, member: Member) -> Self {
        Self::new(LogName::Room(room), seq, user.0, Whole::Member(member))
    }

    /// What a room is.
    pub fn room(seq: Seq, room: RoomId, state: RoomState) -> Self {
        Self::new(LogName::Room(room), seq, room.0, Whole::Room(Box::new(state)))
    }

    /// As a page has it that says itself which log it is of.
    #[must_use]
    pub fn in_page(self) -> Self {
        Self { room: None, house: false, ..self }
    }

    /// Where it stands.
    pub fn place(&self) -> Place {
        Place::new(LogName::of(self.room, self.house), self.seq, self.since)
    }
}

/// A page of one's own log, or of the house's: what has changed in it since the client last looked, as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct States {
    /// Whether it is the house's log; one's own without it.
    #[serde(default, skip_serializing_if = "is_false")]
    #[ts(as = "Option<bool>", optional)]
    pub house: bool,
    /// Whether the client must forget what it holds of this log first; what follows is then all of it.
    pub reset: bool,
    /// The entries, by rising numbers, without the name of their log.
    pub states: Vec<Entry>,
    /// The number that this brings the client up to.
    pub seq: Seq,
    /// Whether the client is live in this log now: entries follow, and go on from `seq`. Otherwise another page does.
    pub live: bool,
}

/// A room that a client follows from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Followed {
    /// Which room.
    pub room: RoomId,
    /// The number of the last change that the client has applied; without it, it is given the newest page.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub seq: Option<Seq>,
}

/// For fields that are left out when they say nothing.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes what it may skip by reference")]
pub(crate) fn is_false(value: &bool) -> bool {
    !value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_read_by_its_kind_and_one_of_a_kind_unknown_is_none() {
        let card =
            Card { username: "ada".into(), role: Role::Admin, active: true, gone: false, profile: Box::default() };
        let entry = Entry::card(Seq(7), UserId(3), card);
        let said = serde_json::to_string(&entry).unwrap();
        assert_eq!(
            said,
            r#"{"house":true,"seq":7,"kind":"card","id":3,"state":{"username":"ada","role":"admin","active":true}}"#
        );
        assert_eq!(serde_json::from_str::<Entry>(&said).unwrap(), entry);
        for broken in [
            r#"{"seq":7,"kind":"weather","id":3,"state":{}}"#,
            r#"{"seq":7,"kind":"mark","id":3}"#,
            r#"{"seq":7,"kind":"mark","id":3,"state":{"username":"ada"}}"#,
        ] {
            assert!(serde_json::from_str::<Entry>(broken).is_err(), "{broken}");
        }
        let gone: Entry = serde_json::from_str(r#"{"seq":9,"since":4,"kind":"card","id":3,"gone":true}"#).unwrap();
        assert_eq!(gone.place(), Place { log: LogName::Own, seq: Seq(9), since: Seq(4) });
    }
}
