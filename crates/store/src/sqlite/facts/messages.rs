//! Facts of messages and of their nonces.

use std::sync::LazyLock;

use chatterbox_core::changes::{Facts, MessageAuthor, MessageFact, MessageFacts};
use chatterbox_protocol::ids::{MessageId, RoomId, Seq, UserId};
use rusqlite::{Connection, OptionalExtension, Row, Statement, params};
use smallvec::SmallVec;

use super::first_number;
use crate::sqlite::rows;

const BY_ID: &str = "
SELECT room_id, seq, changed_seq, author_id, author_name, text, sent_at, edited_at, deleted_at, nonce, sent_print
FROM messages WHERE id = ?1";

const BY_NONCE: &str = "SELECT id FROM messages WHERE author_id = ?1 AND nonce = ?2";

const LAST: &str = "SELECT coalesce(max(id), 0) FROM messages";

const INSERT: &str = "
INSERT INTO messages (id, room_id, seq, changed_seq, author_id, author_name, text, sent_at, edited_at, deleted_at, nonce,
    sent_print)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";

/// Messages that are written by one statement, where there are so many.
const TOGETHER: [usize; 3] = [32, 8, 1];

static INSERTS: LazyLock<[String; 3]> = LazyLock::new(|| TOGETHER.map(insert_of));

/// Parameters of a message that was sent.
const SENT_COLUMNS: usize = 7;

fn insert_of(messages: usize) -> String {
    let row = |at: usize| {
        let [id, room, seq, author, text, sent, nonce] = std::array::from_fn(|column| at * SENT_COLUMNS + column + 1);
        format!("(?{id}, ?{room}, ?{seq}, ?{seq}, ?{author}, ?{text}, ?{sent}, ?{nonce})")
    };
    let rows = (0..messages).map(row).collect::<Vec<_>>().join(", ");
    format!("INSERT INTO messages (id, room_id, seq, changed_seq, author_id, text, sent_at, nonce) VALUES {rows}")
}

const UPDATE: &str = "
UPDATE messages SET changed_seq = ?2, text = ?3, edited_at = ?4, deleted_at = ?5, sent_print = ?6 WHERE id = ?1";

pub(super) fn look(connection: &Connection, id: MessageId, facts: &mut Facts) -> rusqlite::Result<()> {
    let found = connection.prepare_cached(BY_ID)?.query_row([id.to_i64()], fact_of).optional()?;
    facts.messages.rows.learn(id, found);
    Ok(())
}

fn fact_of(row: &Row<'_>) -> rusqlite::Result<MessageFact> {
    let author: Option<i64> = row.get("author_id")?;
    Ok(MessageFact {
        room: RoomId(rows::number(row, "room_id")?),
        seq: Seq(rows::number(row, "seq")?),
        changed_seq: Seq(rows::number(row, "changed_seq")?),
        author: match author {
            Some(id) => MessageAuthor::Account(UserId(id.cast_unsigned())),
            None => MessageAuthor::Name(row.get("author_name")?),
        },
        text: row.get("text")?,
        sent: rows::time(row, "sent_at")?,
        edited: rows::optional_time(row, "edited_at")?,
        deleted: rows::optional_time(row, "deleted_at")?,
        nonce: row.get("nonce")?,
        sent_print: row.get("sent_print")?,
    })
}

pub(super) fn look_for_nonce(
    connection: &Connection,
    author: UserId,
    nonce: &str,
    facts: &mut Facts,
) -> rusqlite::Result<()> {
    let of = |row: &Row<'_>| first_number(row).map(MessageId);
    let found = connection.prepare_cached(BY_NONCE)?.query_row(params![author.to_i64(), nonce], of).optional()?;
    facts.messages.learn_nonce(author, nonce, found);
    Ok(())
}

pub(super) fn look_for_last(connection: &Connection, facts: &mut Facts) -> rusqlite::Result<()> {
    let last = connection.prepare_cached(LAST)?.query_row([], first_number)?;
    facts.messages.learn_last(MessageId(last));
    Ok(())
}

