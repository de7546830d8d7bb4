//! Sessions, in SQL.

use std::sync::Arc;

use chatterbox_protocol::ids::{SessionId, UserId};
use chatterbox_protocol::time::Timestamp;
use chatterbox_protocol::users::Role;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::sessions::{SESSIONS_PER_USER_MAX, expiry, is_slide_due};
use crate::sqlite::rows;
use crate::sqlite::writer::{Work, Writing};
use crate::{Actor, Author, Refused, SessionRow, Thing};

const PROOF_HOLDS: &str = "SELECT EXISTS (SELECT 1 FROM users WHERE id = ?1 AND active = 1 AND password_hash = ?2)";

const SWEEP: &str = "DELETE FROM sessions WHERE user_id = ?1 AND expires_at <= ?2 RETURNING id";

const MAKE_ROOM: &str = "
DELETE FROM sessions WHERE user_id = ?1 AND id <= (
    SELECT id FROM sessions WHERE user_id = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2
) RETURNING id";

const END_ALL: &str = "DELETE FROM sessions WHERE user_id = ?1 RETURNING id";

const OPEN: &str = "
INSERT INTO sessions (user_id, token_hash, created_at, used_at, expires_at) VALUES (?1, ?2, ?3, ?3, ?4)";

const LIVE: &str = "
SELECT sessions.id AS session_id, users.id AS user_id, users.username, users.role, sessions.used_at,
    sessions.expires_at
FROM sessions JOIN users ON users.id = sessions.user_id
WHERE sessions.token_hash = ?1 AND sessions.expires_at > ?2 AND users.active = 1";

const TIMES: &str = "SELECT created_at, used_at FROM sessions WHERE id = ?1 AND expires_at > ?2";

const SLIDE: &str = "UPDATE sessions SET used_at = ?2, expires_at = ?3 WHERE id = ?1";

const OF_USER: &str = "
SELECT id, created_at, used_at, expires_at FROM sessions WHERE user_id = ?1 AND expires_at > ?2 ORDER BY id";

const REVOKE: &str = "DELETE FROM sessions WHERE id = ?1 AND user_id = ?2";

const ACTING: &str = "
SELECT users.role, users.username, sessions.created_at, sessions.used_at, sessions.expires_at
FROM sessions JOIN users ON users.id = sessions.user_id
WHERE sessions.id = ?1 AND sessions.user_id = ?2 AND users.active = 1";

/// Somebody who acts, by a session that has not been revoked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sqlite) struct Acting {
    pub(in crate::sqlite) role: Role,
    pub(in crate::sqlite) username: String,
    /// When they proved who they are.
    pub(in crate::sqlite) logged_in: Timestamp,
    used: Timestamp,
    expires: Timestamp,
}

/// Begins a session. Answers it, and those that have ended for it.
pub(crate) fn open(
    connection: &Connection,
    (user, password_hash): (UserId, &str),
    token_hash: &[u8; 32],
    now: Timestamp,
) -> Work<(SessionId, Vec<SessionId>)> {
    let proof = params![user.to_i64(), password_hash];
    if !connection.prepare_cached(PROOF_HOLDS)?.query_row(proof, |row| row.get(0))? {
        return Err(Refused::Unauthorized.into());
    }
    let mut ended = Vec::new();
    for (sql, limit) in [(SWEEP, now.0), (MAKE_ROOM, SESSIONS_PER_USER_MAX - 1)] {
        let mut deletion = connection.prepare_cached(sql)?;
        let mut deleted = deletion.query([user.to_i64(), limit])?;
        while let Some(row) = deleted.next()? {
            ended.push(SessionId(rows::number(row, "id")?));
        }
    }
    let id = connection.prepare_cached(OPEN)?.insert(params![user.to_i64(), token_hash, now.0, expiry(now, now).0])?;
    Ok((SessionId(id.cast_unsigned()), ended))
}

/// Ends all sessions of a user. Answers which.
pub(super) fn end_all(connection: &Connection, user: UserId) -> rusqlite::Result<Vec<SessionId>> {
    let of = |row: &Row<'_>| rows::number(row, "id").map(SessionId);
    connection.prepare_cached(END_ALL)?.query_map([user.to_i64()], of)?.collect()
}

