//! What is known of accounts, and of the names and addresses that must be theirs alone.

use std::collections::BTreeSet;

use chatterbox_protocol::ids::{Seq, UserId};
use chatterbox_protocol::logs::{Card, OwnAccount};
use chatterbox_protocol::profiles::Profile;
use chatterbox_protocol::time::Timestamp;
use chatterbox_protocol::users::Role;

use super::table::{Map, Table};
use crate::changes::key::{Key, Known};

/// An account as it is stored. It has no `Debug`, so that its hash and address stay out of the program's output.
#[derive(Clone, PartialEq, Eq)]
pub struct UserFact {
    /// The name that others see.
    pub username: String,
    /// What the name shares with those that differ only in case or form; with a mark in it, if another account has that.
    pub username_fold: String,
    /// What it shares with those that look the same; likewise.
    pub username_look: String,
    /// Whether today's rules would refuse the name.
    pub irregular: bool,
    /// The address.
    pub email: String,
    /// What it shares with those that reach the same; likewise.
    pub email_fold: String,
    /// What verifies the password.
    pub password_hash: String,
    /// What the user may do.
    pub role: Role,
    /// Whether one may log in to it.
    pub active: bool,
    /// Whether the user has left for good: what is left of them is that somebody said what they said.
    pub gone: bool,
    /// What the user says of themselves.
    pub profile: Box<Profile>,
    /// When it was made.
    pub created: Timestamp,
    /// Its last change's place in its user's own log: of what it is to its user.
    pub account_seq: Seq,
    /// Its last change's place in the house's log: of what everybody knows of it.
    pub card_seq: Seq,
}

impl UserFact {
    /// What it is to its user.
    pub fn account(&self) -> OwnAccount {
        OwnAccount { username: self.username.clone(), role: self.role, profile: self.profile.clone() }
    }

    /// What everybody knows of it.
    pub fn card(&self) -> Card {
        let (username, profile) = (self.username.clone(), self.profile.clone());
        Card { username, role: self.role, active: self.active, gone: self.gone, profile }
    }

    /// Whether its user can look after a room.
    pub(crate) fn can_moderate(&self) -> bool {
        self.active && self.role != Role::Guest
    }

    /// Whether it is an owner's who can do something about it.
    pub(crate) fn is_active_owner(&self) -> bool {
        self.active && self.role == Role::Owner
    }
}

/// A name that somebody has had, by what it shares with others. It has no `Debug`, as the account has none.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct FormerName {
    /// As [`UserFact::username_fold`].
    pub fold: String,
    /// As [`UserFact::username_look`].
    pub look: String,
}

/// What is known of accounts.
#[derive(Clone)]
pub struct UserFacts {
    /// The accounts.
    pub rows: Table<UserId, UserFact>,
    /// Names that are to be kept for those who had them. Whose they are is known by [`Self::folds`] and [`Self::looks`].
    pub former: Table<FormerName, UserId>,
    /// Whose a name is.
    pub usernames: Holders,
    /// Whose the fold of a name is, or was.
    pub folds: Holders,
    /// Whose the look of a name is, or was.
    pub looks: Holders,
    /// Whose the fold of an address is.
    pub emails: Holders,
    is_anybody_there: Option<bool>,
    active_owners: Option<BTreeSet<UserId>>,
    last: Option<UserId>,
}

/// Who has what only one can have.
#[derive(Clone)]
pub struct Holders {
    of: Map<String, Option<UserId>>,
    is_whole: bool,
    key: fn(String) -> Key,
}

impl Holders {
    fn new(is_whole: bool, key: fn(String) -> Key) -> Self {
        Self { of: Map::default(), is_whole, key }
    }

    pub(in crate::changes) fn holder(&self, what: &str) -> Known<Option<UserId>> {
        match self.of.get(what) {
            Some(holder) => Ok(*holder),
            None if self.is_whole => Ok(None),
            None => Err((self.key)(what.to_owned()).into()),
        }
    }

