//! Facts of invitations.

use chatterbox_core::changes::{Facts, InvitationFact, InvitationFacts};
use chatterbox_protocol::ids::{InvitationId, UserId};
use rusqlite::{Connection, OptionalExtension, params};

use super::last_number;
use crate::sqlite::questions::invitations::{fact_of, rooms_of, select_invitations};

const BY_ID: &str = select_invitations!("WHERE id = ?1");

const BY_CODE: &str = select_invitations!("WHERE code_hash = ?1");

const OF_USER: &str = select_invitations!("WHERE by_id = ?1");

const WRITE: &str = "
INSERT INTO invitations (id, code_hash, by_id, rooms, created_at, expires_at, uses, used)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
ON CONFLICT (id) DO UPDATE SET used = excluded.used";

const REMOVE: &str = "DELETE FROM invitations WHERE id = ?1";

const BEGIN_IDS: &str = "
INSERT INTO sqlite_sequence (name, seq)
SELECT 'invitations', 0 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'invitations')";

const USE_UP_ID: &str = "UPDATE sqlite_sequence SET seq = max(seq, ?1) WHERE name = 'invitations'";

pub(super) fn look(connection: &Connection, id: InvitationId, facts: &mut Facts) -> rusqlite::Result<()> {
    let found = connection.prepare_cached(BY_ID)?.query_row([id.to_i64()], fact_of).optional()?;
    facts.invitations.rows.learn(id, found.map(|(_, fact)| fact));
    Ok(())
}

pub(super) fn look_for_code(connection: &Connection, hash: [u8; 32], facts: &mut Facts) -> rusqlite::Result<()> {
    facts.invitations.learn_code(hash, connection.prepare_cached(BY_CODE)?.query_row([hash], fact_of).optional()?);
    Ok(())
}

pub(super) fn look_for_all_of(connection: &Connection, user: UserId, facts: &mut Facts) -> rusqlite::Result<()> {
    let mut query = connection.prepare_cached(OF_USER)?;
    let found = query.query_map([user.to_i64()], fact_of)?.collect::<rusqlite::Result<Vec<_>>>()?;
    facts.invitations.learn_of_user(user, found);
    Ok(())
}

pub(super) fn look_for_last(connection: &Connection, facts: &mut Facts) -> rusqlite::Result<()> {
    facts.invitations.learn_last(InvitationId(last_number(connection, "invitations")?));
    Ok(())
}

pub(super) fn write(connection: &Connection, invitations: &InvitationFacts) -> rusqlite::Result<()> {
    for id in invitations.rows.to_remove() {
        connection.prepare_cached(REMOVE)?.execute([id.to_i64()])?;
    }
    for (id, fact, _) in invitations.rows.to_write() {
        let InvitationFact { code_hash, by, rooms, created, expires, uses, used } = fact;
        let (by, rooms) = (by.to_i64(), rooms_of(rooms));
        let values = params![id.to_i64(), code_hash, by, rooms, created.0, expires.0, uses, used];
        connection.prepare_cached(WRITE)?.execute(values)?;
    }
    // Somebody has been told its id, which is never used again.
    if let Some(last) = invitations.rows.passed().max() {
        connection.prepare_cached(BEGIN_IDS)?.execute([])?;
        connection.prepare_cached(USE_UP_ID)?.execute([last.to_i64()])?;
    }
    Ok(())
}
