//! Facts of how far people have read.

use chatterbox_core::changes::{Facts, MarkFact, Table};
use chatterbox_protocol::ids::{RoomId, Seq, UserId};
use rusqlite::{Connection, OptionalExtension, Row};

use crate::sqlite::rows;

const BY_ROOM: &str = "SELECT up_to, changed_seq FROM marks WHERE user_id = ?1 AND room_id = ?2";

const WRITE: &str = "
INSERT INTO marks (user_id, room_id, up_to, changed_seq) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (user_id, room_id) DO UPDATE SET up_to = excluded.up_to, changed_seq = excluded.changed_seq";

pub(super) fn look(connection: &Connection, (room, user): (RoomId, UserId), facts: &mut Facts) -> rusqlite::Result<()> {
    let of =
        |row: &Row<'_>| Ok(MarkFact { up_to: Seq(rows::number(row, 0)?), changed_seq: Seq(rows::number(row, 1)?) });
    let key = [user.to_i64(), room.to_i64()];
    facts.marks.learn((room, user), connection.prepare_cached(BY_ROOM)?.query_row(key, of).optional()?);
    Ok(())
}

pub(super) fn write(connection: &Connection, marks: &Table<(RoomId, UserId), MarkFact>) -> rusqlite::Result<()> {
    for ((room, user), mark, _) in marks.to_write() {
        let values = [user.to_i64(), room.to_i64(), mark.up_to.to_i64(), mark.changed_seq.to_i64()];
        connection.prepare_cached(WRITE)?.execute(values)?;
    }
    Ok(())
}
