//! Identifiers and sequence numbers. Each kind is its own type, so that one is never taken for another; all are whole
//! numbers that JavaScript holds exactly.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The largest number that travels as an id or a sequence number: 2⁵³ − 1, JavaScript's largest safe integer.
pub const ID_MAX: u64 = (1 << 53) - 1;

macro_rules! number {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, TS,
        )]
        #[ts(type = "number")]
        pub struct $name(pub u64);

        impl $name {
            /// The number as a database holds it. Never wraps, because ids stay below 2⁵³.
            pub const fn to_i64(self) -> i64 {
                self.0 as i64
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

number! {
    /// Names a user.
    UserId
}
number! {
    /// Names a session in the list of one's own sessions. It is no secret and opens nothing; the token does.
    SessionId
}
number! {
    /// Names a room. Room 1 exists from the start.
    RoomId
}
number! {
    /// Names an invitation in the list of one's own. It is no secret and opens nothing; its code does.
    InvitationId
}
number! {
    /// Names a message. Later messages have larger ids; the gaps between them say nothing.
    MessageId
}
number! {
    /// A place in a room's log: each change in the room takes the next number, starting with 1. 0 is "before all".
    Seq
}

impl RoomId {
    /// The public room that exists from the start, and the only one that a contract client sees.
    pub const FIRST: RoomId = RoomId(1);
}
