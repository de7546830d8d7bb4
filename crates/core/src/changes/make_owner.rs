//! Giving a server that nobody owns an owner.

use chatterbox_protocol::ids::UserId;
use chatterbox_protocol::users::Role;

use super::account::account_entries;
use super::change::{Change, Decided, Undecided};
use super::facts::{Facts, UserFact};
use super::key::Key;

/// An account becomes the owner's, if it is there and nobody is the owner. Answers whether it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MakeOwner {
    /// Whose account it is.
    pub user: UserId,
}

impl Change for MakeOwner {
    type Answer = bool;

    fn keys(&self) -> Vec<Key> {
        vec![Key::User(self.user), Key::ActiveOwners, Key::OwnLog(self.user), Key::HouseLog]
    }

    fn decide(&self, facts: &Facts, _: u64) -> Result<Decided<bool>, Undecided> {
        let is_owned = !facts.users.active_owners()?.is_empty();
        let Some(account) = facts.users.get(self.user)?.filter(|account| !is_owned && !account.gone) else {
            return Ok(Decided::nothing(false));
        };
        let owner = UserFact { role: Role::Owner, ..account.clone() };
        Ok(account_entries(facts, self.user, Some(account), owner, true)?)
    }
}
