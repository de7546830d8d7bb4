//! What a rule asks to know.

use chatterbox_protocol::ids::{InvitationId, MessageId, RoomId, SessionId, UserId};
use smallvec::SmallVec;

/// Names one fact. What must be unique is found by a key of its own; a set is one fact. It has no `Debug`, so that
/// addresses stay out of the program's output.
#[derive(Clone, PartialEq, Eq)]
pub enum Key {
    /// An account.
    User(UserId),
    /// Whose this name is, letter by letter.
    Username(String),
    /// Whose name has this [`fold`](crate::usernames::fold).
    UsernameFold(String),
    /// Whose name has this [`look`](crate::usernames::look).
    UsernameLook(String),
    /// Whose address has this [`fold`](crate::emails::fold).
    Email(String),
    /// Whether anybody is registered.
    Anybody,
    /// All active owners.
    ActiveOwners,
    /// The last id that an account got.
    LastUser,
    /// A session.
    Session(SessionId),
    /// Which session's token has this hash.
    Token([u8; 32]),
    /// All sessions of a user, live or expired.
    SessionsOf(UserId),
    /// The last id that a session got.
    LastSession,
    /// What a user has of links for other devices.
    DeviceLink(UserId),
    /// A room, and how far its log goes.
    Room(RoomId),
    /// Which open room's name has this [`fold`](crate::rooms::RoomName::fold).
    RoomName(String),
    /// Which direct room is these people's, who rise.
    DirectRoom(Vec<UserId>),
    /// Which room its maker has made under this nonce.
    RoomNonce(UserId, String),
    /// The largest id of a room.
    LastRoom,
    /// What a user is, or was, to a room.
    Membership(RoomId, UserId),
    /// Everybody who belongs to a room.
    MembersOf(RoomId),
    /// All rooms that a user belongs to, direct ones aside.
    RoomsOf(UserId),
    /// How a user has a room.
    Mark(RoomId, UserId),
    /// The order in which a user has their rooms.
    Order(UserId),
    /// How a user wants to be seen.
    Availability(UserId),
    /// When a user was last there.
    LastSeen(UserId),
    /// Whether a user has muted another, or had.
    Mute(UserId, UserId),
    /// Everybody whom a user has muted.
    MutedBy(UserId),
    /// The number of the last change in a user's own log.
    OwnLog(UserId),
    /// The number of the last change in the house's log.
    HouseLog,
    /// The picture that a user shows of themselves.
    Picture(UserId),
    /// What the place is.
    Place,
    /// An invitation.
    Invitation(InvitationId),
    /// Which invitation's code has this hash.
    InvitationCode([u8; 32]),
    /// All invitations of a user, live or over.
    InvitationsOf(UserId),
    /// The last id that an invitation got.
    LastInvitation,
    /// A message.
    Message(MessageId),
    /// Which message its author has sent under this nonce.
    Nonce(UserId, String),
    /// The largest id of a message.
    LastMessage,
    /// What the probe of readiness counts.
    Probe,
}

/// These facts have to be looked up before a rule can decide.
#[derive(Clone, PartialEq, Eq)]
pub struct Missing(pub SmallVec<[Key; 2]>);

impl From<Key> for Missing {
    fn from(key: Key) -> Self {
        Self(SmallVec::from_iter([key]))
    }
}

/// A fact, unless it has to be looked up first.
pub type Known<T> = Result<T, Missing>;
