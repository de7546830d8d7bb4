//! Reading several things that belong together, as they were at one moment.

use chatterbox_protocol::ids::{RoomId, Seq, UserId};
use chatterbox_protocol::time::Timestamp;
use rusqlite::Connection;

use crate::sqlite::failure;
use crate::sqlite::questions::{messages as history, resume as changes, rooms, sessions};
use crate::{Actor, Changes, Error, Page, RoomRow, Store};

/// The store at one moment. Whatever is committed while it is read does not show in it.
#[derive(Debug)]
pub struct Snapshot<'a> {
    connection: &'a Connection,
}

impl Store {
    /// Reads in one snapshot, off the async threads.
    pub async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Snapshot<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.sqlite.read(move |connection| Ok(query(&Snapshot { connection }))).await?
    }
}

impl Snapshot<'_> {
    /// The user behind a token, as [`Store::session`] finds it, but this does not count as use.
    pub fn session(&self, token_hash: [u8; 32], now: Timestamp) -> Result<Option<Actor>, Error> {
        let found = sessions::live(self.connection, &token_hash, now).map_err(told)?;
        Ok(found.map(|(actor, _)| actor))
    }

    /// The rooms that a user may see: every open one, and the others that they are a member of. None for a user who is
    /// gone or not active.
    pub fn rooms(&self, user: UserId) -> Result<Vec<RoomRow>, Error> {
        rooms::of_user(self.connection, user).map_err(told)
    }

    /// Whether a user may see a room.
    pub fn is_seen_by(&self, room: RoomId, user: UserId) -> Result<bool, Error> {
        rooms::is_seen_by(self.connection, room, user).map_err(told)
    }

    /// The newest `limit` messages of a room.
    pub fn newest(&self, room: RoomId, limit: usize) -> Result<Page, Error> {
        history::newest(self.connection, room, limit).map_err(told)
    }

    /// The place in a room's log behind which its newest `count` messages are.
    pub fn place_before_newest(&self, room: RoomId, count: usize) -> Result<Seq, Error> {
        history::place_before_newest(self.connection, room, count).map_err(told)
    }

    /// The `limit` messages after this place.
    pub fn after(&self, room: RoomId, after: Seq, limit: usize) -> Result<Page, Error> {
        history::after(self.connection, room, after, limit).map_err(told)
    }

    /// What has changed in a room after this place of its log, as [`Store::changes_since`] tells it.
    pub fn changes_since(
        &self,
        room: RoomId,
        since: Seq,
        max: usize,
        reset_after: Option<u64>,
    ) -> Result<Option<Changes>, Error> {
        changes::since(self.connection, room, since, max, reset_after).map_err(told)
    }
}

fn told(error: rusqlite::Error) -> Error {
    failure::error(&error)
}
