//! Ids for messages. Their random bits come from SQLite, which has them from the system, some hundreds at a time.

use chatterbox_core::messages::MessageIds;
use chatterbox_protocol::ids::MessageId;
use chatterbox_protocol::time::Timestamp;
use rusqlite::Connection;

const RANDOM: &str = "SELECT randomblob(1024)";

/// Makes ids that rise.
#[derive(Debug)]
pub(super) struct Ids {
    ids: MessageIds,
    random: Vec<u8>,
}

impl Ids {
    pub(super) fn after(last: MessageId) -> Self {
        Self { ids: MessageIds::after(last), random: Vec::new() }
    }

    pub(super) fn next(&mut self, connection: &Connection, now: Timestamp) -> rusqlite::Result<MessageId> {
        if self.random.len() < 2 {
            self.random = connection.prepare_cached(RANDOM)?.query_row([], |row| row.get(0))?;
        }
        let mut byte = || self.random.pop().unwrap_or_default();
        let random = u16::from_be_bytes([byte(), byte()]);
        Ok(self.ids.next(now.0, random))
    }
}
