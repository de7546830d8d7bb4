//! Pages of history, in SQL. Paging goes by sequence number, never by time: no message falls between two pages.

use chatterbox_protocol::ids::{ID_MAX, MessageId, RoomId, Seq, UserId};
use rusqlite::{Connection, Row};

use crate::sqlite::{rooms, rows};
use crate::{Page, Stored};

/// A query for [`Stored`] messages, with the rest of it as given.
macro_rules! select_stored {
    ($rest:literal) => {
        concat!(
            "SELECT messages.id, messages.room_id, messages.seq, messages.author_id,
    coalesce(users.username, messages.author_name) AS username,
    messages.text, messages.sent_at, messages.edited_at, messages.deleted_at, messages.nonce,
    messages.changed_seq
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

fn page(connection: &Connection, query: &str, room: RoomId, place: Seq, limit: usize) -> rusqlite::Result<Page> {
    let seq = rooms::seq(connection, room)?;
    // One more than asked for tells whether there are more.
    let rows_max = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let mut messages: Vec<Stored> = connection
        .prepare_cached(query)?
        .query_map([room.to_i64(), place.to_i64(), rows_max], stored_of)?
        .collect::<rusqlite::Result<_>>()?;
    let more = messages.len() > limit;
    messages.truncate(limit);
    Ok(Page { messages, more, seq })
}

/// A row of [`select_stored`].
pub(super) fn stored_of(row: &Row<'_>) -> rusqlite::Result<Stored> {
    let author: Option<i64> = row.get("author_id")?;
    Ok(Stored {
        id: MessageId(rows::number(row, "id")?),
        room: RoomId(rows::number(row, "room_id")?),
        seq: Seq(rows::number(row, "seq")?),
        author: author.map(|id| UserId(id.cast_unsigned())),
        username: row.get("username")?,
        text: row.get("text")?,
        time: rows::time(row, "sent_at")?,
        edited: rows::optional_time(row, "edited_at")?,
        nonce: row.get("nonce")?,
    })
}
