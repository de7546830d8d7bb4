//! Reading logs, in SQL: what has changed in one after a place, as it is now. That is one merge over all kinds of things that
//! the log has, by the numbers of their last changes: a further kind is a line in one of the lists here.

use std::mem;

use chatterbox_core::changes::{Refused, Thing};
use chatterbox_core::logs::{Latest, LogId};
use chatterbox_core::permissions::{Action, Whose};
use chatterbox_protocol::ids::{Seq, UserId};
use chatterbox_protocol::limits::PAGE_BYTES;
use chatterbox_protocol::logs::LogName;
use rusqlite::{Connection, OptionalExtension, Row, Rows};

use crate::sqlite::questions::rooms::{self, Readable};
use crate::sqlite::questions::strand::Strand;
use crate::sqlite::questions::{
    Answered, Snapshot, device_links, marks, members, messages, mutes, orders, permit, place, presence, users,
};
use crate::sqlite::rows;
use crate::{Actor, House};

/// What a room's log has.
const OF_ROOM: &[Strand] = &[messages::MESSAGES, members::MEMBERS, rooms::ROOMS];

/// What somebody's own log has.
const OF_OWN: &[Strand] =
    &[users::ACCOUNT, marks::MARKS, mutes::MUTES, orders::ORDER, presence::AVAILABILITY, device_links::DEVICE];

/// What the house's log has.
const OF_HOUSE: &[Strand] = &[users::CARDS, place::PLACE];

/// Marks, the order, how one wants to be seen, and what was begun by a link bear their numbers themselves, and leave their user's row alone.
const OWN: &str = "
SELECT max(users.own_floor, users.account_seq, coalesce(
    (SELECT changed_seq FROM marks WHERE user_id = users.id ORDER BY changed_seq DESC LIMIT 1), 0), coalesce(
    (SELECT changed_seq FROM mutes WHERE user_id = users.id ORDER BY changed_seq DESC LIMIT 1), 0), coalesce(
    (SELECT changed_seq FROM orders WHERE user_id = users.id), 0), coalesce(
    (SELECT changed_seq FROM availability WHERE user_id = users.id), 0), coalesce(
    (SELECT changed_seq FROM device_links WHERE user_id = users.id), 0))
FROM users WHERE id = ?1";

const HOUSE: &str = "
SELECT max(seq_floor, place_seq, coalesce((SELECT card_seq FROM users ORDER BY card_seq DESC LIMIT 1), 0)) FROM house";

const IS_ACTIVE: &str = "SELECT 1 FROM users WHERE id = ?1 AND active = 1";

/// A log that whoever asks may read.
#[derive(Debug, Clone, Copy)]
pub(super) struct ReadableLog {
    log: LogId,
    last: Seq,
}

impl From<Readable> for ReadableLog {
    fn from(room: Readable) -> Self {
        Self { log: LogId::Room(room.room()), last: room.last() }
    }
}

impl ReadableLog {
    /// One's own log, or the house's if one may follow it. What one may not follow is not there, and a room's log is none of
    /// these.
    pub(super) fn by(actor: &Actor, name: LogName, snapshot: &Snapshot<'_>) -> Answered<Self> {
        let unseen = Refused::NotFound(Thing::Log);
        // As with rooms: to somebody who is gone or not active there are none.
        if !snapshot.connection.prepare_cached(IS_ACTIVE)?.exists([actor.user.to_i64()])? {
            return Err(unseen.into());
        }
        match name {
            LogName::Own => {}
            LogName::House => permit(actor.role, Action::FollowHouse, Whose::Foreign).map_err(|_| unseen)?,
            LogName::Room(_) => return Err(unseen.into()),
        }
        Self::by_house(House, LogId::named(name, actor.user), snapshot)
    }

    /// A log as the house reads it, for whoever hears of it.
    pub(super) fn by_house(by: House, log: LogId, snapshot: &Snapshot<'_>) -> Answered<Self> {
        let last = match log {
            LogId::Room(room) => return Ok(Readable::by_house(by, room, snapshot)?.into()),
            LogId::Own(user) => last_of_own(snapshot.connection, user)?.unwrap_or_default(),
            LogId::House => last_of_house(snapshot.connection)?,
        };
        Ok(Self { log, last })
    }

