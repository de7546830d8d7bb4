//! Why a rule says no.

use chatterbox_protocol::ids::MessageId;

/// A rule said no. Nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// The session is gone or expired, or its user is not active.
    Unauthorized,
    /// Not for this user.
    Forbidden,
    /// It is not there, or not for this user to see.
    NotFound(Thing),
    /// The author has sent another message under this nonce: this one.
    NonceReused(MessageId),
    /// Somebody has this username, or one that looks the same.
    UsernameTaken,
    /// Somebody has this address.
    EmailTaken,
    /// A session has this token: whoever made it has to make another one.
    TokenTaken,
    /// The account is the last active owner's.
    LastOwner,
    /// The session began too long ago for this.
    LoginTooOld,
}

/// What a change may be about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thing {
    /// A room.
    Room,
    /// A message.
    Message,
    /// A session.
    Session,
    /// A user.
    User,
}
