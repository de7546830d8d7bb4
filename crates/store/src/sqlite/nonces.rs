//! Which message a nonce names, and whether what comes under it again is that message's repeat.

use chatterbox_protocol::ids::UserId;
use rusqlite::{Connection, OptionalExtension, Row, params};
use sha2::{Digest, Sha256};

use crate::sqlite::history::{is_deleted, select_stored, stored_of};
use crate::{NewMessage, Stored};

const BY_NONCE: &str = select_stored!("WHERE messages.author_id = ?1 AND messages.nonce = ?2");

/// A message that was sent under a nonce before.
pub(crate) struct First {
    pub(crate) message: Stored,
    /// What is known of its text as sent, if that has changed since.
    sent_print: Option<u16>,
    has_its_text: bool,
}

impl First {
    /// The message that this author has sent under this nonce, if there is one.
    pub(crate) fn find(connection: &Connection, author: UserId, nonce: &str) -> rusqlite::Result<Option<Self>> {
        connection.prepare_cached(BY_NONCE)?.query_row(params![author.to_i64(), nonce], Self::of).optional()
    }

    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        let message = stored_of(row)?;
        let has_its_text = message.edited.is_none() && !is_deleted(row)?;
        Ok(Self { message, sent_print: row.get("sent_print")?, has_its_text })
    }

    /// Whether this is the same message again: in the same room, with the text that was sent, whatever became of it. Where
    /// nothing is known of that text, because it was replaced before anything was kept of it, it counts as the same.
    pub(crate) fn is_repeated_by(&self, new: &NewMessage) -> bool {
        let is_same_text = match self.sent_print {
            _ if self.has_its_text => self.message.text == new.text,
            Some(kept) => kept == print(&new.text),
            None => true,
        };
        self.message.room == new.room && is_same_text
    }
}

/// What is kept of a text that was sent under a nonce and is taken away. It is so little that nobody finds a text by it
/// whose deletion was promised: millions of short ones have the same. Another text passes for a repeat once in 65,536
/// times.
pub(crate) fn print(text: &str) -> u16 {
    let hash = Sha256::digest(text);
    u16::from_be_bytes([hash[0], hash[1]])
}
