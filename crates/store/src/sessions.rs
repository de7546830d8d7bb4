//! Sessions: who is logged in, and for how long. Only hashes of tokens come here, never a token.

use chatterbox_core::changes::Author;
use chatterbox_core::sessions::Whence;
use chatterbox_protocol::ids::{SessionId, UserId};
use chatterbox_protocol::time::Timestamp;
use chatterbox_protocol::users::Role;

/// The user behind a live session, as they were when the store looked. They ask as who they are; but whoever has kept them
/// for a while asks as [`Bearer`](crate::Bearer).
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    /// Names the session. Ids are never used again.
    pub id: SessionId,
    /// When it began.
    pub created: Timestamp,
    /// When it was last used, to within [`SESSION_SLIDE_MS`](chatterbox_core::sessions::SESSION_SLIDE_MS).
    pub used: Timestamp,
    /// When it ends unless it is used before.
    pub expires: Timestamp,
    /// Where it was begun.
    pub whence: Whence,
}

/// Asks who asks: an [`Actor`]. To be asked by a [`Bearer`](crate::Bearer), and answered at once then, if need be
/// ([`Store::ask_now`](crate::Store::ask_now)).
#[derive(Debug, Clone, Copy)]
pub struct WhoAmI;

/// Asks for one's own live sessions: a list of [`SessionRow`], oldest first. A person asks.
#[derive(Debug, Clone, Copy)]
pub struct OwnSessions {
    /// When.
    pub now: Timestamp,
}
