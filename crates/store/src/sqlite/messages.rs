//! Sending, editing and deleting, in SQL. Who may is asked inside the transaction of the change (threats.md Z4).

use chatterbox_core::permissions::{Action, Whose, may};
use chatterbox_protocol::ids::{MessageId, RoomId, Seq, UserId};
use chatterbox_protocol::time::Timestamp;
use chatterbox_protocol::users::Role;
use rusqlite::{OptionalExtension, Row, params};

use crate::sqlite::nonces::{self, First};
use crate::sqlite::rooms::Log;
use crate::sqlite::sessions::Acting;
use crate::sqlite::writer::{Work, Writing};
use crate::sqlite::{rooms, rows, sessions};
use crate::{Author, Changed, NewMessage, Refused, Sent, Stored, Thing};

const INSERT: &str = "
INSERT INTO messages (id, room_id, seq, changed_seq, author_id, text, sent_at, nonce)
VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT (author_id, nonce) WHERE nonce IS NOT NULL DO NOTHING";

const PRESENT: &str = "
SELECT room_id, changed_seq, author_id, text, coalesce(deleted_at, edited_at, sent_at) AS changed_at,
    deleted_at IS NOT NULL AS deleted, nonce IS NOT NULL AND edited_at IS NULL AS is_first_text
FROM messages WHERE id = ?1";

const EDIT: &str = "
UPDATE messages SET text = ?2, edited_at = ?3, changed_seq = ?4, sent_print = coalesce(?5, sent_print) WHERE id = ?1";

const DELETE: &str = "
UPDATE messages SET text = '', deleted_at = ?2, changed_seq = ?3, sent_print = coalesce(?4, sent_print) WHERE id = ?1";

/// Stores a message, or finds the one that this is a repeat of: a nonce names one message of its author, for good.
pub(crate) fn send(writing: &mut Writing<'_>, by: Author, new: &NewMessage) -> Work<Sent> {
    let acting = sessions::acting(writing, by, Some(new.now))?;
    let sent = match log_to_send_to(writing, by, &acting, new.room)? {
        Ok(log) => match insert(writing, by, new, log.next())? {
            Some(id) => Sent { message: new.stored(id, log.next(), by.user, &acting.username), repeated: false },
            None => repeat(writing, by, new)?.ok_or(Refused::NotFound(Thing::Message))?,
        },
        // Who may send nothing more still learns what became of what they sent.
        Err(refused) => repeat(writing, by, new)?.ok_or(refused)?,
    };
    sessions::has_acted(writing, by, &acting, new.now)?;
    Ok(sent)
}

/// The log of a room, or why this user may not send to it.
fn log_to_send_to(writing: &mut Writing<'_>, by: Author, acting: &Acting, room: RoomId) -> Work<Result<Log, Refused>> {
    let Some(log) = rooms::log_seen_by(writing, room, by.user)? else { return Ok(Err(Refused::NotFound(Thing::Room))) };
    let may_send = may(acting.role, Action::SendMessage, Whose::Foreign);
    Ok(if may_send { Ok(log) } else { Err(Refused::Forbidden) })
}

/// Writes the row, unless the author has used the nonce before. Nearly every message is new: the index says so while the row
/// goes in, and nobody looks there twice.
fn insert(writing: &mut Writing<'_>, by: Author, new: &NewMessage, seq: Seq) -> Work<Option<MessageId>> {
    let id = writing.message_id(new.now)?;
    let (connection, known) = writing.parts();
    let rows = connection.prepare_cached(INSERT)?.execute(params![
        id.to_i64(),
        new.room.to_i64(),
        seq.to_i64(),
        by.user.to_i64(),
        new.text,
        new.now.0,
        new.nonce
    ])?;
    if rows == 0 {
        return Ok(None);
    }
    known.took(new.room, seq);
    Ok(Some(id))
}

/// The message that this one repeats. Refuses another message under the same nonce.
fn repeat(writing: &mut Writing<'_>, by: Author, new: &NewMessage) -> Work<Option<Sent>> {
    let Some(nonce) = &new.nonce else { return Ok(None) };
    let (connection, _) = writing.parts();
    let Some(first) = First::find(connection, by.user, nonce)? else { return Ok(None) };
    if !first.is_repeated_by(new) {
        return Err(Refused::NonceReused(first.message.id).into());
    }
    Ok(Some(Sent { message: first.message, repeated: true }))
}

