//! Names and addresses that are one account's alone.

use chatterbox_protocol::ids::UserId;

use super::facts::{Facts, FormerName, UserFact};
use super::key::{Key, Known};
use crate::emails::{self, Email};
use crate::usernames::{self, Username};

/// What has to be known before somebody takes a name.
pub(super) fn keys_of_name(username: &Username) -> [Key; 3] {
    let name = username.as_str();
    [Key::Username(name.to_owned()), Key::UsernameFold(usernames::fold(name)), Key::UsernameLook(usernames::look(name))]
}

/// Whether anybody but this one has this name or one that looks the same, or has ever had it: what was said under a name stays
/// theirs.
pub(super) fn is_taken(facts: &Facts, username: &Username, but_by: Option<UserId>) -> Known<bool> {
    let (users, name) = (&facts.users, username.as_str());
    let (fold, look) = (usernames::fold(name), usernames::look(name));
    let holders = [users.usernames.holder(name)?, users.folds.holder(&fold)?, users.looks.holder(&look)?];
    Ok(holders.into_iter().flatten().any(|holder| Some(holder) != but_by))
}

/// What has to be known before somebody takes an address.
pub(super) fn key_of_address(email: &Email) -> Key {
    Key::Email(emails::fold(email.as_str()))
}

/// Whether anybody but this one has this address.
pub(super) fn is_address_taken(facts: &Facts, email: &Email, but_by: Option<UserId>) -> Known<bool> {
    let holder = facts.users.emails.holder(&emails::fold(email.as_str()))?;
    Ok(holder.is_some_and(|holder| Some(holder) != but_by))
}

impl UserFact {
    /// The account under another name.
    pub(super) fn called(self, username: &Username) -> Self {
        let name = username.as_str();
        let (username_fold, username_look) = (usernames::fold(name), usernames::look(name));
        Self { username: name.to_owned(), username_fold, username_look, irregular: false, ..self }
    }

    /// The account with another address.
    pub(super) fn reached_at(self, email: &Email) -> Self {
        Self { email: email.as_str().to_owned(), email_fold: emails::fold(email.as_str()), ..self }
    }

    /// What is kept of its name when it gets another one.
    pub(super) fn former_name(&self) -> FormerName {
        FormerName { fold: self.username_fold.clone(), look: self.username_look.clone() }
    }
}