pub(super) fn write(connection: &Connection, messages: &MessageFacts) -> rusqlite::Result<()> {
    let (mut sent, mut others) = (SmallVec::<[SentMessage<'_>; 1]>::new(), SmallVec::<[_; 1]>::new());
    for (id, row, is_new) in messages.rows.to_write() {
        match SentMessage::of(*id, row).filter(|_| is_new) {
            Some(message) => sent.push(message),
            None => others.push((*id, row, is_new)),
        }
    }
    insert_sent(connection, &sent)?;
    for (id, row, is_new) in others {
        if is_new {
            insert(connection, id, row)?;
        } else {
            let (edited, deleted) = (row.edited.map(|time| time.0), row.deleted.map(|time| time.0));
            let values = params![id.to_i64(), row.changed_seq.to_i64(), row.text, edited, deleted, row.sent_print];
            connection.prepare_cached(UPDATE)?.execute(values)?;
        }
    }
    Ok(())
}

/// A message as nearly all are that are new: nothing has happened to it since it was sent.
struct SentMessage<'a> {
    id: MessageId,
    row: &'a MessageFact,
    author: UserId,
}

impl<'a> SentMessage<'a> {
    fn of(id: MessageId, row: &'a MessageFact) -> Option<Self> {
        let MessageAuthor::Account(author) = row.author else { return None };
        let is_untouched =
            row.changed_seq == row.seq && row.edited.is_none() && row.deleted.is_none() && row.sent_print.is_none();
        is_untouched.then_some(Self { id, row, author })
    }

    fn bind(&self, statement: &mut Statement<'_>, first: usize) -> rusqlite::Result<()> {
        let Self { id, row, author } = self;
        statement.raw_bind_parameter(first, id.to_i64())?;
        statement.raw_bind_parameter(first + 1, row.room.to_i64())?;
        statement.raw_bind_parameter(first + 2, row.seq.to_i64())?;
        statement.raw_bind_parameter(first + 3, author.to_i64())?;
        statement.raw_bind_parameter(first + 4, &row.text)?;
        statement.raw_bind_parameter(first + 5, row.sent.0)?;
        statement.raw_bind_parameter(first + 6, &row.nonce)
    }
}

/// Several by one statement: then SQLite stays where it is in the table and in the indexes, and need not find the end of each
/// for each message.
fn insert_sent(connection: &Connection, mut messages: &[SentMessage<'_>]) -> rusqlite::Result<()> {
    for (count, sql) in TOGETHER.into_iter().zip(&*INSERTS) {
        if messages.len() >= count {
            let mut statement = connection.prepare_cached(sql)?;
            let mut chunks = messages.chunks_exact(count);
            chunks.by_ref().try_for_each(|together| execute(&mut statement, together))?;
            messages = chunks.remainder();
        }
    }
    Ok(())
}

fn execute(statement: &mut Statement<'_>, messages: &[SentMessage<'_>]) -> rusqlite::Result<()> {
    for (message, first) in messages.iter().zip((1..).step_by(SENT_COLUMNS)) {
        message.bind(statement, first)?;
    }
    statement.raw_execute().map(drop)
}

fn insert(connection: &Connection, id: MessageId, row: &MessageFact) -> rusqlite::Result<()> {
    let (author, author_name) = match &row.author {
        MessageAuthor::Account(user) => (Some(user.to_i64()), None),
        MessageAuthor::Name(name) => (None, Some(name)),
    };
    connection.prepare_cached(INSERT)?.execute(params![
        id.to_i64(),
        row.room.to_i64(),
        row.seq.to_i64(),
        row.changed_seq.to_i64(),
        author,
        author_name,
        row.text,
        row.sent.0,
        row.edited.map(|time| time.0),
        row.deleted.map(|time| time.0),
        row.nonce,
        row.sent_print
    ])?;
    Ok(())
}
