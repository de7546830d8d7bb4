//! Questions about rooms, in SQL: whether somebody may read one, and which ones they see.

use chatterbox_core::changes::{Refused, Thing};
use chatterbox_core::logs::Latest;
use chatterbox_core::permissions::{RoomAction, Whose, may_in_room};
use chatterbox_core::rooms::InRoom;
use chatterbox_protocol::ids::{RoomId, Seq};
use chatterbox_protocol::logs::Entry;
use chatterbox_protocol::users::Role;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::sqlite::questions::strand::Strand;
use crate::sqlite::questions::{Answered, NoAnswer, Snapshot};
use crate::sqlite::rows;
use crate::{Actor, House, RoomRow};

/// The number of the last change of one of the `rooms`. A message that is sent bears it itself, and leaves the room's row
/// alone: that would be one more page to write. Every other change writes it there.
macro_rules! last_seq {
    () => {
        "max(rooms.seq_floor, coalesce(
    (SELECT messages.seq FROM messages WHERE messages.room_id = rooms.id ORDER BY messages.seq DESC LIMIT 1), 0))"
    };
}
pub(in crate::sqlite) use last_seq;

/// What a room is.
macro_rules! state {
    () => {
        "rooms.kind, rooms.name, rooms.topic, rooms.icon, rooms.archived, rooms.closed_seq, rooms.people"
    };
}

/// Whether somebody (`?1`) is there and active: to everybody else there are no rooms.
macro_rules! is_there {
    () => {
        "EXISTS (SELECT 1 FROM users WHERE id = ?1 AND active = 1)"
    };
}

/// The rooms that somebody has: those that they belong to, direct ones only while they are listed, and the first (`?2`: whether it
/// is theirs without a row). Rooms of others are not looked at, however many there are.
const HAD: &str = concat!(
    "SELECT rooms.id, ",
    state!(),
    ", rooms.changed_seq, ",
    last_seq!(),
    " AS seq, coalesce(marks.up_to, 0) AS read_up_to,
coalesce((SELECT seen FROM marks INDEXED BY marks_by_reach WHERE room_id = rooms.id AND user_id <> ?1
    ORDER BY seen DESC LIMIT 1), 0) AS seen_up_to, coalesce(memberships.moderator, 0) AS moderator
FROM rooms
LEFT JOIN memberships ON memberships.room_id = rooms.id AND memberships.user_id = ?1 AND memberships.is_in = 1
LEFT JOIN marks ON marks.user_id = ?1 AND marks.room_id = rooms.id
WHERE rooms.id IN (SELECT room_id FROM memberships WHERE user_id = ?1 AND is_in = 1 UNION SELECT 1 WHERE ?2)
AND (rooms.kind <> 'direct' OR marks.listed = 1) AND ",
    is_there!(),
    "
ORDER BY rooms.id"
);

const ONE: &str = concat!(
    "SELECT rooms.kind, rooms.archived, memberships.moderator, ",
    last_seq!(),
    " AS seq FROM rooms
LEFT JOIN memberships ON memberships.room_id = rooms.id AND memberships.user_id = ?1 AND memberships.is_in = 1
WHERE rooms.id = ?2 AND ",
    is_there!()
);

const ENTRY: &str = concat!("SELECT id, changed_seq, ", state!(), " FROM rooms WHERE id = ?1 AND changed_seq > 0");

/// What rooms are, in their own logs.
pub(super) const ROOMS: Strand = Strand {
    since: concat!("SELECT id, changed_seq, ", state!(), " FROM rooms WHERE id = ?1 AND changed_seq > ?2 LIMIT ?3"),
    read: |row| Ok(Latest::State(entry_of(row)?)),
};

const SEQ: &str = concat!("SELECT ", last_seq!(), " AS seq FROM rooms WHERE id = ?1");

/// A room that whoever asks may read. Its messages are read by this, so that none is without somebody having asked whether
/// it may be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Readable {
    room: RoomId,
    last: Seq,
}

impl Readable {
    /// The room, if somebody may read it. What is not there and what is not for their eyes is refused alike.
    pub(super) fn by(actor: &Actor, room: RoomId, snapshot: &Snapshot<'_>) -> Answered<Self> {
        let of = |row: &Row<'_>| {
            let (kind, archived, moderator) = (rows::room_kind(row, 0)?, row.get(1)?, row.get(2)?);
            let to_them = InRoom::new(room, kind, archived, actor.role, moderator);
            Ok((to_them, Seq(rows::number(row, 3)?)))
        };
        let key = [actor.user.to_i64(), room.to_i64()];
        let found = snapshot.connection.prepare_cached(ONE)?.query_row(key, of).optional()?;
        let (to_them, last) = found.ok_or(Refused::NotFound(Thing::Room))?;
        may_in_room(actor.role, RoomAction::Read, Whose::Foreign, to_them)
            .map_err(|why| Refused::not_permitted(why, Thing::Room))?;
        Ok(Self { room, last })
    }

    /// The room, if somebody may read it.
    pub(super) fn seen(actor: &Actor, room: RoomId, snapshot: &Snapshot<'_>) -> Answered<Option<Self>> {
        match Self::by(actor, room, snapshot) {
            Ok(readable) => Ok(Some(readable)),
            Err(NoAnswer::Refused(_)) => Ok(None),
            Err(failed) => Err(failed),
        }
    }

    /// The room as the house reads it, for whoever hears what happens there.
    pub(super) fn by_house(_: House, room: RoomId, snapshot: &Snapshot<'_>) -> Answered<Self> {
        Ok(Self { room, last: seq(snapshot.connection, room)? })
    }

    pub(super) fn room(self) -> RoomId {
        self.room
    }

    /// The number of its last change in this snapshot.
    pub(super) fn last(self) -> Seq {
        self.last
    }
}

/// The rooms that somebody has, in the order of their ids.
pub(super) fn had(by: &Actor, snapshot: &Snapshot<'_>) -> rusqlite::Result<Vec<(RoomRow, Readable)>> {
    let of = |row: &Row<'_>| {
        let (room, last) = (RoomId(rows::number(row, "id")?), Seq(rows::number(row, "seq")?));
        let (read_up_to, seen_up_to) = (Seq(rows::number(row, "read_up_to")?), Seq(rows::number(row, "seen_up_to")?));
        let (state, is_moderator) = (rows::room_state(row)?, row.get("moderator")?);
        let found = RoomRow { id: room, state, seq: last, read_up_to, seen_up_to, is_moderator };
        Ok((found, Readable { room, last }))
    };
    let has_first = by.role != Role::Guest;
    snapshot.connection.prepare_cached(HAD)?.query_map(params![by.user.to_i64(), has_first], of)?.collect()
}

/// What a room is, as an entry of its log; none if that has never changed.
pub(super) fn entry(snapshot: &Snapshot<'_>, at: Readable) -> rusqlite::Result<Option<Entry>> {
    snapshot.connection.prepare_cached(ENTRY)?.query_row([at.room.to_i64()], entry_of).optional()
}

fn entry_of(row: &Row<'_>) -> rusqlite::Result<Entry> {
    Ok(Entry::room(Seq(rows::number(row, "changed_seq")?), RoomId(rows::number(row, "id")?), rows::room_state(row)?))
}

/// The number of a room's last change; 0 if there is no such room.
fn seq(connection: &Connection, room: RoomId) -> rusqlite::Result<Seq> {
    let found =
        connection.prepare_cached(SEQ)?.query_row([room.to_i64()], |row| rows::number(row, "seq")).optional()?;
    Ok(Seq(found.unwrap_or(0)))
}

#[cfg(test)]
mod tests;
