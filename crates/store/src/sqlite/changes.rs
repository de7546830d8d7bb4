//! Resuming by state, in SQL: everything that has changed after a place, as it is now.

use chatterbox_protocol::ids::{RoomId, Seq};
use rusqlite::Connection;

use crate::Changes;
use crate::sqlite::history::{select_stored, stored_of};
use crate::sqlite::rooms;

const SINCE: &str = select_stored!(
    "WHERE messages.room_id = ?1 AND messages.changed_seq > ?2
ORDER BY messages.changed_seq LIMIT ?3"
);

/// Bytes of text that one answer brings up to date. A thousand messages of the largest kind would be tens of megabytes,
/// for every connection that asks; starting again from the newest page is quicker for both sides.
const TEXT_BYTES_MAX: usize = 1024 * 1024;

/// What has changed after a place, if the room has been there and it is not too much.
pub(crate) fn since(
    connection: &Connection,
    room: RoomId,
    since: Seq,
    max: usize,
) -> rusqlite::Result<Option<Changes>> {
    let seq = rooms::seq(connection, room)?;
    if since > seq {
        return Ok(None);
    }
    let rows_max = i64::try_from(max).unwrap_or(i64::MAX).saturating_add(1);
    let mut changes = Changes { messages: Vec::new(), deleted: Vec::new(), seq };
    let mut query = connection.prepare_cached(SINCE)?;
    let mut found = query.query([room.to_i64(), since.to_i64(), rows_max])?;
    let mut text_bytes = 0;
    while let Some(row) = found.next()? {
        let message = stored_of(row)?;
        text_bytes += message.text.len();
        if text_bytes > TEXT_BYTES_MAX {
            return Ok(None);
        }
        if row.get::<_, Option<i64>>("deleted_at")?.is_some() {
            changes.deleted.push(message.id);
        } else {
            changes.messages.push(message);
        }
    }
    if changes.messages.len() + changes.deleted.len() > max {
        return Ok(None);
    }
    changes.messages.sort_unstable_by_key(|message| message.seq);
    changes.deleted.sort_unstable();
    Ok(Some(changes))
}
