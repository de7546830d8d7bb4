//! Messages: reading them. A room is one ordered log: every change in it takes the room's next
//! sequence number inside the transaction that makes the change.

use chatterbox_core::messages::Stored;
use chatterbox_protocol::ids::{RoomId, Seq};
use chatterbox_protocol::logs::Entry;

/// A page of history: as many messages as were asked for, or fewer if they hold more text than
/// [`PAGE_BYTES`](chatterbox_protocol::limits::PAGE_BYTES).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The messages, oldest first. Deleted ones are not among them.
    pub messages: Vec<Stored>,
    /// What else there is between them, by rising numbers and without the name of its log, where that is asked for.
    pub states: Vec<Entry>,
    /// Whether there are more in the direction of reading.
    pub more: bool,
    /// The number of the room's last change in the same snapshot.
    pub seq: Seq,
}

/// Asks for the newest messages of a room: a [`Page`]. A person asks; refused is [`NotFound`](chatterbox_core::changes::Refused::NotFound) for a
/// room that they may not see, and so it is with every question here that a person asks of one room.
#[derive(Debug, Clone, Copy)]
pub struct NewestPage {
    /// Which room.
    pub room: RoomId,
    /// How many messages.
    pub limit: usize,
}

/// Asks for the messages before a place in a room: a [`Page`]. A person asks.
#[derive(Debug, Clone, Copy)]
pub struct PageBefore {
    /// Which room.
    pub room: RoomId,
    /// The place.
    pub before: Seq,
    /// How many messages.
    pub limit: usize,
}

/// Asks for the messages after a place in a room, from 0 the whole past page by page: a [`Page`]. A person asks.
#[derive(Debug, Clone, Copy)]
pub struct PageAfter {
    /// Which room.
    pub room: RoomId,
    /// The place.
    pub after: Seq,
    /// How many messages.
    pub limit: usize,
}

/// Asks for the first ones of the newest messages of a room: a [`Page`], which [`PageAfter`] goes on from. A person asks.
#[derive(Debug, Clone, Copy)]
pub struct FirstOfNewest {
    /// Which room.
    pub room: RoomId,
    /// How many messages count as the newest.
    pub newest: usize,
    /// How many of them.
    pub limit: usize,
}
