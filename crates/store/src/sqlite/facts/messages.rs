//! Facts of messages and of their nonces.

use chatterbox_core::changes::{Facts, MessageAuthor, MessageFact, MessageFacts};
use chatterbox_protocol::ids::{MessageId, RoomId, Seq, UserId};
use rusqlite::{Connection, OptionalExtension, Row, Statement, params};

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
    let rows = || messages.rows.to_write();
    if rows().any(|(.., is_new)| is_new) {
        // One statement for all of a group: to find it again takes a twelfth of what it takes to run it.
        let mut statement = connection.prepare_cached(INSERT)?;
        rows().filter(|(.., is_new)| *is_new).try_for_each(|(id, row, _)| insert(&mut statement, *id, row))?;
    }
    for (id, row, _) in rows().filter(|(.., is_new)| !is_new) {
        let (edited, deleted) = (row.edited.map(|time| time.0), row.deleted.map(|time| time.0));
        let values = params![id.to_i64(), row.changed_seq.to_i64(), row.text, edited, deleted, row.sent_print];
        connection.prepare_cached(UPDATE)?.execute(values)?;
    }
    Ok(())
}

fn insert(statement: &mut Statement<'_>, id: MessageId, row: &MessageFact) -> rusqlite::Result<()> {
    let (author, author_name) = match &row.author {
        MessageAuthor::Account(user) => (Some(user.to_i64()), None),
        MessageAuthor::Name(name) => (None, Some(name)),
    };
    statement.execute(params![
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
