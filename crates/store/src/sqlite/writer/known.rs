//! What changes know of sessions and rooms without asking again, from one transaction to the next. Whatever else may have
//! changed these things forgets it first ([`Writing::connection`]), and so does whoever undoes what was done; and what
//! somebody's hand has changed in the file meanwhile is noticed by the database's version.
//!
//! [`Writing::connection`]: super::Writing::connection

use std::collections::HashMap;
use std::sync::Arc;

use chatterbox_protocol::ids::{RoomId, Seq};

use crate::Author;
use crate::sqlite::rooms::Log;
use crate::sqlite::sessions::Acting;

/// More sessions than act within a few seconds: with more it begins anew, so that it stays small.
const ACTORS_MAX: usize = 4_096;

/// Sessions and rooms as they are in the database.
#[derive(Debug, Default)]
pub(in crate::sqlite) struct Known {
    /// Of the database, as `PRAGMA data_version` tells it: another one once another connection has changed something.
    version: i64,
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

    /// A transaction has begun, which sees this version of the database.
    pub(super) fn begins(&mut self, version: i64) {
        if version != self.version || self.actors.len() > ACTORS_MAX {
            self.forget();
            self.version = version;
        }
    }

    /// Something else may have changed any of this, or what has changed it was undone.
    pub(super) fn forget(&mut self) {
        self.actors.clear();
        self.rooms.clear();
    }
}
