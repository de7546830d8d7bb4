//! Registering.

use chatterbox_protocol::ids::{Seq, UserId};
use chatterbox_protocol::time::Timestamp;
use chatterbox_protocol::users::Role;

use super::account::account_entries;
use super::change::{Change, Decided, Undecided};
use super::facts::{Facts, UserFact};
use super::key::Key;
use super::names::{is_address_taken, is_taken, key_of_address, keys_of_name};
use super::refused::Refused;
use crate::emails::{self, Email};
use crate::usernames::{self, Username};

/// An account is made; the owner's if it is the first. It has no `Debug`, so that its hash and address stay out of the
/// program's output.
///
/// Refuses [`Refused::UsernameTaken`] if somebody has, or had, this name or one that looks the same, and [`Refused::EmailTaken`].
#[derive(Clone)]
pub struct Register {
    /// The checked name.
    pub username: Username,
    /// The checked address.
    pub email: Email,
    /// What will verify the password, as the caller's hash function writes it.
    pub password_hash: String,
    /// When.
    pub now: Timestamp,
}

impl Change for Register {
    type Answer = UserId;

    fn keys(&self) -> Vec<Key> {
        let others = [key_of_address(&self.email), Key::Anybody, Key::LastUser, Key::HouseLog];
        keys_of_name(&self.username).into_iter().chain(others).collect()
    }

    fn decide(&self, facts: &Facts, _: u64) -> Result<Decided<UserId>, Undecided> {
        let (users, username, email) = (&facts.users, self.username.as_str(), self.email.as_str());
        if is_taken(facts, &self.username, None)? {
            return Err(Refused::UsernameTaken.into());
        }
        if is_address_taken(facts, &self.email, None)? {
            return Err(Refused::EmailTaken.into());
        }
        let id = users.next_id()?;
        let account = UserFact {
            username: username.to_owned(),
            username_fold: usernames::fold(username),
            username_look: usernames::look(username),
            irregular: false,
            email: email.to_owned(),
            email_fold: emails::fold(email),
            password_hash: self.password_hash.clone(),
            role: if users.is_anybody_there()? { Role::Member } else { Role::Owner },
            active: true,
            gone: false,
            profile: Box::default(),
            created: self.now,
            account_seq: Seq::default(),
            card_seq: Seq::default(),
        };
        Ok(account_entries(facts, id, None, account, id)?)
    }
}
