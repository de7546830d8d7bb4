//! Rooms and read marks, in SQL.

use chatterbox_core::permissions::{Action, Whose, may};
use chatterbox_protocol::ids::{RoomId, Seq, UserId};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::sqlite::writer::{Work, Writing};
use crate::sqlite::{rows, sessions};
use crate::{Author, Marked, Refused, RoomRow, Thing};

/// The number of the last change of one of the `rooms`. A message that is sent bears it itself, and leaves the room's row
/// alone: that would be one more page to write. Every other change writes it there ([`has_changed`]).
macro_rules! last_seq {
    () => {
        "max(rooms.seq_floor, coalesce(
    (SELECT messages.seq FROM messages WHERE messages.room_id = rooms.id ORDER BY messages.seq DESC LIMIT 1), 0))"
    };
}

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

const LOG: &str = concat!("SELECT rooms.kind = 'open' AS is_open, ", last_seq!(), " AS seq FROM rooms WHERE id = ?1");

const IS_MEMBER: &str = "SELECT EXISTS (SELECT 1 FROM memberships WHERE room_id = ?1 AND user_id = ?2)";

const IS_SEEN_BY: &str = "
SELECT EXISTS (SELECT 1 FROM rooms WHERE id = ?1
    AND (kind = 'open' OR EXISTS (SELECT 1 FROM memberships WHERE room_id = ?1 AND user_id = ?2)))";

const SEQ: &str = concat!("SELECT ", last_seq!(), " AS seq FROM rooms WHERE id = ?1");

const SET_FLOOR: &str = "UPDATE rooms SET seq_floor = ?2 WHERE id = ?1";

const MARK: &str = "
INSERT INTO memberships (room_id, user_id, read_up_to) VALUES (?1, ?2, ?3)
ON CONFLICT (room_id, user_id) DO UPDATE SET read_up_to = excluded.read_up_to
WHERE excluded.read_up_to > memberships.read_up_to";

const MARK_OF: &str = "SELECT read_up_to FROM memberships WHERE room_id = ?1 AND user_id = ?2";

/// How far a room's log goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Log {
    /// Whether everyone may see the room.
    is_open: bool,
    /// The number of its last change.
    pub(super) seq: Seq,
}

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
pub(crate) fn mark_read(writing: &mut Writing<'_>, by: Author, room: RoomId, up_to: Seq) -> Work<Marked> {
    let acting = sessions::acting(writing, by, None)?;
    let last = log_seen_by(writing, room, by.user)?.ok_or(Refused::NotFound(Thing::Room))?.seq;
    if !may(acting.role, Action::ReadRoom, Whose::Foreign) {
        return Err(Refused::Forbidden.into());
    }
    let (connection, _) = writing.parts();
    let key = [room.to_i64(), by.user.to_i64()];
    connection.prepare_cached(MARK)?.execute(params![key[0], key[1], up_to.min(last).to_i64()])?;
    let mark = connection.prepare_cached(MARK_OF)?.query_row(key, |row| rows::number(row, "read_up_to"))?;
    Ok(Marked { up_to: Seq(mark) })
}

/// Whether a user may see a room.
pub(crate) fn is_seen_by(connection: &Connection, room: RoomId, user: UserId) -> rusqlite::Result<bool> {
    let key = [room.to_i64(), user.to_i64()];
    connection.prepare_cached(IS_SEEN_BY)?.query_row(key, |row| row.get(0))
}

/// A room's log, or none if the user may not see the room.
pub(super) fn log_seen_by(writing: &mut Writing<'_>, room: RoomId, user: UserId) -> Work<Option<Log>> {
    let (connection, known) = writing.parts();
    let log = match known.room(room) {
        Some(log) => log,
        None => {
            let of = |row: &Row<'_>| Ok(Log { is_open: row.get("is_open")?, seq: Seq(rows::number(row, "seq")?) });
            let found = connection.prepare_cached(LOG)?.query_row([room.to_i64()], of).optional()?;
            let Some(log) = found else { return Ok(None) };
            known.keep_room(room, log);
            log
        }
    };
    let is_seen = log.is_open
        || connection.prepare_cached(IS_MEMBER)?.query_row([room.to_i64(), user.to_i64()], |row| row.get(0))?;
    Ok(is_seen.then_some(log))
}

impl Log {
    /// The number of the next change. It is gap-free because it is taken (`Known::took`) only once the change is stored,
    /// and lasts only together with it.
    pub(super) fn next(self) -> Seq {
        Seq(self.seq.0 + 1)
    }
}

/// The number of a room's last change; 0 if there is no such room.
pub(super) fn seq(connection: &Connection, room: RoomId) -> rusqlite::Result<Seq> {
    let found =
        connection.prepare_cached(SEQ)?.query_row([room.to_i64()], |row| rows::number(row, "seq")).optional()?;
    Ok(Seq(found.unwrap_or(0)))
}

/// A change that is no message's sending has been stored with this number in the room's log.
pub(super) fn has_changed(writing: &mut Writing<'_>, room: RoomId, seq: Seq) -> Work<()> {
    let (connection, known) = writing.parts();
    connection.prepare_cached(SET_FLOOR)?.execute([room.to_i64(), seq.to_i64()])?;
    known.took(room, seq);
    Ok(())
}

#[cfg(test)]
mod tests;
