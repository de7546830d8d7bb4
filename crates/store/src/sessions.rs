//! Sessions: who is logged in, and for how long. Only hashes of tokens come here, never a token.

use chatterbox_protocol::ids::{SessionId, UserId};
use chatterbox_protocol::time::Timestamp;
use chatterbox_protocol::users::Role;

use crate::sqlite::sessions;
use crate::{Error, Outcome, Store};

const MINUTE_MS: i64 = 60 * 1_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// A session ends this long after its last use (threats.md Z8), in milliseconds.
pub const SESSION_IDLE_MS: i64 = 30 * DAY_MS;

/// A session ends this long after its begin, however much it is used (threats.md Z8), in milliseconds.
pub const SESSION_ABSOLUTE_MS: i64 = 180 * DAY_MS;

/// Use is written down at most this often, in milliseconds, so that reading does not turn into writing.
pub const SESSION_SLIDE_MS: i64 = 5 * MINUTE_MS;

/// Sessions that one user may have. Past it, each login ends the one that began first: far more than anyone's devices,
/// and few enough that a program that logs in for each of its calls does not fill the database.
pub const SESSIONS_PER_USER_MAX: i64 = 1_000;

/// Who acts, and by which session. Every change checks both inside its transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Author {
    /// The user.
    pub user: UserId,
    /// One of the user's sessions.
    pub session: SessionId,
}

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
    /// When it was last used, to within [`SESSION_SLIDE_MS`].
    pub used: Timestamp,
    /// When it ends unless it is used before.
    pub expires: Timestamp,
}

/// When a session ends that began and was last used at these moments.
pub(crate) fn expiry(created: Timestamp, used: Timestamp) -> Timestamp {
    let idle = used.0.saturating_add(SESSION_IDLE_MS);
    Timestamp(idle.min(created.0.saturating_add(SESSION_ABSOLUTE_MS)))
}

/// Whether use of a session is due to be written down.
pub(crate) fn is_slide_due(used: Timestamp, now: Timestamp) -> bool {
    now.0.saturating_sub(used.0) >= SESSION_SLIDE_MS
}

impl Store {
    /// Begins a session for a user who has just proved who they are, by the password with this hash. It ends those of theirs
    /// that have expired, and the oldest of more than [`SESSIONS_PER_USER_MAX`]: `ended` is told which, as by
    /// [`Self::revoke_session`].
    /// Refuses [`Unauthorized`](crate::Refused::Unauthorized) if the user is gone or not active, or has got another password
    /// meanwhile.
    pub async fn open_session(
        &self,
        user: UserId,
        password_hash: String,
        token_hash: [u8; 32],
        now: Timestamp,
        ended: impl FnOnce(&[SessionId]) + Send + 'static,
    ) -> Outcome<SessionId> {
        let opened = self.sqlite.write_then(
            move |writing| sessions::open(writing.connection(), (user, &password_hash), &token_hash, now),
            |outcome| {
                if let Ok(Ok((_, gone))) = outcome {
                    ended(gone);
                }
            },
        );
        Ok(opened.await?.map(|(session, _)| session))
    }

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
            let _ = self.sqlite.submit(move |writing| sessions::slide(writing.connection(), session, now), |_| ());
        }
        actor
    }

    /// A user's live sessions, oldest first.
    pub async fn sessions(&self, user: UserId, now: Timestamp) -> Result<Vec<SessionRow>, Error> {
        self.sqlite.read(move |connection| sessions::of_user(connection, user, now)).await
    }

    /// Ends a session. Whatever is committed after this was refused to it. `ended` runs on the writer's thread right
    /// after the commit, before anything later is told: who is to hear nothing more can be cut off in it.
    /// Refuses [`NotFound`](crate::Refused::NotFound) if it is not this user's or is gone already.
    pub async fn revoke_session(
        &self,
        user: UserId,
        session: SessionId,
        ended: impl FnOnce(&[SessionId]) + Send + 'static,
    ) -> Outcome<()> {
        self.sqlite
            .write_then(
                move |writing| sessions::revoke(writing.connection(), user, session),
                move |outcome| {
                    if let Ok(Ok(())) = outcome {
                        ended(&[session]);
                    }
                },
            )
            .await
    }
}
