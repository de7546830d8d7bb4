//! Resuming by state, in SQL: everything that has changed after a place, as it is now.

use chatterbox_protocol::ids::{RoomId, Seq};
use chatterbox_protocol::limits::PAGE_BYTES;
use rusqlite::Connection;

use crate::Changes;
use crate::sqlite::questions::messages::{is_deleted, select_stored, stored_of};
use crate::sqlite::questions::rooms;

/// What was sent since and is as it was sent, and what was changed since: each is in the order of an index, and SQLite
/// merges the two without sorting.
const SINCE: &str = concat!(
    select_stored!(
        "messages.seq",
        "WHERE messages.room_id = ?1 AND messages.seq > ?2 AND messages.changed_seq = messages.seq"
    ),
    "
UNION ALL ",
    select_stored!("WHERE messages.room_id = ?1 AND messages.changed_seq > ?2 AND messages.changed_seq > messages.seq"),
    "
ORDER BY changed_seq LIMIT ?3"
);

/// A page of what has changed after a place, if the room has been there and has not gone too far since.
pub(crate) fn since(
    connection: &Connection,
    room: RoomId,
    since: Seq,
    max: usize,
    reset_after: Option<u64>,
) -> rusqlite::Result<Option<Changes>> {
    let last = rooms::seq(connection, room)?;
    let Some(missed) = last.0.checked_sub(since.0) else { return Ok(None) };
    if reset_after.is_some_and(|reset_after| missed > reset_after) {
        return Ok(None);
    }
    let rows_max = i64::try_from(max).unwrap_or(i64::MAX).saturating_add(1);
    let mut changes = Changes { messages: Vec::new(), deleted: Vec::new(), seq: since, more: false };
    let mut query = connection.prepare_cached(SINCE)?;
    let mut found = query.query([room.to_i64(), since.to_i64(), rows_max])?;
    let (mut count, mut text_bytes) = (0, 0);
    while let Some(row) = found.next()? {
        let message = stored_of(row)?;
        text_bytes += message.text.len();
        if count == max || (count > 0 && text_bytes > PAGE_BYTES) {
            changes.more = true;
            break;
        }
        count += 1;
        changes.seq = message.changed_seq;
        if is_deleted(row)? {
            changes.deleted.push((message.id, message.changed_seq));
        } else {
            changes.messages.push(message);
        }
    }
    if !changes.more {
        // Changes that a later one of the same message has overtaken leave numbers without a row.
        changes.seq = last;
    }
    changes.messages.sort_unstable_by_key(|message| message.seq);
    Ok(Some(changes))
}

#[cfg(test)]
mod tests;
