//! The old messages, in the order of their ids.

use std::collections::HashMap;

use chatterbox_protocol::ids::{RoomId, Seq};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::sqlite::import::old::text;
use crate::sqlite::import::{Count, Old, times};
use crate::sqlite::rooms;
use crate::{ImportError, Summary};

/// The largest id that is brought in. The old program counted from 1; ids that are made here begin far above, so that
/// the two never meet.
pub(super) const OLD_ID_MAX: i64 = 1 << 48;

const TABLE: &str = "messages";

const OLD: &str = "SELECT id, username, message, timestamp FROM messages ORDER BY id";

const BY_ID: &str = "
SELECT coalesce(users.username, messages.author_name), messages.sent_at
FROM messages LEFT JOIN users ON users.id = messages.author_id WHERE messages.id = ?1";

const INSERT: &str = "
INSERT INTO messages (id, room_id, seq, changed_seq, author_id, author_name, text, sent_at)
VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6, ?7)";

/// A message as the old program had it.
struct OldMessage {
    id: i64,
    username: String,
    text: String,
    /// None if it cannot be read.
    sent_at: Option<i64>,
}

/// Brings the messages in. `authors` tells which name is whose.
pub(super) fn bring_in(
    connection: &Connection,
    old: &Old,
    authors: &HashMap<String, i64>,
    count: &mut Count<'_>,
    summary: &mut Summary,
) -> Result<(), ImportError> {
    let (mut sent_at, mut last) = (0, rooms::seq(connection, RoomId::FIRST)?);
    let mut query = old.connection.prepare(OLD)?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let message = OldMessage::read(row)?;
        sent_at = message.sent_at.unwrap_or(sent_at);
        if is_there(connection, &message)? {
            summary.messages_already_there += 1;
        } else {
            last.0 += 1;
            insert(connection, &message, last, authors.get(&message.username).copied(), sent_at)?;
            summary.messages += 1;
            summary.unreadable_times += u64::from(message.sent_at.is_none());
        }
        count.row();
    }
    Ok(())
}

impl OldMessage {
    fn read(row: &Row<'_>) -> Result<Self, ImportError> {
        let bad_row = |id, problem| ImportError::Row { table: TABLE, id, problem };
        let id = row.get("id").map_err(|_| bad_row(0, "its id is not a number"))?;
        if !(1..=OLD_ID_MAX).contains(&id) {
            return Err(bad_row(id, "its id is out of range"));
        }
        Ok(Self {
            id,
            username: text(row, "username")?.unwrap_or_default(),
            text: text(row, "message")?.unwrap_or_default(),
            sent_at: text(row, "timestamp")?.and_then(|time| times::parse(&time)),
        })
    }
}

/// Whether an earlier import has brought this message in. Its text may have changed since, here or there; its author
/// and its time have not. Errors if they differ: then the id means two different messages.
fn is_there(connection: &Connection, message: &OldMessage) -> Result<bool, ImportError> {
    let of = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let found: Option<(String, i64)> = connection.prepare_cached(BY_ID)?.query_row([message.id], of).optional()?;
    let Some((username, sent_at)) = found else { return Ok(false) };
    if username != message.username || message.sent_at.is_some_and(|time| time != sent_at) {
        let taken = "another message has its id here".to_owned();
        return Err(ImportError::Collision { table: TABLE, id: message.id, taken });
    }
    Ok(true)
}

fn insert(
    connection: &Connection,
    message: &OldMessage,
    seq: Seq,
    author: Option<i64>,
    sent_at: i64,
) -> Result<(), ImportError> {
    let author_name = author.is_none().then_some(&message.username);
    connection.prepare_cached(INSERT)?.execute(params![
        message.id,
        RoomId::FIRST.to_i64(),
        seq.to_i64(),
        author,
        author_name,
        message.text,
        sent_at
    ])?;
    Ok(())
}
