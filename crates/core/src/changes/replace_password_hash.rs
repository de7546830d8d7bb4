//! Replacing what verifies a password by something better.

use chatterbox_protocol::ids::UserId;
use smallvec::{SmallVec, smallvec};

use super::change::{Change, Decided, Undecided};
use super::facts::{Facts, Row, UserFact};
use super::key::Key;

/// A password's hash gives way to another one of the same password, if it still is the one that was verified. Answers whether
/// it was, and changes nothing otherwise.
#[derive(Clone, PartialEq, Eq)]
pub struct ReplacePasswordHash {
    /// Whose it is.
    pub user: UserId,
    /// The hash that was verified.
    pub old: String,
    /// The other one.
    pub new: String,
}

impl Change for ReplacePasswordHash {
    type Answer = bool;

    fn keys(&self) -> Vec<Key> {
        vec![Key::User(self.user)]
    }

    fn decide(&self, facts: &Facts, _: u64) -> Result<Decided<bool>, Undecided> {
        let Some(account) = facts.users.get(self.user)?.filter(|account| account.password_hash == self.old) else {
            return Ok(Decided::nothing(false));
        };
        let account = UserFact { password_hash: self.new.clone(), ..account.clone() };
        Ok(Decided { answer: true, rows: smallvec![Row::User(self.user, account)], told: SmallVec::new() })
    }
}
