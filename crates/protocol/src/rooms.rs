//! Rooms: what a client needs to know to show one, and what is asked of one over HTTP.

mod bodies;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::ids::{RoomId, Seq, UserId};
use crate::time::Timestamp;

pub use self::bodies::{
    DirectoryPage, ListedMember, ListedRoom, MemberPage, MemberPatch, NamedPeople, NewRoom, OpenedRoom, RoomChanges,
};

/// What kind of room it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RoomKind {
    /// Everyone but guests may see it, and join.
    #[default]
    Open,
    /// Its members alone may see it.
    Closed,
    /// The few people alone may see it whom it was made for.
    Direct,
}

impl RoomKind {
    /// Every kind, for tables and tests.
    pub const ALL: [RoomKind; 3] = [Self::Open, Self::Closed, Self::Direct];

    /// The kind as the wire and the database write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Direct => "direct",
        }
    }

    /// The kind of this name, if there is one.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes what it may skip by reference")]
    fn is_open(&self) -> bool {
        *self == Self::Open
    }
}

/// What a room is: its newest state in its own log, under its own id.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
pub struct RoomState {
    /// What kind of room it is; without it, an open one.
    #[serde(default, skip_serializing_if = "RoomKind::is_open")]
    #[ts(as = "Option<RoomKind>", optional)]
    pub kind: RoomKind,
    /// What people call it. Empty for a direct one: that is called by its people.
    pub name: String,
    /// What it is about.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[ts(as = "Option<String>", optional)]
    pub topic: String,
    /// An emoji that stands before its name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[ts(as = "Option<String>", optional)]
    pub icon: String,
    /// Whether it is put away: it can be read, and nothing happens there.
    #[serde(default, skip_serializing_if = "is_false")]
    #[ts(as = "Option<bool>", optional)]
    pub archived: bool,
    /// The number of the change that closed it, if it was open before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub closed_at: Option<Seq>,
    /// The people of a direct room, by rising ids; nobody ever joins or leaves them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<UserId>>", optional)]
    pub people: Vec<UserId>,
}

/// A room as somebody has it who belongs to it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
pub struct Room {
    /// Names the room.
    pub id: RoomId,
    /// What people call it.
    pub name: String,
    /// The number of the last change in its log.
    pub seq: Seq,
    /// Up to where this user has read.
    pub read_up_to: Seq,
    /// Up to where someone other than this user has read: this user's messages up to there are `seen`.
    pub seen_up_to: Seq,
    /// What kind of room it is; without it, an open one.
    #[serde(default, skip_serializing_if = "RoomKind::is_open")]
    #[ts(as = "Option<RoomKind>", optional)]
    pub kind: RoomKind,
    /// What it is about.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[ts(as = "Option<String>", optional)]
    pub topic: String,
    /// An emoji that stands before its name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[ts(as = "Option<String>", optional)]
    pub icon: String,
    /// Whether it is put away: it can be read, and nothing happens there.
    #[serde(default, skip_serializing_if = "is_false")]
    #[ts(as = "Option<bool>", optional)]
    pub archived: bool,
    /// The people of a direct room.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<UserId>>", optional)]
    pub people: Vec<UserId>,
    /// Whether this user moderates it.
    #[serde(default, skip_serializing_if = "is_false")]
    #[ts(as = "Option<bool>", optional)]
    pub moderator: bool,
}

/// What made somebody what they are to a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum MemberChange {
    /// They came.
    Joined,
    /// Somebody let them in.
    Invited,
    /// They moderate the room from now on.
    Promoted,
    /// And no longer.
    Demoted,
    /// They went.
    Left,
    /// Somebody removed them.
    Removed,
}

impl MemberChange {
    /// Every change, for tables and tests.
    pub const ALL: [MemberChange; 6] =
        [Self::Joined, Self::Invited, Self::Promoted, Self::Demoted, Self::Left, Self::Removed];

    /// Whether they belong to the room since then.
    pub fn is_in(self) -> bool {
        !matches!(self, Self::Left | Self::Removed)
    }

    /// The change as the wire and the database write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Joined => "joined",
            Self::Invited => "invited",
            Self::Promoted => "promoted",
            Self::Demoted => "demoted",
            Self::Left => "left",
            Self::Removed => "removed",
        }
    }

    /// The change of this name, if there is one.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|change| change.as_str() == name)
    }
}

/// What somebody is to a room: its state in the room's log, under their id. Who belongs to it no more keeps one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Member {
    /// What made it so.
    pub change: MemberChange,
    /// Who did it, if somebody else.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub by: Option<UserId>,
    /// When.
    pub time: Timestamp,
    /// Whether they moderate the room.
    #[serde(default, skip_serializing_if = "is_false")]
    #[ts(as = "Option<bool>", optional)]
    pub moderator: bool,
}

/// For fields that are left out when they say nothing.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes what it may skip by reference")]
fn is_false(value: &bool) -> bool {
    !value
}
