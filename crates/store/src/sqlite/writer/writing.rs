//! What a change works with, inside the transaction.

use chatterbox_protocol::ids::MessageId;
use chatterbox_protocol::time::Timestamp;
use rusqlite::Connection;

use crate::sqlite::writer::Work;
use crate::sqlite::writer::ids::Ids;
use crate::sqlite::writer::known::Known;

/// The transaction, as one change sees it.
pub(crate) struct Writing<'a> {
    connection: &'a Connection,
    ids: &'a mut Ids,
    known: &'a mut Known,
    /// Rows that had been written when the change began.
    rows_before: u64,
}

impl<'a> Writing<'a> {
    pub(super) fn new(connection: &'a Connection, ids: &'a mut Ids, known: &'a mut Known) -> Self {
        Self { connection, ids, known, rows_before: connection.total_changes() }
    }

    /// The connection, for any statement. What the batch knows is forgotten, so that nobody can miss what that changes.
    pub(crate) fn connection(&mut self) -> &'a Connection {
        self.known.forget();
        self.connection
    }

    /// The connection, for statements that touch nothing of what [`Known`] holds, and that knowledge.
    pub(in crate::sqlite) fn parts(&mut self) -> (&'a Connection, &mut Known) {
        (self.connection, self.known)
    }

    /// An id for a message of this moment.
    pub(in crate::sqlite) fn message_id(&mut self, now: Timestamp) -> Work<MessageId> {
        Ok(self.ids.next(self.connection, now)?)
    }

    /// Whether the change has left something in the database.
    pub(super) fn has_written(&self) -> bool {
        self.connection.total_changes() != self.rows_before
    }
}
