//! Questions about rooms, in SQL: whether somebody may read one, and which ones they see.

use chatterbox_core::changes::{Refused, Thing};
use chatterbox_core::permissions::{Action, Whose, may_in_room};
use chatterbox_core::rooms::InRoom;
use chatterbox_protocol::ids::{RoomId, Seq};
use rusqlite::{Connection, OptionalExtension, Row};

use crate::sqlite::questions::{Answered, Snapshot};
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

/// All rooms, beside what somebody (`?1`) is to them. To somebody who is gone or not active, there are none.
macro_rules! from_rooms_to {
    () => {
        "
FROM rooms LEFT JOIN memberships ON memberships.room_id = rooms.id AND memberships.user_id = ?1
WHERE EXISTS (SELECT 1 FROM users WHERE id = ?1 AND active = 1)"
    };
}

/// Which of them they may read. That is for [`may_in_room`] to say, and a test holds this against it: but nobody wants to
/// read all rooms there are to leave out those of others.
macro_rules! is_seen {
    () => {
        "(rooms.kind = 'open' OR memberships.user_id IS NOT NULL)"
    };
}

const SEEN: &str = concat!(
    "SELECT rooms.id, rooms.name, ",
    last_seq!(),
    " AS seq, coalesce((SELECT up_to FROM marks WHERE user_id = ?1 AND room_id = rooms.id), 0) AS read_up_to,
coalesce((SELECT up_to FROM marks INDEXED BY marks_by_reach WHERE room_id = rooms.id AND user_id <> ?1
    ORDER BY up_to DESC LIMIT 1), 0) AS seen_up_to",
    from_rooms_to!(),
    "
AND ",
    is_seen!(),
    "
ORDER BY rooms.id"
);

const ONE: &str = concat!(
    "SELECT rooms.kind, memberships.user_id IS NOT NULL AS is_member, ",
    last_seq!(),
    " AS seq",
    from_rooms_to!(),
    "
AND rooms.id = ?2"
);

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
            let to_them = InRoom { kind: rows::room_kind(row, 0)?, is_member: row.get(1)? };
            Ok((to_them, Seq(rows::number(row, 2)?)))
        };
        let key = [actor.user.to_i64(), room.to_i64()];
        let found = snapshot.connection.prepare_cached(ONE)?.query_row(key, of).optional()?;
        let (to_them, last) = found.ok_or(Refused::NotFound(Thing::Room))?;
        may_in_room(actor.role, Action::ReadRoom, Whose::Foreign, to_them)
            .map_err(|why| Refused::not_permitted(why, Thing::Room))?;
        Ok(Self { room, last })
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

/// The rooms that somebody may read, in the order of their ids.
pub(super) fn seen(by: &Actor, snapshot: &Snapshot<'_>) -> rusqlite::Result<Vec<(RoomRow, Readable)>> {
    let of = |row: &Row<'_>| {
        let (room, last) = (RoomId(rows::number(row, 0)?), Seq(rows::number(row, 2)?));
        let (read_up_to, seen_up_to) = (Seq(rows::number(row, 3)?), Seq(rows::number(row, 4)?));
        Ok((RoomRow { id: room, name: row.get(1)?, seq: last, read_up_to, seen_up_to }, Readable { room, last }))
    };
    snapshot.connection.prepare_cached(SEEN)?.query_map([by.user.to_i64()], of)?.collect()
}

/// The number of a room's last change; 0 if there is no such room.
fn seq(connection: &Connection, room: RoomId) -> rusqlite::Result<Seq> {
    let found =
        connection.prepare_cached(SEQ)?.query_row([room.to_i64()], |row| rows::number(row, "seq")).optional()?;
    Ok(Seq(found.unwrap_or(0)))
}

#[cfg(test)]
mod tests;
