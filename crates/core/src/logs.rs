//! Logs: which ones there are.

use chatterbox_protocol::ids::{RoomId, UserId};
use chatterbox_protocol::logs::LogName;

/// Which log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LogId {
    /// A room's.
    Room(RoomId),
    /// A user's own.
    Own(UserId),
    /// The house's.
    House,
}

impl LogId {
    /// The log that a user means by this name.
    pub fn named(name: LogName, by: UserId) -> Self {
        match name {
            LogName::Room(room) => Self::Room(room),
            LogName::Own => Self::Own(by),
            LogName::House => Self::House,
        }
    }
}

/// Counts the histories that one store has had: numbers of one mean nothing in another. A larger one has begun later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Epoch(pub u64);
