//! Facts of sessions.

use chatterbox_core::changes::{Facts, SessionFact, SessionFacts};
use chatterbox_core::sessions::Whence;
use chatterbox_protocol::ids::{SessionId, UserId};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{first_number, last_number};
use crate::sqlite::rows;

macro_rules! select_sessions {
    ($rest:literal) => {
        concat!(
            "SELECT id, user_id, token_hash, created_at, used_at, expires_at, from_network, agent FROM sessions ",
            $rest
        )
    };
}

const BY_ID: &str = select_sessions!("WHERE id = ?1");

const OF_USER: &str = select_sessions!("WHERE user_id = ?1");

const BY_TOKEN: &str = "SELECT id FROM sessions WHERE token_hash = ?1";

const WRITE: &str = "
INSERT INTO sessions (id, user_id, token_hash, created_at, used_at, expires_at, from_network, agent)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
ON CONFLICT (id) DO UPDATE SET used_at = excluded.used_at, expires_at = excluded.expires_at";

const REMOVE: &str = "DELETE FROM sessions WHERE id = ?1";

const BEGIN_IDS: &str = "
INSERT INTO sqlite_sequence (name, seq)
SELECT 'sessions', 0 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'sessions')";

const USE_UP_ID: &str = "UPDATE sqlite_sequence SET seq = max(seq, ?1) WHERE name = 'sessions'";

pub(super) fn look(connection: &Connection, id: SessionId, facts: &mut Facts) -> rusqlite::Result<()> {
    let found = connection.prepare_cached(BY_ID)?.query_row([id.to_i64()], fact_of).optional()?;
    facts.sessions.rows.learn(id, found.map(|(_, session)| session));
    Ok(())
}

fn fact_of(row: &Row<'_>) -> rusqlite::Result<(SessionId, SessionFact)> {
    let session = SessionFact {
        user: UserId(rows::number(row, "user_id")?),
        token_hash: row.get("token_hash")?,
        created: rows::time(row, "created_at")?,
        used: rows::time(row, "used_at")?,
        expires: rows::time(row, "expires_at")?,
        whence: Whence { from: row.get("from_network")?, agent: row.get("agent")? },
    };
    Ok((SessionId(rows::number(row, "id")?), session))
}

pub(super) fn look_for_token(connection: &Connection, hash: [u8; 32], facts: &mut Facts) -> rusqlite::Result<()> {
    let of = |row: &Row<'_>| first_number(row).map(SessionId);
    let holder = connection.prepare_cached(BY_TOKEN)?.query_row([hash], of).optional()?;
    facts.sessions.learn_token(hash, holder);
    Ok(())
}

pub(super) fn look_for_all_of(connection: &Connection, user: UserId, facts: &mut Facts) -> rusqlite::Result<()> {
    let mut query = connection.prepare_cached(OF_USER)?;
    let found = query.query_map([user.to_i64()], fact_of)?.collect::<rusqlite::Result<Vec<_>>>()?;
    facts.sessions.learn_of_user(user, found);
    Ok(())
}

pub(super) fn look_for_last(connection: &Connection, facts: &mut Facts) -> rusqlite::Result<()> {
    facts.sessions.learn_last(SessionId(last_number(connection, "sessions")?));
    Ok(())
}

pub(super) fn write(connection: &Connection, sessions: &SessionFacts) -> rusqlite::Result<()> {
    for id in sessions.rows.to_remove() {
        connection.prepare_cached(REMOVE)?.execute([id.to_i64()])?;
    }
    for (id, session, _) in sessions.rows.to_write() {
        let SessionFact { user, token_hash, created, used, expires, whence: Whence { from, agent } } = session;
        let values = params![id.to_i64(), user.to_i64(), token_hash, created.0, used.0, expires.0, from, agent];
        connection.prepare_cached(WRITE)?.execute(values)?;
    }
    // Somebody has been told its id, which is never used again.
    if let Some(last) = sessions.rows.passed().max() {
        connection.prepare_cached(BEGIN_IDS)?.execute([])?;
        connection.prepare_cached(USE_UP_ID)?.execute([last.to_i64()])?;
    }
    Ok(())
}
