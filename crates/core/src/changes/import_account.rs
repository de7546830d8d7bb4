//! Bringing in an account of the original program.

use std::collections::HashSet;

use chatterbox_protocol::ids::{Seq, UserId};
use chatterbox_protocol::time::Timestamp;
use chatterbox_protocol::users::Role;

use super::account::account_entries;
use super::change::{Change, Decided, Undecided};
use super::facts::{Facts, Holders, UserFact};
use super::key::{Key, Known};
use crate::emails;
use crate::usernames::{self, Username};

/// An account of the original program comes in under its own id, unless an earlier import has brought it in. What must be
/// unique today, and was not there, gets a mark in its key that nobody can type: the older account of the two has the key.
pub struct ImportAccount<'a> {
    /// Its id.
    pub id: UserId,
    /// Its name, whatever today's rules say to it.
    pub username: String,
    /// Its address, or something else.
    pub email: String,
    /// What will verify its password.
    pub password_hash: String,
    /// When it is brought in.
    pub now: Timestamp,
    /// The accounts that this import has looked at.
    pub looked_at: &'a HashSet<UserId>,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportedAccount {
    /// It is there. If it is irregular, one logs in to it under exactly its name.
    New {
        /// Whether today's rules would refuse its name.
        is_irregular: bool,
    },
    /// It had been there.
    AlreadyThere,
}

/// What of an account somebody else has, who is not of this import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountTaken {
    /// Its id; who has it is called this.
    Id(String),
    /// Its name.
    Username,
    /// A name like its own.
    Fold,
    /// A name that looks like its own.
    Look,
    /// Its address.
    Email,
}

impl Change for ImportAccount<'_> {
    type Answer = Result<ImportedAccount, AccountTaken>;

    fn keys(&self) -> Vec<Key> {
        vec![
            Key::User(self.id),
            Key::Username(self.username.clone()),
            Key::UsernameFold(usernames::fold(&self.username)),
            Key::UsernameLook(usernames::look(&self.username)),
            Key::Email(emails::fold(&self.email)),
            Key::HouseLog,
        ]
    }

    fn decide(&self, facts: &Facts, _: u64) -> Result<Decided<Self::Answer>, Undecided> {
        let users = &facts.users;
        let no = |taken| Ok(Decided::nothing(Err(taken)));
        match users.get(self.id)? {
            Some(there) if there.username == self.username && there.email == self.email => {
                return Ok(Decided::nothing(Ok(ImportedAccount::AlreadyThere)));
            }
            // Or they are called or reached otherwise since, or gone.
            Some(there)
                if there.username != self.username
                    && users.folds.holder(&usernames::fold(&self.username))? == Some(self.id) =>
            {
                return Ok(Decided::nothing(Ok(ImportedAccount::AlreadyThere)));
            }
            Some(there) => return no(AccountTaken::Id(there.username.clone())),
            None => {}
        }
        let name = &self.username;
        if users.usernames.holder(name)?.is_some() {
            return no(AccountTaken::Username);
        }
        let Some(username_fold) = self.own(&users.folds, usernames::fold(name))? else {
            return no(AccountTaken::Fold);
        };
        let Some(username_look) = self.own(&users.looks, usernames::look(name))? else {
            return no(AccountTaken::Look);
        };
        let Some(email_fold) = self.own(&users.emails, emails::fold(&self.email))? else {
            return no(AccountTaken::Email);
        };
        let is_shared = username_fold.contains('\0') || username_look.contains('\0');
        let irregular = is_shared || Username::parse(name).map_or(true, |parsed| parsed.as_str() != name);
        let account = UserFact {
            username: name.clone(),
            username_fold,
            username_look,
            irregular,
            email: self.email.clone(),
            email_fold,
            password_hash: self.password_hash.clone(),
            role: Role::Member,
            active: true,
            gone: false,
            profile: Box::default(),
            created: self.now,
            account_seq: Seq::default(),
            card_seq: Seq::default(),
        };
        let answer = Ok(ImportedAccount::New { is_irregular: irregular });
        Ok(account_entries(facts, self.id, None, account, answer)?)
    }
}

impl ImportAccount<'_> {
    /// The key by which this account is found; none if somebody else has it.
    fn own(&self, holders: &Holders, key: String) -> Known<Option<String>> {
        Ok(match holders.holder(&key)? {
            None => Some(key),
            Some(holder) if self.looked_at.contains(&holder) => Some(format!("{key}\0{}", self.id)),
            Some(_) => None,
        })
    }
}
