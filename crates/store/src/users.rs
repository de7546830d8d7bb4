//! Users: accounts and what proves them.

use chatterbox_protocol::ids::UserId;
use chatterbox_protocol::users::Role;

use crate::sqlite::questions::users;
use crate::{Error, Store};

/// What is needed to verify a login. It has no `Debug`, so that the hash stays out of logs.
#[derive(Clone)]
pub struct Credentials {
    /// Whose they are.
    pub user: UserId,
    /// The name as stored, whatever the case it was asked for in.
    pub username: String,
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
    /// The address: for administrators and the user alone.
    pub email: String,
    /// What the user may do.
    pub role: Role,
    /// Whether the user may log in.
    pub active: bool,
}

impl Store {
    /// Whether anyone is registered.
    pub async fn has_users(&self) -> Result<bool, Error> {
        self.sqlite.read(users::exist).await
    }

    /// What verifies a login with what somebody has typed: the account of exactly this name, or else the one whose name
    /// differs only in case, form or spaces around it, or else the one with this address.
    pub async fn credentials(&self, typed: &str) -> Result<Option<Credentials>, Error> {
        let typed = typed.to_owned();
        self.sqlite.read(move |connection| users::credentials(connection, &typed)).await
    }

    /// Everyone who is registered, active or not, in order of registration.
    pub async fn users(&self) -> Result<Vec<UserRow>, Error> {
        self.sqlite.read(users::all).await
    }
}
