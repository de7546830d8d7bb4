//! Facts of rooms and of how people belong to them.

use std::collections::BTreeMap;

use chatterbox_core::changes::{Facts, MembershipFact, MessageFacts, RoomFact, RoomFacts};
use chatterbox_protocol::ids::{RoomId, Seq, UserId};
use rusqlite::{Connection, OptionalExtension, Row};

use crate::sqlite::questions::rooms::last_seq;
use crate::sqlite::rows;

const BY_ID: &str = concat!("SELECT rooms.kind, ", last_seq!(), " AS seq FROM rooms WHERE id = ?1");

const MEMBERSHIP: &str = "SELECT 1 FROM memberships WHERE room_id = ?1 AND user_id = ?2";

const SET_FLOOR: &str = "UPDATE rooms SET seq_floor = ?2 WHERE id = ?1";

const WRITE_MEMBERSHIP: &str = "
INSERT INTO memberships (room_id, user_id) VALUES (?1, ?2) ON CONFLICT (room_id, user_id) DO NOTHING";

pub(super) fn look(connection: &Connection, id: RoomId, facts: &mut Facts) -> rusqlite::Result<()> {
    let of = |row: &Row<'_>| Ok(RoomFact { kind: rows::room_kind(row, 0)?, seq: Seq(rows::number(row, 1)?) });
    facts.rooms.rows.learn(id, connection.prepare_cached(BY_ID)?.query_row([id.to_i64()], of).optional()?);
    Ok(())
}

pub(super) fn look_for_membership(
    connection: &Connection,
    (room, user): (RoomId, UserId),
    facts: &mut Facts,
) -> rusqlite::Result<()> {
    let is_member = connection.prepare_cached(MEMBERSHIP)?.exists([room.to_i64(), user.to_i64()])?;
    facts.rooms.memberships.learn((room, user), is_member.then_some(MembershipFact));
    Ok(())
}

pub(super) fn write(connection: &Connection, rooms: &RoomFacts, messages: &MessageFacts) -> rusqlite::Result<()> {
    // A message that is sent bears the room's number itself: that would be one more page to write.
    let borne: BTreeMap<RoomId, Seq> =
        messages.rows.to_write().filter(|(.., is_new)| *is_new).map(|(_, row, _)| (row.room, row.seq)).collect();
    for (id, room, _) in rooms.rows.to_write().filter(|(id, room, _)| borne.get(id) != Some(&room.seq)) {
        connection.prepare_cached(SET_FLOOR)?.execute([id.to_i64(), room.seq.to_i64()])?;
    }
    for ((room, user), _, _) in rooms.memberships.to_write() {
        connection.prepare_cached(WRITE_MEMBERSHIP)?.execute([room.to_i64(), user.to_i64()])?;
    }
    Ok(())
}
