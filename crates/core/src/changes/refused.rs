//! Why a rule says no.

use chatterbox_protocol::ids::{MessageId, UserId};

use crate::permissions::NotPermitted;

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
    /// Nobody registers here, or only whoever has an invitation.
    RegistrationClosed,
    /// The invitation leads nowhere: it is used up, expired, revoked, or never was.
    InvitationOver,
    /// The user has as many invitations as one may.
    TooManyInvitations,
    /// The link signs nobody in: it is used up, expired, replaced, or never was.
    DeviceLinkOver,
    /// An open room has this name, or one that differs only in case or form.
    RoomNameTaken,
    /// The room is put away, and nothing happens there.
    RoomArchived,
    /// The user belongs to as many rooms as one may.
    TooManyRooms(UserId),
    /// As many people belong to the room as may.
    TooManyMembers,
    /// One has muted as many people as one may.
    TooManyMuted,
    /// A direct room whose other people are all gone: nobody would read it.
    NobodyThere,
    /// A session has this token: whoever made it has to make another one.
    TokenTaken,
    /// The account is the last active owner's.
    LastOwner,
    /// The session began too long ago for this.
    LoginTooOld,
}

impl Refused {
    /// What is said to whoever may not do something in a room: where it is not for their eyes, that what they have named there is
    /// not.
    pub fn not_permitted(why: NotPermitted, named: Thing) -> Self {
        match why {
            NotPermitted::Unseen => Self::NotFound(named),
            NotPermitted::Forbidden => Self::Forbidden,
            NotPermitted::Archived => Self::RoomArchived,
        }
    }
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
    /// A picture.
    Picture,
    /// A log.
    Log,
    /// An invitation.
    Invitation,
}
