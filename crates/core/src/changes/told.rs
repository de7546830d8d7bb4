//! What a change leaves to be said.

use chatterbox_protocol::events::Event;
use chatterbox_protocol::ids::{MessageId, RoomId, Seq, SessionId, UserId};
use chatterbox_protocol::time::Timestamp;

use crate::logs::LogId;

/// What others are told once a change is committed, in the order of commits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// A log has grown by this.
    Entry {
        /// Which log.
        log: LogId,
        /// The change's number.
        seq: Seq,
        /// What has changed.
        event: Event,
    },
    /// A user has read a room up to here, and had not before.
    Read {
        /// Which room.
        room: RoomId,
        /// Who.
        user: UserId,
        /// Up to where.
        up_to: Seq,
    },
    /// A user is writing something that is meant for a room.
    Typing {
        /// Which room.
        room: RoomId,
        /// Who.
        user: UserId,
    },
    /// A session has ended: what comes after this is not for it.
    SessionEnded(SessionId),
}

/// Where a message's change stands: the answer to who made it, and to who makes it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    /// Which message.
    pub id: MessageId,
    /// The change's place in the room's log.
    pub seq: Seq,
    /// When it was stored.
    pub time: Timestamp,
}
