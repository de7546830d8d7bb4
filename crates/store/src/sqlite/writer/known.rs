//! What the changes of one batch know of sessions and rooms without asking again. It holds for one transaction: whatever
//! else may have changed these things forgets it first ([`Writing::connection`]).
//!
//! [`Writing::connection`]: super::Writing::connection

use std::collections::HashMap;
use std::sync::Arc;

use chatterbox_protocol::ids::{RoomId, Seq};

use crate::Author;
use crate::sqlite::rooms::Log;
use crate::sqlite::sessions::Acting;

/// Sessions and rooms as the transaction holds them.
#[derive(Debug, Default)]
pub(in crate::sqlite) struct Known {
    actors: HashMap<Author, Arc<Acting>>,
    rooms: HashMap<RoomId, Log>,
}

impl Known {
    pub(in crate::sqlite) fn actor(&self, by: Author) -> Option<Arc<Acting>> {
        self.actors.get(&by).cloned()
    }

    pub(in crate::sqlite) fn keep_actor(&mut self, by: Author, acting: &Arc<Acting>) {
        self.actors.insert(by, Arc::clone(acting));
    }

    pub(in crate::sqlite) fn forget_actor(&mut self, by: Author) {
        self.actors.remove(&by);
    }

    pub(in crate::sqlite) fn room(&self, room: RoomId) -> Option<Log> {
        self.rooms.get(&room).copied()
    }

    pub(in crate::sqlite) fn keep_room(&mut self, room: RoomId, log: Log) {
        self.rooms.insert(room, log);
    }

    /// A change has been stored with this number in its room.
    pub(in crate::sqlite) fn took(&mut self, room: RoomId, seq: Seq) {
        if let Some(log) = self.rooms.get_mut(&room) {
            log.seq = seq;
        }
    }

    /// For the next transaction, or after this one was undone.
    pub(super) fn forget(&mut self) {
        self.actors.clear();
        self.rooms.clear();
    }
}
