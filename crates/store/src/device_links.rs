//! Links by which people sign in on another device: whom one signs in.

use chatterbox_protocol::ids::UserId;
use chatterbox_protocol::time::Timestamp;

/// Asks whom a link signs in, which does not use it up: a [`SeenDeviceLink`]. A stranger asks; refused is
/// [`DeviceLinkOver`](chatterbox_core::changes::Refused::DeviceLinkOver), whatever is the matter with it.
#[derive(Clone, Copy)]
pub struct LookAtDeviceLink {
    /// Whose it is, by its code.
    pub user: UserId,
    /// Of its code.
    pub code_hash: [u8; 32],
    /// When.
    pub now: Timestamp,
}

/// Whom a link signs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenDeviceLink {
    /// What the place is called.
    pub place: String,
    /// The username.
    pub username: String,
    /// How they want to be called; empty for their username.
    pub name: String,
}
