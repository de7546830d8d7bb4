//! Rooms and read marks, in SQL.

use chatterbox_core::permissions::{Action, Whose, may};
use chatterbox_protocol::ids::{RoomId, Seq, UserId};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::sqlite::writer::Work;
use crate::sqlite::{rows, sessions};
use crate::{Author, Marked, Refused, RoomRow};

const OF_USER: &str = "
SELECT rooms.id, rooms.name, rooms.seq, coalesce(memberships.read_up_to, 0) AS read_up_to
FROM rooms LEFT JOIN memberships ON memberships.room_id = rooms.id AND memberships.user_id = ?1
WHERE (rooms.kind = 'open' OR memberships.user_id IS NOT NULL)
  AND EXISTS (SELECT 1 FROM users WHERE id = ?1 AND active = 1)
ORDER BY rooms.id";

const FURTHEST_MARKS: &str = "
SELECT user_id, read_up_to FROM memberships WHERE room_id = ?1 AND read_up_to > 0
ORDER BY read_up_to DESC, user_id LIMIT 2";

/// The number of a room's last change, if the user may see the room.
const SEQ_SEEN_BY: &str = "
SELECT seq FROM rooms
WHERE id = ?1 AND (kind = 'open' OR EXISTS (SELECT 1 FROM memberships WHERE room_id = ?1 AND user_id = ?2))";

const SEQ: &str = "SELECT seq FROM rooms WHERE id = ?1";

const NEXT_SEQ: &str = "UPDATE rooms SET seq = seq + 1 WHERE id = ?1 RETURNING seq";

const MARK: &str = "
INSERT INTO memberships (room_id, user_id, read_up_to) VALUES (?1, ?2, ?3)
ON CONFLICT (room_id, user_id) DO UPDATE SET read_up_to = excluded.read_up_to
WHERE excluded.read_up_to > memberships.read_up_to";

const MARK_OF: &str = "SELECT read_up_to FROM memberships WHERE room_id = ?1 AND user_id = ?2";

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

/// Moves a read mark forwards, no further than the room's log goes.
pub(crate) fn mark_read(connection: &Connection, by: Author, room: RoomId, up_to: Seq) -> Work<Marked> {
    let role = sessions::acting(connection, by, None)?;
    let last = seq_seen_by(connection, room, by.user)?.ok_or(Refused::NotFound)?;
    if !may(role, Action::ReadRoom, Whose::Foreign) {
        return Err(Refused::Forbidden.into());
    }
    let key = [room.to_i64(), by.user.to_i64()];
    connection.prepare_cached(MARK)?.execute(params![key[0], key[1], up_to.min(last).to_i64()])?;
    let mark = connection.prepare_cached(MARK_OF)?.query_row(key, |row| rows::number(row, "read_up_to"))?;
    Ok(Marked { up_to: Seq(mark) })
}

/// The number of a room's last change, or none if the user may not see the room.
pub(crate) fn seq_seen_by(connection: &Connection, room: RoomId, user: UserId) -> rusqlite::Result<Option<Seq>> {
    connection
        .prepare_cached(SEQ_SEEN_BY)?
        .query_row([room.to_i64(), user.to_i64()], |row| rows::number(row, "seq").map(Seq))
        .optional()
}

/// The number of a room's last change; 0 if there is no such room.
pub(super) fn seq(connection: &Connection, room: RoomId) -> rusqlite::Result<Seq> {
    let found =
        connection.prepare_cached(SEQ)?.query_row([room.to_i64()], |row| rows::number(row, "seq")).optional()?;
    Ok(Seq(found.unwrap_or(0)))
}

/// Takes the room's next number. It is gap-free because it lasts only together with the change that it numbers.
pub(super) fn next_seq(connection: &Connection, room: RoomId) -> rusqlite::Result<Seq> {
    connection.prepare_cached(NEXT_SEQ)?.query_row([room.to_i64()], |row| rows::number(row, "seq").map(Seq))
}
