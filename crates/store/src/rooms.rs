//! Rooms: which ones a user has, which ones there are, and who belongs to them.

use chatterbox_protocol::ids::{RoomId, Seq, UserId};
use chatterbox_protocol::rooms::{Member, RoomState};
use chatterbox_protocol::time::Timestamp;

/// A room as one user has it who belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomRow {
    /// Names the room.
    pub id: RoomId,
    /// What it is.
    pub state: RoomState,
    /// The number of the last change in its log.
    pub seq: Seq,
    /// Up to where this user has read.
    pub read_up_to: Seq,
    /// Up to where anybody else has.
    pub seen_up_to: Seq,
    /// Whether this user moderates it.
    pub is_moderator: bool,
}

/// Asks which closed rooms everybody has left, and what they are called. The house asks, for whoever holds its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeftRooms;

/// Asks which rooms there are, by their names: a list of [`DirectoryRow`]s. A person asks, and is told of the rooms that they
/// belong to, and of open ones unless they are a guest; never of direct ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directory {
    /// Only rooms with this in their names or topics; all, if it is empty.
    pub search: String,
    /// Only those behind this one, in the order of names; 0 for the first.
    pub after: RoomId,
    /// How many at the most.
    pub limit: usize,
}

/// A room in the directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryRow {
    /// Names the room.
    pub id: RoomId,
    /// What it is.
    pub state: RoomState,
    /// Whether whoever asks belongs to it.
    pub is_member: bool,
    /// How many people do.
    pub members: u64,
    /// When something was last said there, or it was made.
    pub active: Timestamp,
}

/// Asks who belongs to a room, by rising ids: a list of [`MemberRow`]s. A person asks; refused is
/// [`NotFound`](chatterbox_core::changes::Refused::NotFound) for a room that they may not see. Those who belong to the first room
/// because everybody does are not among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MembersPage {
    /// Which room.
    pub room: RoomId,
    /// Only those behind this one; 0 for the first.
    pub after: UserId,
    /// How many at the most.
    pub limit: usize,
}

/// Somebody who belongs to a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemberRow {
    /// Who.
    pub user: UserId,
    /// What they are to it.
    pub member: Member,
}

/// Asks who shares a room with somebody, and so is no stranger to them even if they are a guest: the ids, their own among them.
/// A direct room counts once something was said there, or they have opened it. A person asks.
#[derive(Debug, Clone, Copy)]
pub struct Company;
