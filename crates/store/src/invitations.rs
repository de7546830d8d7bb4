//! Invitations: which ones there are, and where one leads.

use chatterbox_protocol::ids::{InvitationId, RoomId, UserId};
use chatterbox_protocol::place::PlaceState;
use chatterbox_protocol::time::Timestamp;

/// Asks where an invitation leads, which costs none of its uses: a [`SeenInvitation`]. A stranger asks; refused is
/// [`InvitationOver`](chatterbox_core::changes::Refused::InvitationOver), whatever is the matter with it.
#[derive(Clone, Copy)]
pub struct LookAtInvitation {
    /// Of its code.
    pub code_hash: [u8; 32],
    /// When.
    pub now: Timestamp,
}

/// Where an invitation leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenInvitation {
    /// What the place is.
    pub place: PlaceState,
    /// Who invites.
    pub username: String,
    /// How they want to be called; empty for their username.
    pub name: String,
    /// What the rooms are called that it leads into.
    pub rooms: Vec<String>,
}

/// Asks which invitations there are, the newest first: a list of [`InvitationRow`]s. A person asks, and is told of their own, and of
/// everybody's if they are an administrator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Invitations {
    /// How many at the most.
    pub limit: usize,
}

/// An invitation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitationRow {
    /// Names it.
    pub id: InvitationId,
    /// Whose it is.
    pub by: UserId,
    /// The rooms that it leads into, as far as whoever asks sees them.
    pub rooms: Vec<RoomId>,
    /// When it was made.
    pub created: Timestamp,
    /// From when on it leads nowhere.
    pub expires: Timestamp,
    /// How many people may come by it, if that is bounded.
    pub uses: Option<u32>,
    /// How many have.
    pub used: u32,
}
