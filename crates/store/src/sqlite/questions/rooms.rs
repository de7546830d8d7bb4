//! Rooms and read marks, in SQL.

use chatterbox_protocol::ids::{RoomId, Seq, UserId};
use rusqlite::{Connection, OptionalExtension, Row};

use crate::RoomRow;
use crate::sqlite::rows;

/// The number of the last change of one of the `rooms`. A message that is sent bears it itself, and leaves the room's row
/// alone: that would be one more page to write. Every other change writes it there.
macro_rules! last_seq {
    () => {
        "max(rooms.seq_floor, coalesce(
    (SELECT messages.seq FROM messages WHERE messages.room_id = rooms.id ORDER BY messages.seq DESC LIMIT 1), 0))"
    };
}
pub(in crate::sqlite) use last_seq;

const OF_USER: &str = concat!(
    "SELECT rooms.id, rooms.name, ",
    last_seq!(),
    " AS seq, coalesce(memberships.read_up_to, 0) AS read_up_to
FROM rooms LEFT JOIN memberships ON memberships.room_id = rooms.id AND memberships.user_id = ?1
WHERE (rooms.kind = 'open' OR memberships.user_id IS NOT NULL)
  AND EXISTS (SELECT 1 FROM users WHERE id = ?1 AND active = 1)
ORDER BY rooms.id"
);

const FURTHEST_MARKS: &str = "
SELECT user_id, read_up_to FROM memberships WHERE room_id = ?1 AND read_up_to > 0
ORDER BY read_up_to DESC, user_id LIMIT 2";

const IS_SEEN_BY: &str = "
SELECT EXISTS (SELECT 1 FROM rooms WHERE id = ?1
    AND (kind = 'open' OR EXISTS (SELECT 1 FROM memberships WHERE room_id = ?1 AND user_id = ?2)))";

const SEQ: &str = concat!("SELECT ", last_seq!(), " AS seq FROM rooms WHERE id = ?1");

/// The rooms that a user may see.
pub(crate) fn of_user(connection: &Connection, user: UserId) -> rusqlite::Result<Vec<RoomRow>> {
    let of = |row: &Row<'_>| {
        Ok(RoomRow {
            id: RoomId(rows::number(row, "id")?),
            name: row.get("name")?,
            seq: Seq(rows::number(row, "seq")?),
            read_up_to: Seq(rows::number(row, "read_up_to")?),
        })
    };
    connection.prepare_cached(OF_USER)?.query_map([user.to_i64()], of)?.collect()
}

/// The two marks that are furthest.
pub(crate) fn furthest_marks(connection: &Connection, room: RoomId) -> rusqlite::Result<Vec<(UserId, Seq)>> {
    let of = |row: &Row<'_>| Ok((UserId(rows::number(row, "user_id")?), Seq(rows::number(row, "read_up_to")?)));
    connection.prepare_cached(FURTHEST_MARKS)?.query_map([room.to_i64()], of)?.collect()
}

/// Whether a user may see a room.
pub(crate) fn is_seen_by(connection: &Connection, room: RoomId, user: UserId) -> rusqlite::Result<bool> {
    let key = [room.to_i64(), user.to_i64()];
    connection.prepare_cached(IS_SEEN_BY)?.query_row(key, |row| row.get(0))
}

/// The number of a room's last change; 0 if there is no such room.
pub(super) fn seq(connection: &Connection, room: RoomId) -> rusqlite::Result<Seq> {
    let found =
        connection.prepare_cached(SEQ)?.query_row([room.to_i64()], |row| rows::number(row, "seq")).optional()?;
    Ok(Seq(found.unwrap_or(0)))
}

#[cfg(test)]
mod tests;
