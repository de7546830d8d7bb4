//! Users: accounts and what proves them.

use chatterbox_protocol::ids::UserId;
use chatterbox_protocol::users::Role;

/// What is needed to verify a login. It has no `Debug`, so that the hash stays out of logs.
#[derive(Clone)]
pub struct Credentials {
    /// Whose they are.
    pub user: UserId,
    /// The name as stored, whatever the case it was asked for in.
    pub username: String,
    /// The address as stored.
    pub email: String,
    /// As given to [`Register`](chatterbox_core::changes::Register), or `sha256$` and 64 hexadecimal digits for an imported account that has not
    /// logged in yet.
    pub password_hash: String,
    /// Whether the user may log in at all.
    pub active: bool,
}

/// A registered user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserRow {
    /// Names the user.
    pub id: UserId,
    /// The name that others see.
    pub username: String,
    /// The address, for whoever may see addresses.
    pub email: Option<String>,
    /// What the user may do.
    pub role: Role,
    /// Whether the user may log in.
    pub active: bool,
}

/// Asks for the picture that somebody shows of themselves: its bytes, in the format in which they were stored. A person asks;
/// refused is [`NotFound`](chatterbox_core::changes::Refused::NotFound) for one that is not there any more, that never was, or, to
/// guests, of somebody who shares no room with them.
#[derive(Debug, Clone)]
pub struct PictureOf {
    /// Whose.
    pub user: UserId,
    /// Which of theirs.
    pub version: String,
}

/// Asks whether anyone has registered yet: yes or no. A stranger asks.
#[derive(Debug, Clone, Copy)]
pub struct IsAnybodyHere;

/// Asks what verifies a login with what somebody has typed: [`Credentials`], if there are any, of the account of exactly this
/// name, or else the one whose name differs only in case, form or spaces around it, or else the one with this address. A
/// stranger asks, or the house, for whoever holds the data. It has no `Debug`: people type their password there.
#[derive(Clone)]
pub struct CredentialsOf {
    /// What was typed.
    pub typed: String,
}

/// Asks for one's own e-mail address: a text. A person asks.
#[derive(Debug, Clone, Copy)]
pub struct OwnAddress;

/// Asks who is registered, active or not: a list of [`UserRow`], in order of registration. A person asks; refused is
/// [`Forbidden`](chatterbox_core::changes::Refused::Forbidden).
#[derive(Debug, Clone, Copy)]
pub struct AllUsers;
