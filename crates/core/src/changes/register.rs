//! Registering.

use chatterbox_protocol::ids::{Seq, UserId};
use chatterbox_protocol::time::Timestamp;
use chatterbox_protocol::users::Role;

use super::account::account_entries;
use super::change::{Change, Decided, Undecided};
use super::facts::{Facts, UserFact};
use super::key::Key;
use super::refused::Refused;
use crate::emails::{self, Email};
use crate::usernames::{self, Username};

/// An account is made; the owner's if it is the first. It has no `Debug`, so that its hash and address stay out of the
/// program's output.
///
/// Refuses [`Refused::UsernameTaken`] if somebody has this name or one that looks the same, and [`Refused::EmailTaken`].
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
        let username = self.username.as_str();
        vec![
            Key::Username(username.to_owned()),
            Key::UsernameFold(usernames::fold(username)),
            Key::UsernameLook(usernames::look(username)),
            Key::Email(emails::fold(self.email.as_str())),
            Key::Anybody,
            Key::LastUser,
            Key::HouseLog,
        ]
    }

    fn decide(&self, facts: &Facts, _: u64) -> Result<Decided<UserId>, Undecided> {
        let (users, username, email) = (&facts.users, self.username.as_str(), self.email.as_str());
        let (fold, look, email_fold) = (usernames::fold(username), usernames::look(username), emails::fold(email));
        let holders = [users.usernames.holder(username)?, users.folds.holder(&fold)?, users.looks.holder(&look)?];
        if holders.into_iter().any(|holder| holder.is_some()) {
            return Err(Refused::UsernameTaken.into());
        }
        if users.emails.holder(&email_fold)?.is_some() {
            return Err(Refused::EmailTaken.into());
        }
        let id = users.next_id()?;
        let account = UserFact {
            username: username.to_owned(),
            username_fold: fold,
            username_look: look,
            irregular: false,
            email: email.to_owned(),
            email_fold,
            password_hash: self.password_hash.clone(),
            role: if users.is_anybody_there()? { Role::Member } else { Role::Owner },
            active: true,
            profile: Box::default(),
            created: self.now,
            account_seq: Seq::default(),
            card_seq: Seq::default(),
        };
        Ok(account_entries(facts, id, None, account, id)?)
    }
}
