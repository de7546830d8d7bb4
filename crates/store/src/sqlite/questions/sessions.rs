//! Questions about sessions, in SQL.

use chatterbox_core::permissions::{Action, Whose};
use chatterbox_core::sessions::Whence;
use chatterbox_protocol::ids::{SessionId, UserId};
use chatterbox_protocol::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::sqlite::questions::{Answered, Question, Snapshot, permit};
use crate::sqlite::rows;
use crate::{Actor, OwnSessions, SessionRow, WhoAmI};

const LIVE: &str = "
SELECT sessions.id, users.id, users.username, users.role, sessions.expires_at, sessions.used_at
FROM sessions JOIN users ON users.id = sessions.user_id
WHERE sessions.token_hash = ?1 AND sessions.expires_at > ?2 AND users.active = 1";

const OF_USER: &str = "
SELECT id, created_at, used_at, expires_at, from_network, agent FROM sessions WHERE user_id = ?1 AND expires_at > ?2 ORDER BY id";

/// Who is behind a token, and when its session was last used.
pub(super) fn live(
    connection: &Connection,
    token_hash: &[u8; 32],
    now: Timestamp,
) -> rusqlite::Result<Option<(Actor, Timestamp)>> {
    // By their places: this is asked by everybody who comes, and to find a column by its name takes as long as to read it.
    let of = |row: &Row<'_>| {
        let actor = Actor {
            session: SessionId(rows::number(row, 0)?),
            user: UserId(rows::number(row, 1)?),
            username: row.get(2)?,
            role: rows::role(row, 3)?,
            expires: rows::time(row, 4)?,
        };
        Ok((actor, rows::time(row, 5)?))
    };
    connection.prepare_cached(LIVE)?.query_row(params![token_hash, now.0], of).optional()
}

impl Question<Actor> for WhoAmI {
    type Answer = Actor;

    const IS_ONE_LOOK: bool = true;

    fn answer(self, by: Actor, _: &Snapshot<'_>) -> Answered<Actor> {
        Ok(by)
    }
}

impl Question<Actor> for OwnSessions {
    type Answer = Vec<SessionRow>;

    fn answer(self, by: Actor, snapshot: &Snapshot<'_>) -> Answered<Self::Answer> {
        permit(by.role, Action::ManageSession, Whose::Own)?;
        let of = |row: &Row<'_>| {
            Ok(SessionRow {
                id: SessionId(rows::number(row, "id")?),
                created: rows::time(row, "created_at")?,
                used: rows::time(row, "used_at")?,
                expires: rows::time(row, "expires_at")?,
                whence: Whence { from: row.get("from_network")?, agent: row.get("agent")? },
            })
        };
        let mut query = snapshot.connection.prepare_cached(OF_USER)?;
        Ok(query.query_map([by.user.to_i64(), self.now.0], of)?.collect::<rusqlite::Result<_>>()?)
    }
}
