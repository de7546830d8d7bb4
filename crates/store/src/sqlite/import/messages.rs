//! The old messages, in the order of their ids.

use std::collections::HashMap;

use chatterbox_core::changes::{IdTaken, ImportMessage, ImportedMessage};
use chatterbox_protocol::ids::{MessageId, UserId};
use chatterbox_protocol::time::Timestamp;
use rusqlite::Row;

use crate::sqlite::import::old::text;
use crate::sqlite::import::{Bringing, Count, Old, times};
use crate::{ImportError, Summary};

/// The largest id that is brought in. The old program counted from 1; ids that are made here begin far above, so that
/// the two never meet.
pub(super) const OLD_ID_MAX: i64 = 1 << 48;

const TABLE: &str = "messages";

const OLD: &str = "SELECT id, username, message, timestamp FROM messages ORDER BY id";

/// A message as the old program had it.
struct OldMessage {
    id: i64,
    username: String,
    text: String,
    /// None if it cannot be read.
    sent_at: Option<Timestamp>,
}

/// Brings the messages in. `authors` tells which name is whose.
pub(super) fn bring_in(
    bringing: &mut Bringing,
    old: &Old,
    authors: &HashMap<String, UserId>,
    count: &mut Count<'_>,
    summary: &mut Summary,
) -> Result<(), ImportError> {
    let mut sent_at = Timestamp(0);
    let mut query = old.connection.prepare(OLD)?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let OldMessage { id, username, text, sent_at: sent } = OldMessage::read(row)?;
        sent_at = sent.unwrap_or(sent_at);
        let author = authors.get(&username).copied();
        let message = MessageId(id.cast_unsigned());
        let import = ImportMessage { id: message, username, author, text: text.into(), sent, sent_or: sent_at };
        match bringing.make(import)? {
            Ok(ImportedMessage::AlreadyThere) => summary.messages_already_there += 1,
            Ok(ImportedMessage::New) => {
                summary.messages += 1;
                summary.unreadable_times += u64::from(sent.is_none());
            }
            // The id means two different messages.
            Err(IdTaken) => {
                let taken = "another message has its id here".to_owned();
                return Err(ImportError::Collision { table: TABLE, id, taken });
            }
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
            sent_at: text(row, "timestamp")?.and_then(|time| times::parse(&time)).map(Timestamp),
        })
    }
}
