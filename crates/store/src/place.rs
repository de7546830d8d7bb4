//! The place: what it is, and whether somebody may register there.

use chatterbox_protocol::time::Timestamp;

/// Asks what the place is: a [`KnownPlace`](chatterbox_protocol::place::KnownPlace). A stranger asks.
#[derive(Debug, Clone, Copy)]
pub struct PlaceNow;

/// Asks whether somebody may register, before dear work is done for them: [`Registering`]. A stranger asks; refused is
/// [`RegistrationClosed`](chatterbox_core::changes::Refused::RegistrationClosed), or
/// [`InvitationOver`](chatterbox_core::changes::Refused::InvitationOver).
#[derive(Clone, Copy)]
pub struct MayRegister {
    /// Of the code of the invitation by which they come.
    pub invitation: Option<[u8; 32]>,
    /// When.
    pub now: Timestamp,
}

/// Who may register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registering {
    /// The very first, who names the place.
    First,
    /// Somebody after others.
    AfterOthers,
}
