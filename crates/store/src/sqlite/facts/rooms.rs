//! Facts of rooms and of what people are to them.

use std::collections::BTreeMap;

use chatterbox_core::changes::{Facts, MembershipFact, MessageFacts, RoomFact, RoomFacts, Seniority};
use chatterbox_protocol::ids::{RoomId, Seq, UserId};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::first_number;
use crate::sqlite::questions::rooms::last_seq;
use crate::sqlite::rows::{self, people_of};

const BY_ID: &str = concat!(
    "SELECT rooms.kind, rooms.name, rooms.topic, rooms.icon, rooms.archived, rooms.closed_seq, rooms.people, rooms.name_fold,
    rooms.created_at, rooms.changed_seq, ",
    last_seq!(),
    " AS seq FROM rooms WHERE id = ?1"
);

const MEMBERSHIP: &str = "
SELECT change, by_id, changed_at, moderator, since, changed_seq FROM memberships WHERE room_id = ?1 AND user_id = ?2";

const MEMBERS: &str = "
SELECT memberships.user_id, memberships.moderator, memberships.since, users.active = 1 AND users.role <> 'guest'
FROM memberships JOIN users ON users.id = memberships.user_id WHERE memberships.room_id = ?1 AND memberships.is_in = 1";

const OF_USER: &str = "
SELECT room_id, moderator FROM memberships WHERE user_id = ?1 AND is_in = 1
AND EXISTS (SELECT 1 FROM rooms WHERE id = memberships.room_id AND kind <> 'direct')";

const BY_NAME: &str = "SELECT id FROM rooms WHERE name_fold = ?1 AND kind = 'open'";

const BY_PEOPLE: &str = "SELECT id FROM rooms WHERE people = ?1";

const BY_NONCE: &str = "SELECT room_id FROM room_nonces WHERE user_id = ?1 AND nonce = ?2";

const WRITE_NONCE: &str = "INSERT INTO room_nonces (user_id, nonce, room_id) VALUES (?1, ?2, ?3)";

const LAST: &str = "SELECT coalesce(max(id), 0) FROM rooms";

const SET_FLOOR: &str = "UPDATE rooms SET seq_floor = ?2 WHERE id = ?1";

const WRITE: &str = "
INSERT INTO rooms (id, kind, name, topic, icon, archived, closed_seq, people, name_fold, created_at, changed_seq, seq_floor)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?11)
ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, name = excluded.name, topic = excluded.topic, icon = excluded.icon,
    archived = excluded.archived, closed_seq = excluded.closed_seq, name_fold = excluded.name_fold,
    changed_seq = excluded.changed_seq, seq_floor = max(rooms.seq_floor, excluded.seq_floor)";

const WRITE_MEMBERSHIP: &str = "
INSERT INTO memberships (room_id, user_id, is_in, change, by_id, changed_at, moderator, since, changed_seq)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
ON CONFLICT (room_id, user_id) DO UPDATE SET is_in = excluded.is_in, change = excluded.change, by_id = excluded.by_id,
    changed_at = excluded.changed_at, moderator = excluded.moderator, since = excluded.since,
    changed_seq = excluded.changed_seq";

pub(super) fn look(connection: &Connection, id: RoomId, facts: &mut Facts) -> rusqlite::Result<()> {
    let of = |row: &Row<'_>| {
        let (created, changed_seq) = (rows::time(row, "created_at")?, Seq(rows::number(row, "changed_seq")?));
        let fact = RoomFact { state: rows::room_state(row)?, name_fold: row.get("name_fold")?, created, changed_seq };
        Ok((fact, Seq(rows::number(row, "seq")?)))
    };
    facts.rooms.learn(id, connection.prepare_cached(BY_ID)?.query_row([id.to_i64()], of).optional()?);
    Ok(())
}

pub(super) fn look_for_membership(
    connection: &Connection,
    (room, user): (RoomId, UserId),
    facts: &mut Facts,
) -> rusqlite::Result<()> {
    let of = |row: &Row<'_>| {
        let member = rows::member(row)?;
        let (since, changed_seq) = (rows::time(row, "since")?, Seq(rows::number(row, "changed_seq")?));
        Ok(MembershipFact { member, since, changed_seq })
    };
    let found = connection.prepare_cached(MEMBERSHIP)?.query_row([room.to_i64(), user.to_i64()], of).optional()?;
    facts.rooms.memberships.learn((room, user), found);
    Ok(())
}

