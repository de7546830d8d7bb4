//! Questions about messages, in SQL. Paging goes by sequence number, never by time: no message falls between two pages.

use chatterbox_core::logs::Latest;
use chatterbox_core::messages::Stored;
use chatterbox_protocol::ids::{ID_MAX, MessageId, RoomId, Seq, UserId};
use chatterbox_protocol::limits::{PAGE_BYTES, RESUME_PAGE};
use chatterbox_protocol::logs::Entry;
use rusqlite::{OptionalExtension, Row};

use crate::sqlite::questions::members;
use crate::sqlite::questions::rooms::Readable;
use crate::sqlite::questions::strand::Strand;
use crate::sqlite::questions::{Answered, Question, Snapshot};
use crate::sqlite::rows;
use crate::{Actor, FirstOfNewest, NewestPage, Page, PageAfter, PageBefore};

/// A query for [`Stored`] messages, with the rest of it as given; and with what stands for the last change's number, which
/// is the message's own as long as nobody has changed it.
macro_rules! select_stored {
    ($rest:literal) => {
        select_stored!("messages.changed_seq", $rest)
    };
    ($changed_seq:literal, $rest:literal) => {
        concat!(
            "SELECT messages.id, messages.room_id, messages.seq, ",
            $changed_seq,
            " AS changed_seq, messages.author_id, coalesce(users.username, messages.author_name) AS username,
    messages.text, messages.sent_at, messages.edited_at, messages.nonce, messages.deleted_at, messages.sent_print
FROM messages LEFT JOIN users ON users.id = messages.author_id ",
            $rest
        )
    };
}
const BEFORE: &str = select_stored!(
    "WHERE messages.room_id = ?1 AND messages.seq < ?2 AND messages.deleted_at IS NULL
ORDER BY messages.seq DESC LIMIT ?3"
);

const AFTER: &str = select_stored!(
    "WHERE messages.room_id = ?1 AND messages.seq > ?2 AND messages.deleted_at IS NULL
ORDER BY messages.seq LIMIT ?3"
);

const PLACE_BEFORE_NEWEST: &str = "
SELECT seq FROM messages WHERE room_id = ?1 AND deleted_at IS NULL ORDER BY seq DESC LIMIT 1 OFFSET ?2";

/// Messages in a room's log. What was sent since and is as it was sent, and what was changed since: each is in the order of an
/// index, and SQLite merges the two without sorting.
pub(super) const MESSAGES: Strand = Strand {
    since: concat!(
        select_stored!(
            "messages.seq",
            "WHERE messages.room_id = ?1 AND messages.seq > ?2 AND messages.changed_seq = messages.seq"
        ),
        "
UNION ALL ",
        select_stored!(
            "WHERE messages.room_id = ?1 AND messages.changed_seq > ?2 AND messages.changed_seq > messages.seq"
        ),
        "
ORDER BY changed_seq LIMIT ?3"
    ),
    read: |row| {
        let stored = stored_of(row)?;
        Ok(match is_deleted(row)? {
            true => Latest::Gone { id: stored.id, room: stored.room, seq: stored.changed_seq },
            false => Latest::Message(stored),
        })
    },
};

impl Question<Actor> for NewestPage {
    type Answer = Page;

    fn answer(self, by: Actor, snapshot: &Snapshot<'_>) -> Answered<Page> {
        let Self { room, limit } = self;
        Ok(newest(snapshot, Readable::by(&by, room, snapshot)?, limit)?)
    }
}

impl Question<Actor> for PageBefore {
    type Answer = Page;

    fn answer(self, by: Actor, snapshot: &Snapshot<'_>) -> Answered<Page> {
        let at = Readable::by(&by, self.room, snapshot)?;
        let mut page = before(snapshot, at, self.before, self.limit)?;
        let oldest = page.messages.first().filter(|_| page.more).map_or(Seq(0), |message| message.seq);
        page.states = members::between(snapshot, at, (oldest, self.before), RESUME_PAGE)?
            .into_iter()
            .map(Entry::in_page)
            .collect();
        Ok(page)
    }
}

impl Question<Actor> for PageAfter {
    type Answer = Page;

    fn answer(self, by: Actor, snapshot: &Snapshot<'_>) -> Answered<Page> {
        Ok(page(snapshot, AFTER, Readable::by(&by, self.room, snapshot)?, self.after, self.limit)?)
    }
}

impl Question<Actor> for FirstOfNewest {
    type Answer = Page;

    fn answer(self, by: Actor, snapshot: &Snapshot<'_>) -> Answered<Page> {
        let Self { room, newest, limit } = self;
        let readable = Readable::by(&by, room, snapshot)?;
        let skipped = i64::try_from(newest).unwrap_or(i64::MAX);
        let place = snapshot
            .connection
            .prepare_cached(PLACE_BEFORE_NEWEST)?
            .query_row([room.to_i64(), skipped], |row| rows::number(row, 0).map(Seq))
            .optional()?;
        Ok(page(snapshot, AFTER, readable, place.unwrap_or_default(), newest.min(limit))?)
    }
}

/// The last page.
pub(super) fn newest(snapshot: &Snapshot<'_>, at: Readable, limit: usize) -> rusqlite::Result<Page> {
    before(snapshot, at, Seq(ID_MAX), limit)
}

/// The page that ends before a place.
fn before(snapshot: &Snapshot<'_>, at: Readable, before: Seq, limit: usize) -> rusqlite::Result<Page> {
    let mut page = page(snapshot, BEFORE, at, before, limit)?;
    page.messages.reverse();
    Ok(page)
}

fn page(snapshot: &Snapshot<'_>, query: &str, at: Readable, place: Seq, limit: usize) -> rusqlite::Result<Page> {
    let mut page = Page { messages: Vec::new(), states: Vec::new(), more: false, seq: at.last() };
    // One more than asked for tells whether there are more.
    let rows_max = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let mut query = snapshot.connection.prepare_cached(query)?;
    let mut found = query.query([at.room().to_i64(), place.to_i64(), rows_max])?;
    let mut text_bytes = 0;
    while let Some(row) = found.next()? {
        let message = stored_of(row)?;
        text_bytes += message.text.len();
        if page.messages.len() == limit || (!page.messages.is_empty() && text_bytes > PAGE_BYTES) {
            page.more = true;
            break;
        }
        page.messages.push(message);
    }
    Ok(page)
}

/// A row of [`select_stored`]. Pages have many, and to find a column by its name takes longer than to read it.
fn stored_of(row: &Row<'_>) -> rusqlite::Result<Stored> {
    let author: Option<i64> = row.get(4)?;
    Ok(Stored {
        id: MessageId(rows::number(row, 0)?),
        room: RoomId(rows::number(row, 1)?),
        seq: Seq(rows::number(row, 2)?),
        changed_seq: Seq(rows::number(row, 3)?),
        author: author.map(|id| UserId(id.cast_unsigned())),
        username: row.get(5)?,
        text: row.get(6)?,
        time: rows::time(row, 7)?,
        edited: rows::optional_time(row, 8)?,
        nonce: row.get(9)?,
    })
}

/// Whether the message of such a row is deleted.
fn is_deleted(row: &Row<'_>) -> rusqlite::Result<bool> {
    Ok(row.get::<_, Option<i64>>(10)?.is_some())
}

#[cfg(test)]
mod tests;
