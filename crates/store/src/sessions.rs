//! Sessions: who is logged in, and for how long. Only hashes of tokens come here, never a token.

use chatterbox_core::changes::{Author, UseSession};
use chatterbox_core::sessions::is_slide_due;
use chatterbox_protocol::ids::{SessionId, UserId};
use chatterbox_protocol::time::Timestamp;
use chatterbox_protocol::users::Role;

use crate::sqlite::questions::sessions;
use crate::{Error, Store};

/// The user behind a live session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The session.
    pub session: SessionId,
    /// The user.
    pub user: UserId,
    /// The user's name as stored.
    pub username: String,
    /// What the user may do.
    pub role: Role,
    /// When the session ends unless it is used before.
    pub expires: Timestamp,
}

impl Actor {
    /// The two ids that changes are made with.
    pub fn author(&self) -> Author {
        Author { user: self.user, session: self.session }
    }
}

/// A live session, as its owner sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionRow {
    /// Names the session. Ids are never used again.
    pub id: SessionId,
    /// When it began.
    pub created: Timestamp,
    /// When it was last used, to within [`SESSION_SLIDE_MS`](chatterbox_core::sessions::SESSION_SLIDE_MS).
    pub used: Timestamp,
    /// When it ends unless it is used before.
    pub expires: Timestamp,
}

impl Store {
    /// The user behind a token, or none if the token is unknown, its session has ended, or the user is not active.
    /// Counts as use of the session; that is written down later, and losing it to a crash costs five minutes.
    pub async fn session(&self, token_hash: [u8; 32], now: Timestamp) -> Result<Option<Actor>, Error> {
        let found = self.sqlite.look(move |connection| sessions::live(connection, &token_hash, now)).await?;
        Ok(found.map(|(actor, used)| self.uses(actor, used, now)))
    }

    /// The same if it can be told at once; none otherwise, and then [`Self::session`] knows. Looks into memory, most likely:
    /// sessions that are used are there.
    pub fn session_now(&self, token_hash: [u8; 32], now: Timestamp) -> Option<Actor> {
        let found = self.sqlite.look_now(|connection| sessions::live(connection, &token_hash, now))?;
        found.ok().flatten().map(|(actor, used)| self.uses(actor, used, now))
    }

    fn uses(&self, actor: Actor, used: Timestamp, now: Timestamp) -> Actor {
        if is_slide_due(used, now) {
            let session = actor.session;
            // A full queue means that the server has better things to do; the next use tries again.
            let _ = self.submit(UseSession { session, now }, |_| ());
        }
        actor
    }

    /// A user's live sessions, oldest first.
    pub async fn sessions(&self, user: UserId, now: Timestamp) -> Result<Vec<SessionRow>, Error> {
        self.sqlite.read(move |connection| sessions::of_user(connection, user, now)).await
    }
}
