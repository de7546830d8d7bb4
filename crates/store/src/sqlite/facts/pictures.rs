//! Facts of the pictures that people show of themselves.

use std::sync::Arc;

use chatterbox_core::changes::{Facts, PictureFact, Table};
use chatterbox_protocol::ids::UserId;
use rusqlite::{Connection, OptionalExtension, Row, params};

const OF_USER: &str = "SELECT version, bytes FROM pictures WHERE user_id = ?1";

const WRITE: &str = "
INSERT INTO pictures (user_id, version, bytes) VALUES (?1, ?2, ?3)
ON CONFLICT (user_id) DO UPDATE SET version = excluded.version, bytes = excluded.bytes";

const REMOVE: &str = "DELETE FROM pictures WHERE user_id = ?1";

pub(super) fn look(connection: &Connection, user: UserId, facts: &mut Facts) -> rusqlite::Result<()> {
    let of = |row: &Row<'_>| Ok(PictureFact { version: row.get(0)?, bytes: Arc::from(row.get_ref(1)?.as_blob()?) });
    let found = connection.prepare_cached(OF_USER)?.query_row([user.to_i64()], of).optional()?;
    facts.pictures.learn(user, found);
    Ok(())
}

pub(super) fn write(connection: &Connection, pictures: &Table<UserId, PictureFact>) -> rusqlite::Result<()> {
    for user in pictures.to_remove() {
        connection.prepare_cached(REMOVE)?.execute([user.to_i64()])?;
    }
    for (user, PictureFact { version, bytes }, _) in pictures.to_write() {
        connection.prepare_cached(WRITE)?.execute(params![user.to_i64(), version, &bytes[..]])?;
    }
    Ok(())
}
