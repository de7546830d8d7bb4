//! Sessions, in SQL.

use chatterbox_protocol::ids::{SessionId, UserId};
use chatterbox_protocol::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::sqlite::rows;
use crate::{Actor, SessionRow};

const LIVE: &str = "
SELECT sessions.id AS session_id, users.id AS user_id, users.username, users.role, sessions.used_at,
    sessions.expires_at
FROM sessions JOIN users ON users.id = sessions.user_id
WHERE sessions.token_hash = ?1 AND sessions.expires_at > ?2 AND users.active = 1";

const OF_USER: &str = "
SELECT id, created_at, used_at, expires_at FROM sessions WHERE user_id = ?1 AND expires_at > ?2 ORDER BY id";

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
