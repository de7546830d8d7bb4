//! What the changes of one batch know of sessions and rooms without asking again, and the numbers that they took. It
//! holds for one transaction: whatever else may have changed these things forgets it first ([`Writing::connection`]).
//!
//! [`Writing::connection`]: super::Writing::connection

use std::collections::HashMap;
use std::sync::Arc;

use chatterbox_protocol::ids::{RoomId, Seq};
use rusqlite::Connection;

use crate::Author;
use crate::sqlite::rooms::{self, Log};
use crate::sqlite::sessions::Acting;

/// Sessions and rooms as the transaction holds them.
#[derive(Debug, Default)]
pub(in crate::sqlite) struct Known {
    actors: HashMap<Author, Arc<Acting>>,
    rooms: HashMap<RoomId, Log>,
    /// Whether a room has taken numbers that its row does not have yet.
    is_ahead: bool,
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
            self.is_ahead = true;
        }
    }

    /// Writes the rooms' numbers to their rows.
    pub(super) fn settle(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        if std::mem::take(&mut self.is_ahead) {
            for (room, log) in &mut self.rooms {
                if log.seq != log.stored {
                    rooms::set_seq(connection, *room, log.seq)?;
                    log.stored = log.seq;
                }
            }
        }
        Ok(())
    }

    /// For the next transaction, or after this one was undone.
    pub(super) fn forget(&mut self) {
        self.actors.clear();
        self.rooms.clear();
        self.is_ahead = false;
    }
}
