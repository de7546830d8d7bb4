//! Pages of history, in SQL. Paging goes by sequence number, never by time: no message falls between two pages.

use chatterbox_protocol::ids::{ID_MAX, MessageId, RoomId, Seq, UserId};
use chatterbox_protocol::limits::PAGE_BYTES;
use rusqlite::{Connection, OptionalExtension, Row};

use crate::sqlite::questions::rooms;
use crate::sqlite::rows;
use crate::{Page, Stored};

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
pub(super) use select_stored;

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

/// The last page.
pub(crate) fn newest(connection: &Connection, room: RoomId, limit: usize) -> rusqlite::Result<Page> {
    before(connection, room, Seq(ID_MAX), limit)
}

/// The page that ends before a place.
pub(crate) fn before(connection: &Connection, room: RoomId, before: Seq, limit: usize) -> rusqlite::Result<Page> {
    let mut page = page(connection, BEFORE, room, before, limit)?;
    page.messages.reverse();
    Ok(page)
}

/// The page that begins after a place.
pub(crate) fn after(connection: &Connection, room: RoomId, after: Seq, limit: usize) -> rusqlite::Result<Page> {
    page(connection, AFTER, room, after, limit)
}

/// The place behind which the newest `count` messages are.
pub(crate) fn place_before_newest(connection: &Connection, room: RoomId, count: usize) -> rusqlite::Result<Seq> {
    let skipped = i64::try_from(count).unwrap_or(i64::MAX);
    let found = connection
        .prepare_cached(PLACE_BEFORE_NEWEST)?
        .query_row([room.to_i64(), skipped], |row| rows::number(row, "seq").map(Seq))
        .optional()?;
    Ok(found.unwrap_or_default())
}

fn page(connection: &Connection, query: &str, room: RoomId, place: Seq, limit: usize) -> rusqlite::Result<Page> {
    let mut page = Page { messages: Vec::new(), more: false, seq: rooms::seq(connection, room)? };
    // One more than asked for tells whether there are more.
    let rows_max = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let mut query = connection.prepare_cached(query)?;
    let mut found = query.query([room.to_i64(), place.to_i64(), rows_max])?;
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
pub(super) fn stored_of(row: &Row<'_>) -> rusqlite::Result<Stored> {
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
pub(super) fn is_deleted(row: &Row<'_>) -> rusqlite::Result<bool> {
    Ok(row.get::<_, Option<i64>>(10)?.is_some())
}