pub(super) fn look_for_members(connection: &Connection, room: RoomId, facts: &mut Facts) -> rusqlite::Result<()> {
    let of = |row: &Row<'_>| {
        let (is_moderator, can_moderate) = (row.get(1)?, row.get(3)?);
        let seniority = Seniority { is_moderator, can_moderate, since: rows::time(row, 2)? };
        Ok((UserId(rows::number(row, 0)?), seniority))
    };
    let mut query = connection.prepare_cached(MEMBERS)?;
    let found = query.query_map([room.to_i64()], of)?.collect::<rusqlite::Result<BTreeMap<_, _>>>()?;
    facts.learn_members(room, found);
    Ok(())
}

pub(super) fn look_for_rooms_of(connection: &Connection, user: UserId, facts: &mut Facts) -> rusqlite::Result<()> {
    let mut query = connection.prepare_cached(OF_USER)?;
    let found = query.query_map([user.to_i64()], |row| Ok((RoomId(first_number(row)?), row.get(1)?)))?;
    facts.rooms.learn_rooms(user, found.collect::<rusqlite::Result<BTreeMap<_, _>>>()?);
    Ok(())
}

pub(super) fn look_for_name(connection: &Connection, fold: &str, facts: &mut Facts) -> rusqlite::Result<()> {
    let of = |row: &Row<'_>| first_number(row).map(RoomId);
    facts.rooms.learn_name(fold.to_owned(), connection.prepare_cached(BY_NAME)?.query_row([fold], of).optional()?);
    Ok(())
}

pub(super) fn look_for_direct(connection: &Connection, people: &[UserId], facts: &mut Facts) -> rusqlite::Result<()> {
    let of = |row: &Row<'_>| first_number(row).map(RoomId);
    let found = connection.prepare_cached(BY_PEOPLE)?.query_row([people_of(people)], of).optional()?;
    facts.rooms.learn_direct(people.to_vec(), found);
    Ok(())
}

pub(super) fn look_for_nonce(
    connection: &Connection,
    user: UserId,
    nonce: &str,
    facts: &mut Facts,
) -> rusqlite::Result<()> {
    let of = |row: &Row<'_>| first_number(row).map(RoomId);
    let found = connection.prepare_cached(BY_NONCE)?.query_row(params![user.to_i64(), nonce], of).optional()?;
    facts.rooms.nonces.learn((user, nonce.to_owned()), found);
    Ok(())
}

pub(super) fn look_for_last(connection: &Connection, facts: &mut Facts) -> rusqlite::Result<()> {
    facts.rooms.learn_last(RoomId(connection.prepare_cached(LAST)?.query_row([], first_number)?));
    Ok(())
}

pub(super) fn write(connection: &Connection, rooms: &RoomFacts, messages: &MessageFacts) -> rusqlite::Result<()> {
    for (id, room, _) in rooms.rows.to_write() {
        write_room(connection, *id, room)?;
    }
    // A message that is sent bears the room's number itself: that would be one more page to write.
    let borne: BTreeMap<RoomId, Seq> =
        messages.rows.to_write().filter(|(.., is_new)| *is_new).map(|(_, row, _)| (row.room, row.seq)).collect();
    for (id, seq, _) in rooms.seqs.to_write().filter(|(id, seq, _)| borne.get(id) != Some(seq)) {
        connection.prepare_cached(SET_FLOOR)?.execute([id.to_i64(), seq.to_i64()])?;
    }
    for ((user, nonce), room, _) in rooms.nonces.to_write() {
        connection.prepare_cached(WRITE_NONCE)?.execute(params![user.to_i64(), nonce, room.to_i64()])?;
    }
    for ((room, user), membership, _) in rooms.memberships.to_write() {
        let MembershipFact { member, since, changed_seq } = membership;
        connection.prepare_cached(WRITE_MEMBERSHIP)?.execute(params![
            room.to_i64(),
            user.to_i64(),
            membership.is_in(),
            member.change.as_str(),
            member.by.map(UserId::to_i64),
            member.time.0,
            member.moderator,
            since.0,
            changed_seq.to_i64()
        ])?;
    }
    Ok(())
}

fn write_room(connection: &Connection, id: RoomId, room: &RoomFact) -> rusqlite::Result<()> {
    let state = &room.state;
    let people = (!state.people.is_empty()).then(|| people_of(&state.people));
    connection.prepare_cached(WRITE)?.execute(params![
        id.to_i64(),
        state.kind.as_str(),
        state.name,
        state.topic,
        state.icon,
        state.archived,
        state.closed_at.map(Seq::to_i64),
        people,
        room.name_fold,
        room.created.0,
        room.changed_seq.to_i64()
    ])?;
    Ok(())
}