    /// The number of its last change in this snapshot.
    pub(super) fn last(self) -> Seq {
        self.last
    }
}

/// The number of the last change in a user's own log; none if there is no such user.
pub(in crate::sqlite) fn last_of_own(connection: &Connection, user: UserId) -> rusqlite::Result<Option<Seq>> {
    connection.prepare_cached(OWN)?.query_row([user.to_i64()], first_seq).optional()
}

/// The number of the last change in the house's log.
pub(in crate::sqlite) fn last_of_house(connection: &Connection) -> rusqlite::Result<Seq> {
    connection.prepare_cached(HOUSE)?.query_row([], first_seq)
}

fn first_seq(row: &Row<'_>) -> rusqlite::Result<Seq> {
    rows::number(row, 0).map(Seq)
}

/// A page of what has changed in a log.
#[derive(Default)]
pub(super) struct Merged {
    /// The newest of each thing, by rising numbers.
    pub(super) newest: Vec<Latest>,
    /// The change that this reaches to: on the last page, the log's last one.
    pub(super) seq: Seq,
    /// Whether there is more.
    pub(super) more: bool,
}

/// What has changed in a log after a place: so many things at most, and no more text than [`PAGE_BYTES`] unless the first
/// alone has more. None if the log has never been there.
pub(super) fn changed(
    snapshot: &Snapshot<'_>,
    at: ReadableLog,
    since: Seq,
    max: usize,
) -> rusqlite::Result<Option<Merged>> {
    if since > at.last {
        return Ok(None);
    }
    let (whose, strands) = match at.log {
        LogId::Room(room) => (room.to_i64(), OF_ROOM),
        LogId::Own(user) => (user.to_i64(), OF_OWN),
        LogId::House => (0, OF_HOUSE),
    };
    // One more than asked for tells whether there are more.
    let key = [whose, since.to_i64(), i64::try_from(max).unwrap_or(i64::MAX).saturating_add(1)];
    let prepare = |strand: &Strand| snapshot.connection.prepare_cached(strand.since);
    let mut queries = strands.iter().map(prepare).collect::<rusqlite::Result<Vec<_>>>()?;
    let cursors = queries.iter_mut().zip(strands).map(|(query, strand)| Cursor::begin(query.query(key)?, strand.read));
    let mut cursors = cursors.collect::<rusqlite::Result<Vec<_>>>()?;
    let (mut page, mut text_bytes) = (Merged { newest: Vec::new(), seq: since, more: false }, 0);
    while let Some(newest) = next(&mut cursors)? {
        text_bytes += newest.text_bytes();
        if page.newest.len() == max || (!page.newest.is_empty() && text_bytes > PAGE_BYTES) {
            page.more = true;
            return Ok(Some(page));
        }
        page.seq = newest.seq();
        page.newest.push(newest);
    }
    // Changes that a later one of the same thing has overtaken leave numbers without a row.
    page.seq = at.last;
    Ok(Some(page))
}

/// What is left of a strand.
struct Cursor<'query> {
    rows: Rows<'query>,
    read: fn(&Row<'_>) -> rusqlite::Result<Latest>,
    head: Option<Latest>,
}

impl<'query> Cursor<'query> {
    fn begin(rows: Rows<'query>, read: fn(&Row<'_>) -> rusqlite::Result<Latest>) -> rusqlite::Result<Self> {
        let mut cursor = Self { rows, read, head: None };
        cursor.take()?;
        Ok(cursor)
    }

    fn take(&mut self) -> rusqlite::Result<Option<Latest>> {
        let next = self.rows.next()?.map(self.read).transpose()?;
        Ok(mem::replace(&mut self.head, next))
    }
}

/// What comes next in the log.
fn next(cursors: &mut [Cursor<'_>]) -> rusqlite::Result<Option<Latest>> {
    let left = cursors.iter_mut().filter(|cursor| cursor.head.is_some());
    let first = left.min_by_key(|cursor| cursor.head.as_ref().map(Latest::seq));
    first.map_or(Ok(None), Cursor::take)
}

#[cfg(test)]
mod tests;
