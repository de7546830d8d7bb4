//! Facts of how people have rooms.

use chatterbox_core::changes::{Facts, MarkFact, Table};
use chatterbox_protocol::ids::{RoomId, Seq, UserId};
use chatterbox_protocol::logs::Mark;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::sqlite::rows;

const BY_ROOM: &str = "SELECT up_to, listed, seen, changed_seq FROM marks WHERE user_id = ?1 AND room_id = ?2";

const WRITE: &str = "
INSERT INTO marks (user_id, room_id, up_to, listed, seen, changed_seq) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT (user_id, room_id) DO UPDATE SET up_to = excluded.up_to, listed = excluded.listed, seen = excluded.seen,
    changed_seq = excluded.changed_seq";

pub(super) fn look(connection: &Connection, (room, user): (RoomId, UserId), facts: &mut Facts) -> rusqlite::Result<()> {
    let of = |row: &Row<'_>| {
        let mark = Mark { up_to: Seq(rows::number(row, 0)?), listed: row.get(1)? };
        Ok(MarkFact { mark, seen: Seq(rows::number(row, 2)?), changed_seq: Seq(rows::number(row, 3)?) })
    };
    let key = [user.to_i64(), room.to_i64()];
    facts.marks.learn((room, user), connection.prepare_cached(BY_ROOM)?.query_row(key, of).optional()?);
    Ok(())
}

pub(super) fn write(connection: &Connection, marks: &Table<(RoomId, UserId), MarkFact>) -> rusqlite::Result<()> {
    for ((room, user), MarkFact { mark, seen, changed_seq }, _) in marks.to_write() {
        let of = [user.to_i64(), room.to_i64()];
        let values = params![of[0], of[1], mark.up_to.to_i64(), mark.listed, seen.to_i64(), changed_seq.to_i64()];
        connection.prepare_cached(WRITE)?.execute(values)?;
    }
    Ok(())
}
