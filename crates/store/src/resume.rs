//! Resuming: what somebody has missed, by its present state and not by what became of it in between.

use chatterbox_core::messages::Stored;
use chatterbox_protocol::ids::{MessageId, RoomId, Seq};

use crate::{Actor, Page, RoomRow};

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

/// What somebody has missed in a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missed {
    /// What has changed since they were there: the first [`RESUME_PAGE`](chatterbox_protocol::limits::RESUME_PAGE) of it.
    Changes(Changes),
    /// Too much, or it is not known what: the newest [`HISTORY_PAGE`](chatterbox_protocol::limits::HISTORY_PAGE) messages
    /// instead.
    Everything(Page),
}

/// Asks what is said to whoever comes: [`Greeting`]. A person asks.
#[derive(Debug, Clone, Default)]
pub struct Greet {
    /// The epoch that the number in `first` belongs to, if they know; in another one it says nothing.
    pub epoch: Option<String>,
    /// What they have missed in this room is wanted as well.
    pub first: Option<ResumeRoom>,
}

/// Who somebody is and which rooms they see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Greeting {
    /// Who they are.
    pub actor: Actor,
    /// Every open room, and the others that they are a member of, in the order of ids.
    pub rooms: Vec<RoomRow>,
    /// What they have missed in the room that was asked for; none if they may not see it.
    pub first: Option<Missed>,
}

/// Asks what has changed in a room since somebody was last there: [`Missed`]. A person asks.
#[derive(Debug, Clone, Copy)]
pub struct ResumeRoom {
    /// Which room.
    pub room: RoomId,
    /// The last change that they know; 0 if none.
    pub since: Seq,
    /// With more changes than this, they would rather start again.
    pub reset_after: Option<u64>,
}

/// Asks what has changed in a room after a place of its log: [`Changes`] of at most `max` messages, and no more text than
/// [`PAGE_BYTES`](chatterbox_protocol::limits::PAGE_BYTES) unless the first alone has more; none if the room has never been
/// that far. The house asks, for all who hear what happens there.
#[derive(Debug, Clone, Copy)]
pub struct ChangesSince {
    /// Which room.
    pub room: RoomId,
    /// The place.
    pub since: Seq,
    /// How many messages at the most.
    pub max: usize,
}