    /// Takes note of who has it in the store, unless more is known here.
    pub fn learn(&mut self, what: String, holder: Option<UserId>) {
        self.of.entry(what).or_insert(holder);
    }
}

impl UserFacts {
    pub(super) fn new(is_whole: bool) -> Self {
        let holders = |key: fn(String) -> Key| Holders::new(is_whole, key);
        Self {
            rows: Table::new(is_whole),
            former: Table::new(is_whole),
            usernames: holders(Key::Username),
            folds: holders(Key::UsernameFold),
            looks: holders(Key::UsernameLook),
            emails: holders(Key::Email),
            is_anybody_there: is_whole.then_some(false),
            active_owners: is_whole.then(BTreeSet::new),
            last: is_whole.then_some(UserId(0)),
        }
    }

    pub(in crate::changes) fn get(&self, id: UserId) -> Known<Option<&UserFact>> {
        self.rows.get(&id).ok_or_else(|| Key::User(id).into())
    }

    pub(in crate::changes) fn is_anybody_there(&self) -> Known<bool> {
        self.is_anybody_there.ok_or_else(|| Key::Anybody.into())
    }

    pub(in crate::changes) fn active_owners(&self) -> Known<&BTreeSet<UserId>> {
        self.active_owners.as_ref().ok_or_else(|| Key::ActiveOwners.into())
    }

    /// The id that the next account gets. None is given twice, whatever becomes of accounts.
    pub(in crate::changes) fn next_id(&self) -> Known<UserId> {
        self.last.map(|last| UserId(last.0 + 1)).ok_or_else(|| Key::LastUser.into())
    }

    /// Takes note of whether anybody is registered in the store, unless more is known here.
    pub fn learn_anybody(&mut self, is_anybody_there: bool) {
        self.is_anybody_there.get_or_insert(is_anybody_there);
    }

    /// Takes note of the active owners in the store; what has changed here since is known better.
    pub fn learn_active_owners(&mut self, mut owners: BTreeSet<UserId>) {
        for (id, row) in self.rows.changed() {
            keep(&mut owners, *id, row);
        }
        self.active_owners.get_or_insert(owners);
    }

    /// Takes note of the last id that an account got in the store, unless more is known here.
    pub fn learn_last(&mut self, last: UserId) {
        self.last.get_or_insert(last);
    }

    pub(super) fn apply(&mut self, id: UserId, row: UserFact) {
        // What a former name shares with others stays theirs; its spelling alone says nothing, and an address is free.
        if let Some(Some(before)) = self.rows.get(&id) {
            self.usernames.of.insert(before.username.clone(), None);
            self.emails.of.insert(before.email_fold.clone(), None);
        }
        let account = |holders: &mut Holders, what: &str| holders.of.insert(what.to_owned(), Some(id));
        account(&mut self.usernames, &row.username);
        account(&mut self.folds, &row.username_fold);
        account(&mut self.looks, &row.username_look);
        account(&mut self.emails, &row.email_fold);
        self.is_anybody_there = Some(true);
        if let Some(owners) = &mut self.active_owners {
            keep(owners, id, Some(&row));
        }
        self.last = self.last.map(|last| last.max(id));
        self.rows.set(id, row);
    }

    /// The difference has been written. The accounts stay known, what is found by name does not: it is seldom asked.
    pub(super) fn is_written(&mut self) {
        self.rows.is_written();
        self.former.forget();
        if !self.folds.is_whole {
            self.forget_sets();
        }
    }

    fn forget_sets(&mut self) {
        for holders in [&mut self.usernames, &mut self.folds, &mut self.looks, &mut self.emails] {
            holders.of.clear();
        }
        self.active_owners = None;
    }

    pub(super) fn forget(&mut self) {
        self.rows.forget();
        self.former.forget();
        self.forget_sets();
        (self.is_anybody_there, self.last) = (None, None);
    }
}

fn keep(owners: &mut BTreeSet<UserId>, id: UserId, row: Option<&UserFact>) {
    if row.is_some_and(UserFact::is_active_owner) {
        owners.insert(id);
    } else {
        owners.remove(&id);
    }
}
