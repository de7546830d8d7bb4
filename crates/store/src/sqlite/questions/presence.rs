//! Questions about how people are there, in SQL.

use chatterbox_core::logs::Latest;
use chatterbox_protocol::availability::Availability;
use chatterbox_protocol::ids::{Seq, UserId};
use chatterbox_protocol::logs::Entry;
use chatterbox_protocol::time::Timestamp;
use rusqlite::Row;

use crate::sqlite::questions::strand::Strand;
use crate::sqlite::questions::{Answered, Question, Snapshot};
use crate::sqlite::rows;
use crate::{House, KnownPresence, PresenceRow};

/// How its user wants to be seen, in that user's own log.
pub(super) const AVAILABILITY: Strand = Strand {
    since: "
SELECT user_id, changed_seq, hidden, busy_until FROM availability WHERE user_id = ?1 AND changed_seq > ?2 LIMIT ?3",
    read: |row| {
        let availability =
            Availability { hidden: row.get(2)?, busy_until: row.get::<_, Option<i64>>(3)?.map(Timestamp) };
        Ok(Latest::State(Entry::availability(Seq(rows::number(row, 1)?), UserId(rows::number(row, 0)?), availability)))
    },
};

const KNOWN: &str = "
SELECT users.id, seen, coalesce(hidden, 0), busy_until
FROM users LEFT JOIN last_seen ON last_seen.user_id = users.id LEFT JOIN availability ON availability.user_id = users.id
WHERE seen IS NOT NULL OR hidden IS NOT NULL";

impl Question<House> for KnownPresence {
    type Answer = Vec<PresenceRow>;

    fn answer(self, _: House, snapshot: &Snapshot<'_>) -> Answered<Self::Answer> {
        let time = |row: &Row<'_>, column| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(column)?.map(Timestamp));
        let of = |row: &Row<'_>| {
            let availability = Availability { hidden: row.get(2)?, busy_until: time(row, 3)? };
            Ok(PresenceRow { user: UserId(rows::number(row, 0)?), seen: time(row, 1)?, availability })
        };
        let mut query = snapshot.connection.prepare_cached(KNOWN)?;
        Ok(query.query_map([], of)?.collect::<rusqlite::Result<_>>()?)
    }
}
