//! Facts of whom people do not want to hear.

use std::collections::BTreeSet;

use chatterbox_core::changes::{Facts, MuteFact, MuteFacts};
use chatterbox_protocol::ids::{Seq, UserId};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::first_number;
use crate::sqlite::rows;

const ONE: &str = "SELECT is_muted, changed_seq FROM mutes WHERE user_id = ?1 AND muted_id = ?2";

const ALL_OF: &str = "SELECT muted_id FROM mutes WHERE user_id = ?1 AND is_muted = 1";

const WRITE: &str = "
INSERT INTO mutes (user_id, muted_id, is_muted, changed_seq) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (user_id, muted_id) DO UPDATE SET is_muted = excluded.is_muted, changed_seq = excluded.changed_seq";

pub(super) fn look(connection: &Connection, key: (UserId, UserId), facts: &mut Facts) -> rusqlite::Result<()> {
    let of = |row: &Row<'_>| Ok(MuteFact { is_muted: row.get(0)?, changed_seq: Seq(rows::number(row, 1)?) });
    let found = connection.prepare_cached(ONE)?.query_row([key.0.to_i64(), key.1.to_i64()], of).optional()?;
    facts.mutes.rows.learn(key, found);
    Ok(())
}

pub(super) fn look_for_all_of(connection: &Connection, by: UserId, facts: &mut Facts) -> rusqlite::Result<()> {
    let mut query = connection.prepare_cached(ALL_OF)?;
    let muted = query.query_map([by.to_i64()], |row| first_number(row).map(UserId))?;
    facts.mutes.learn_all_of(by, muted.collect::<rusqlite::Result<BTreeSet<_>>>()?);
    Ok(())
}

pub(super) fn write(connection: &Connection, mutes: &MuteFacts) -> rusqlite::Result<()> {
    for ((by, whom), MuteFact { is_muted, changed_seq }, _) in mutes.rows.to_write() {
        let values = params![by.to_i64(), whom.to_i64(), is_muted, changed_seq.to_i64()];
        connection.prepare_cached(WRITE)?.execute(values)?;
    }
    Ok(())
}
