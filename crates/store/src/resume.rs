//! Resuming: what somebody has missed, by its present state and not by what became of it in between.

use chatterbox_core::logs::LogId;
use chatterbox_core::messages::Stored;
use chatterbox_protocol::events::Event;
use chatterbox_protocol::ids::{MessageId, RoomId, Seq};
use chatterbox_protocol::logs::{Entry, LogName};

use crate::{Actor, Page, RoomRow};

/// A page of what has changed in a room, as its present state.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changes {
    /// New and edited messages, in the order of the room.
    pub messages: Vec<Stored>,
    /// Deleted ones, in the order of their deletion. Some may never have been shown to the one who asks.
    pub deleted: Vec<MessageId>,
    /// The newest of all other things, by rising numbers, without the name of their log.
    pub states: Vec<Entry>,
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

/// Asks what has changed in one's own log or the house's since somebody last looked: [`StatesPage`] of at most
/// [`RESUME_PAGE`](chatterbox_protocol::limits::RESUME_PAGE) entries. A person asks; refused is
/// [`NotFound`](chatterbox_core::changes::Refused::NotFound) for the house's if they may not follow it, and for a room's.
#[derive(Debug, Clone, Copy)]
pub struct ResumeStates {
    /// Which log.
    pub log: LogName,
    /// The last change that they know; 0 if none. A page that is not the last one is gone on from by its `seq`.
    pub since: Seq,
}

/// A page of a log that is no room's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatesPage {
    /// Whether they must forget first what they hold: they know nothing, or more than has been. Then this is the first page of
    /// all that there is.
    pub reset: bool,
    /// The newest of each thing, by rising numbers, without the name of the log.
    pub states: Vec<Entry>,
    /// The change that this page reaches to: on the last one, the log's last change in the same snapshot.
    pub seq: Seq,
    /// Whether there is more than this page tells.
    pub more: bool,
}

/// Asks what fills a log from a place on: [`Filling`] with at most `max` changes, and no more text than
/// [`PAGE_BYTES`](chatterbox_protocol::limits::PAGE_BYTES) unless the first alone has more; none if the log has never been
/// that far. The house asks, for all who hear of it.
#[derive(Debug, Clone, Copy)]
pub struct ChangesSince {
    /// Which log.
    pub log: LogId,
    /// The place.
    pub since: Seq,
    /// How many changes at the most.
    pub max: usize,
}

/// What fills a log, as its listeners are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filling {
    /// The newest of each thing, with its number, by rising numbers; each says with `since` which ones it covers.
    pub changes: Vec<(Seq, Event)>,
    /// The change that this reaches to: if there is not more, the log's last change in the same snapshot.
    pub seq: Seq,
    /// Whether there is more.
    pub more: bool,
}
