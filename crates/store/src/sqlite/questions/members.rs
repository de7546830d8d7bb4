//! Questions about what people are to rooms, in SQL.

use std::collections::BTreeSet;

use chatterbox_core::logs::Latest;
use chatterbox_protocol::ids::{RoomId, Seq, UserId};
use chatterbox_protocol::logs::Entry;
use chatterbox_protocol::users::Role;
use rusqlite::{Row, params};

use crate::sqlite::questions::rooms::Readable;
use crate::sqlite::questions::strand::Strand;
use crate::sqlite::questions::{Answered, Question, Snapshot};
use crate::sqlite::rows;
use crate::{Actor, Company, MemberRow, MembersPage};

macro_rules! select_members {
    ($rest:literal) => {
        concat!("SELECT room_id, user_id, change, by_id, changed_at, moderator, changed_seq FROM memberships ", $rest)
    };
}

/// What people are to a room, in its log. What has been so since it was made is no entry.
pub(super) const MEMBERS: Strand = Strand {
    since: select_members!("WHERE room_id = ?1 AND changed_seq > ?2 AND changed_seq > 0 ORDER BY changed_seq LIMIT ?3"),
    read: |row| Ok(Latest::State(entry_of(row)?)),
};

const BETWEEN: &str = select_members!(
    "WHERE room_id = ?1 AND changed_seq >= ?2 AND changed_seq < ?3 AND changed_seq > 0 ORDER BY changed_seq DESC LIMIT ?4"
);

const PAGE: &str = select_members!("WHERE room_id = ?1 AND user_id > ?2 AND is_in = 1 ORDER BY user_id LIMIT ?3");

/// The newest of the entries that say what people are to a room, from one place to before another, by rising numbers.
pub(super) fn between(
    snapshot: &Snapshot<'_>,
    at: Readable,
    (from, to): (Seq, Seq),
    max: usize,
) -> rusqlite::Result<Vec<Entry>> {
    let key = [at.room().to_i64(), from.to_i64(), to.to_i64(), i64::try_from(max).unwrap_or(i64::MAX)];
    let mut query = snapshot.connection.prepare_cached(BETWEEN)?;
    let mut found = query.query_map(key, entry_of)?.collect::<rusqlite::Result<Vec<_>>>()?;
    found.reverse();
    Ok(found)
}

fn entry_of(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let (room, user) = (RoomId(rows::number(row, 0)?), UserId(rows::number(row, 1)?));
    Ok(Entry::member(Seq(rows::number(row, 6)?), room, user, rows::member(row)?))
}

/// Of the people with `?1`; `?2` says whether they belong to the first room by their role.
const COMPANY: &str = "
WITH shared AS (
    SELECT rooms.id FROM memberships JOIN rooms ON rooms.id = memberships.room_id
    WHERE memberships.user_id = ?1 AND memberships.is_in = 1
        AND (rooms.kind <> 'direct' OR EXISTS (SELECT 1 FROM marks WHERE user_id = ?1 AND room_id = rooms.id))
    UNION SELECT 1 WHERE ?2)
SELECT ?1 UNION
SELECT memberships.user_id FROM memberships WHERE room_id IN (SELECT id FROM shared) AND is_in = 1 UNION
SELECT id FROM users WHERE role <> 'guest' AND EXISTS (SELECT 1 FROM shared WHERE id = 1)";

/// Who shares a room with somebody.
pub(super) fn company(snapshot: &Snapshot<'_>, by: &Actor) -> rusqlite::Result<BTreeSet<UserId>> {
    let key = params![by.user.to_i64(), by.role != Role::Guest];
    let mut query = snapshot.connection.prepare_cached(COMPANY)?;
    query.query_map(key, |row| Ok(UserId(rows::number(row, 0)?)))?.collect()
}

impl Question<Actor> for Company {
    type Answer = BTreeSet<UserId>;

    fn answer(self, by: Actor, snapshot: &Snapshot<'_>) -> Answered<Self::Answer> {
        Ok(company(snapshot, &by)?)
    }
}

impl Question<Actor> for MembersPage {
    type Answer = Vec<MemberRow>;

    fn answer(self, by: Actor, snapshot: &Snapshot<'_>) -> Answered<Self::Answer> {
        let Self { room, after, limit } = self;
        let at = Readable::by(&by, room, snapshot)?;
        let key = [at.room().to_i64(), after.to_i64(), i64::try_from(limit).unwrap_or(i64::MAX)];
        let of = |row: &Row<'_>| Ok(MemberRow { user: UserId(rows::number(row, 1)?), member: rows::member(row)? });
        let mut query = snapshot.connection.prepare_cached(PAGE)?;
        Ok(query.query_map(key, of)?.collect::<rusqlite::Result<_>>()?)
    }
}
