//! Users: accounts and what proves them.

use chatterbox_core::accounts::AccountChange;
use chatterbox_core::emails::Email;
use chatterbox_core::usernames::Username;
use chatterbox_protocol::ids::{SessionId, UserId};
use chatterbox_protocol::time::Timestamp;
use chatterbox_protocol::users::Role;

use crate::sqlite::users;
use crate::{Author, Error, Outcome, Store};

/// An account to be made. It has no `Debug`, so that its hash and address stay out of logs.
#[derive(Clone)]
pub struct NewUser {
    /// The checked name.
    pub username: Username,
    /// The checked address.
    pub email: Email,
    /// What will verify the password, as the caller's hash function writes it.
    pub password_hash: String,
    /// When.
    pub now: Timestamp,
}

/// What is needed to verify a login. It has no `Debug`, so that the hash stays out of logs.
#[derive(Clone)]
pub struct Credentials {
    /// Whose they are.
    pub user: UserId,
    /// The name as stored, whatever the case it was asked for in.
    pub username: String,
    /// As given to [`Store::register`], or `sha256$` and 64 hexadecimal digits for an imported account that has not
    /// logged in yet.
    pub password_hash: String,
    /// Whether the user may log in at all.
    pub active: bool,
}

/// Who wants an account to be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Whoever may touch the data directory.
    Holder,
    /// A user, by one of their sessions, at this moment.
    User(Author, Timestamp),
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
    /// Whether anyone has registered yet.
    pub async fn has_users(&self) -> Result<bool, Error> {
        self.sqlite.read(users::exist).await
    }

    /// Makes an account. The first ever becomes the owner; which one is first is decided inside the transaction.
    /// Refuses [`UsernameTaken`](crate::Refused::UsernameTaken) and [`EmailTaken`](crate::Refused::EmailTaken).
    pub async fn register(&self, new: NewUser) -> Outcome<UserId> {
        self.sqlite.write(move |writing| users::register(writing.connection(), &new)).await
    }

    /// What verifies a login with what somebody has typed: the account of exactly this name, or else the one whose name
    /// differs only in case, form or spaces around it, or else the one with this address.
    pub async fn credentials(&self, typed: &str) -> Result<Option<Credentials>, Error> {
        let typed = typed.to_owned();
        self.sqlite.read(move |connection| users::credentials(connection, &typed)).await
    }

    /// Replaces a password hash, if it still is the one that the caller has verified. Does nothing otherwise, and answers so.
    pub async fn replace_password_hash(&self, user: UserId, old_hash: String, new_hash: String) -> Result<bool, Error> {
        let replaced = self
            .sqlite
            .write(move |writing| users::replace_password_hash(writing.connection(), user, &old_hash, &new_hash))
            .await?;
        // No rule refuses it.
        Ok(replaced.unwrap_or(false))
    }

    /// Changes an account, and ends all its sessions with it, unless it is so already: who comes back comes with the new
    /// rights, and nobody by an old proof (threats.md Z3, Z8). `ended` is told which, as by [`Self::revoke_session`].
    /// Refuses [`Unauthorized`](crate::Refused::Unauthorized), [`Forbidden`](crate::Refused::Forbidden),
    /// [`NotFound`](crate::Refused::NotFound), [`LastOwner`](crate::Refused::LastOwner) and
    /// [`LoginTooOld`](crate::Refused::LoginTooOld).
    pub async fn change_account(
        &self,
        by: By,
        user: UserId,
        change: AccountChange,
        ended: impl FnOnce(&[SessionId]) + Send + 'static,
    ) -> Outcome<()> {
        let changed = self.sqlite.write_then(
            move |writing| users::change(writing, by, user, &change),
            |outcome| {
                if let Ok(Ok(gone)) = outcome {
                    ended(gone);
                }
            },
        );
        Ok(changed.await?.map(|_| ()))
    }

    /// Everyone who is registered, active or not, in order of registration.
    pub async fn users(&self) -> Result<Vec<UserRow>, Error> {
        self.sqlite.read(users::all).await
    }
}
