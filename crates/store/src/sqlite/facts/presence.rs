//! Facts of how people want to be seen, and of when they were last there.

use chatterbox_core::changes::{AvailabilityFact, Facts};
use chatterbox_protocol::availability::Availability;
use chatterbox_protocol::ids::{Seq, UserId};
use chatterbox_protocol::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::sqlite::rows;

const AVAILABILITY: &str = "SELECT hidden, busy_until, changed_seq FROM availability WHERE user_id = ?1";

const WRITE_AVAILABILITY: &str = "
INSERT INTO availability (user_id, hidden, busy_until, changed_seq) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (user_id) DO UPDATE SET hidden = excluded.hidden, busy_until = excluded.busy_until,
    changed_seq = excluded.changed_seq";

const SEEN: &str = "SELECT seen FROM last_seen WHERE user_id = ?1";

const WRITE_SEEN: &str = "
INSERT INTO last_seen (user_id, seen) VALUES (?1, ?2) ON CONFLICT (user_id) DO UPDATE SET seen = excluded.seen";

pub(super) fn look_for_availability(connection: &Connection, user: UserId, facts: &mut Facts) -> rusqlite::Result<()> {
    let of = |row: &Row<'_>| {
        let availability =
            Availability { hidden: row.get(0)?, busy_until: row.get::<_, Option<i64>>(1)?.map(Timestamp) };
        Ok(AvailabilityFact { availability, changed_seq: Seq(rows::number(row, 2)?) })
    };
    facts.availability.learn(user, connection.prepare_cached(AVAILABILITY)?.query_row([user.to_i64()], of).optional()?);
    Ok(())
}

pub(super) fn look_for_last_seen(connection: &Connection, user: UserId, facts: &mut Facts) -> rusqlite::Result<()> {
    let of = |row: &Row<'_>| row.get(0).map(Timestamp);
    facts.last_seen.learn(user, connection.prepare_cached(SEEN)?.query_row([user.to_i64()], of).optional()?);
    Ok(())
}

pub(super) fn write(connection: &Connection, facts: &Facts) -> rusqlite::Result<()> {
    for (user, AvailabilityFact { availability, changed_seq }, _) in facts.availability.to_write() {
        let until = availability.busy_until.map(|until| until.0);
        let values = params![user.to_i64(), availability.hidden, until, changed_seq.to_i64()];
        connection.prepare_cached(WRITE_AVAILABILITY)?.execute(values)?;
    }
    for (user, seen, _) in facts.last_seen.to_write() {
        connection.prepare_cached(WRITE_SEEN)?.execute(params![user.to_i64(), seen.0])?;
    }
    Ok(())
}