impl NewMessage {
    fn stored(&self, id: MessageId, seq: Seq, author: UserId, username: &str) -> Stored {
        Stored {
            id,
            room: self.room,
            seq,
            changed_seq: seq,
            author: Some(author),
            username: username.to_owned(),
            text: self.text.clone(),
            time: self.now,
            edited: None,
            nonce: self.nonce.clone(),
        }
    }
}

/// Replaces a message's text.
pub(crate) fn edit(writing: &mut Writing<'_>, by: Author, id: MessageId, text: &str, now: Timestamp) -> Work<Changed> {
    let acting = sessions::acting(writing, by, Some(now))?;
    let (message, log) = Present::find(writing, id, by)?;
    if message.deleted {
        return Err(Refused::NotFound(Thing::Message).into());
    }
    message.permit(acting.role, Action::EditMessage, by)?;
    sessions::has_acted(writing, by, &acting, now)?;
    if message.text == text {
        return Ok(message.unchanged(id));
    }
    let seq = log.next();
    let (connection, _) = writing.parts();
    connection.prepare_cached(EDIT)?.execute(params![id.to_i64(), text, now.0, seq.to_i64(), message.print()])?;
    rooms::has_changed(writing, message.room, seq)?;
    Ok(Changed { id, room: message.room, seq, time: now, text: Some(text.to_owned()), repeated: false })
}

/// Takes a message's text away.
pub(crate) fn delete(writing: &mut Writing<'_>, by: Author, id: MessageId, now: Timestamp) -> Work<Changed> {
    let acting = sessions::acting(writing, by, Some(now))?;
    let (message, log) = Present::find(writing, id, by)?;
    let permitted = message.permit(acting.role, Action::DeleteMessage, by);
    if message.deleted {
        // Who may not delete it has no business with it any more.
        permitted.map_err(|_| Refused::NotFound(Thing::Message))?;
        sessions::has_acted(writing, by, &acting, now)?;
        return Ok(message.unchanged(id));
    }
    permitted?;
    sessions::has_acted(writing, by, &acting, now)?;
    let seq = log.next();
    let (connection, _) = writing.parts();
    connection.prepare_cached(DELETE)?.execute(params![id.to_i64(), now.0, seq.to_i64(), message.print()])?;
    rooms::has_changed(writing, message.room, seq)?;
    Ok(Changed { id, room: message.room, seq, time: now, text: None, repeated: false })
}

/// A message as it is before a change.
struct Present {
    room: RoomId,
    changed_seq: Seq,
    author: Option<UserId>,
    text: String,
    changed: Timestamp,
    deleted: bool,
    /// Whether this is the text that was sent, and under a nonce.
    is_first_text: bool,
}

impl Present {
    /// The message, if it is in a room that this user may see, and the room's log.
    fn find(writing: &mut Writing<'_>, id: MessageId, by: Author) -> Work<(Self, Log)> {
        let (connection, _) = writing.parts();
        let found = connection.prepare_cached(PRESENT)?.query_row([id.to_i64()], Self::of).optional()?;
        let present = found.ok_or(Refused::NotFound(Thing::Message))?;
        let log = rooms::log_seen_by(writing, present.room, by.user)?.ok_or(Refused::NotFound(Thing::Message))?;
        Ok((present, log))
    }

    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        let author: Option<i64> = row.get("author_id")?;
        Ok(Self {
            room: RoomId(rows::number(row, "room_id")?),
            changed_seq: Seq(rows::number(row, "changed_seq")?),
            author: author.map(|id| UserId(id.cast_unsigned())),
            text: row.get("text")?,
            changed: rows::time(row, "changed_at")?,
            deleted: row.get("deleted")?,
            is_first_text: row.get("is_first_text")?,
        })
    }

    /// What is to be kept of the text before it goes; none if that is done, or nobody will ask.
    fn print(&self) -> Option<u16> {
        self.is_first_text.then(|| nonces::print(&self.text))
    }

    fn permit(&self, role: Role, action: Action, by: Author) -> Result<(), Refused> {
        let whose = if self.author == Some(by.user) { Whose::Own } else { Whose::Foreign };
        if may(role, action, whose) { Ok(()) } else { Err(Refused::Forbidden) }
    }

    fn unchanged(self, id: MessageId) -> Changed {
        Changed {
            id,
            room: self.room,
            seq: self.changed_seq,
            time: self.changed,
            text: (!self.deleted).then_some(self.text),
            repeated: true,
        }
    }
}