/// Who is behind a token, and when its session was last used.
pub(crate) fn live(
    connection: &Connection,
    token_hash: &[u8; 32],
    now: Timestamp,
) -> rusqlite::Result<Option<(Actor, Timestamp)>> {
    let of = |row: &Row<'_>| {
        let actor = Actor {
            session: SessionId(rows::number(row, "session_id")?),
            user: UserId(rows::number(row, "user_id")?),
            username: row.get("username")?,
            role: rows::role(row, "role")?,
            expires: rows::time(row, "expires_at")?,
        };
        Ok((actor, rows::time(row, "used_at")?))
    };
    connection.prepare_cached(LIVE)?.query_row(params![token_hash, now.0], of).optional()
}

/// Writes down that a session is in use, if that is due and the session still lives.
pub(crate) fn slide(connection: &Connection, session: SessionId, now: Timestamp) -> Work<()> {
    let of = |row: &Row<'_>| Ok((rows::time(row, "created_at")?, rows::time(row, "used_at")?));
    let times = connection.prepare_cached(TIMES)?.query_row([session.to_i64(), now.0], of).optional()?;
    if let Some((created, used)) = times
        && is_slide_due(used, now)
    {
        let expires = expiry(created, now);
        connection.prepare_cached(SLIDE)?.execute([session.to_i64(), now.0, expires.0])?;
    }
    Ok(())
}

/// A user's live sessions.
pub(crate) fn of_user(connection: &Connection, user: UserId, now: Timestamp) -> rusqlite::Result<Vec<SessionRow>> {
    let of = |row: &Row<'_>| {
        Ok(SessionRow {
            id: SessionId(rows::number(row, "id")?),
            created: rows::time(row, "created_at")?,
            used: rows::time(row, "used_at")?,
            expires: rows::time(row, "expires_at")?,
        })
    };
    connection.prepare_cached(OF_USER)?.query_map([user.to_i64(), now.0], of)?.collect()
}

/// Ends a session.
pub(crate) fn revoke(connection: &Connection, user: UserId, session: SessionId) -> Work<()> {
    let gone = connection.prepare_cached(REVOKE)?.execute([session.to_i64(), user.to_i64()])?;
    if gone == 1 { Ok(()) } else { Err(Refused::NotFound(Thing::Session).into()) }
}

/// Who acts, if their session lives at this moment, inside the transaction of the act (threats.md Z3, Z4). Without a
/// moment, only revocation is looked at, not expiry.
pub(super) fn acting(writing: &mut Writing<'_>, by: Author, now: Option<Timestamp>) -> Work<Arc<Acting>> {
    let (connection, known) = writing.parts();
    let acting = match known.actor(by) {
        Some(acting) => acting,
        None => {
            let of = |row: &Row<'_>| {
                Ok(Acting {
                    role: rows::role(row, "role")?,
                    username: row.get("username")?,
                    logged_in: rows::time(row, "created_at")?,
                    used: rows::time(row, "used_at")?,
                    expires: rows::time(row, "expires_at")?,
                })
            };
            let key = [by.session.to_i64(), by.user.to_i64()];
            let found = connection.prepare_cached(ACTING)?.query_row(key, of).optional()?;
            let acting = Arc::new(found.ok_or(Refused::Unauthorized)?);
            known.keep_actor(by, &acting);
            acting
        }
    };
    if now.is_some_and(|now| acting.expires <= now) {
        return Err(Refused::Unauthorized.into());
    }
    Ok(acting)
}

/// The act counts as use of the session. To be called once nothing can refuse the act any more.
pub(super) fn has_acted(writing: &mut Writing<'_>, by: Author, acting: &Acting, now: Timestamp) -> Work<()> {
    if is_slide_due(acting.used, now) {
        let (connection, known) = writing.parts();
        known.forget_actor(by);
        slide(connection, by.session, now)?;
    }
    Ok(())
}
