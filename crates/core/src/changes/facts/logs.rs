//! What is known of how far people's own logs go, and the house's. Their numbers have no rows of their own: what has changed
//! bears the number of its change, and so the last one is never without something that bears it.

use chatterbox_protocol::ids::{Seq, UserId};

use super::place::PlaceFact;
use super::table::Map;
use super::users::UserFact;
use crate::changes::key::{Key, Known};

/// The last numbers of logs that are no room's.
#[derive(Debug, Clone)]
pub struct LogFacts {
    own: Map<UserId, Seq>,
    house: Option<Seq>,
    is_whole: bool,
}

impl LogFacts {
    pub(super) fn new(is_whole: bool) -> Self {
        Self { own: Map::default(), house: is_whole.then_some(Seq(0)), is_whole }
    }

    /// The number of the last change in a user's own log, if that is known.
    pub fn last_of_own(&self, user: UserId) -> Option<Seq> {
        self.own.get(&user).copied().or(self.is_whole.then_some(Seq(0)))
    }

    /// The number of the last change in the house's log, if that is known.
    pub fn last_of_house(&self) -> Option<Seq> {
        self.house
    }

    /// The number of the next change in a user's own log.
    pub(in crate::changes) fn next_of_own(&self, user: UserId) -> Known<Seq> {
        self.last_of_own(user).map(|last| Seq(last.0 + 1)).ok_or_else(|| Key::OwnLog(user).into())
    }

    /// The number of the next change in the house's log.
    pub(in crate::changes) fn next_of_house(&self) -> Known<Seq> {
        self.house.map(|last| Seq(last.0 + 1)).ok_or_else(|| Key::HouseLog.into())
    }

    /// Takes note of how far a user's own log goes in the store, unless more is known here.
    pub fn learn_own(&mut self, user: UserId, last: Seq) {
        self.own.entry(user).or_insert(last);
    }

    /// Takes note of how far the house's log goes in the store, unless more is known here.
    pub fn learn_house(&mut self, last: Seq) {
        self.house.get_or_insert(last);
    }

    /// An account has become this. Nobody has a log of their own before they have an account.
    pub(super) fn apply_account(&mut self, id: UserId, row: &UserFact, is_made: bool) {
        self.apply_own(id, row.account_seq, is_made);
        self.house = self.house.map(|last| last.max(row.card_seq));
    }

    /// The place has become this.
    pub(super) fn apply_place(&mut self, row: &PlaceFact) {
        self.house = self.house.map(|last| last.max(row.changed_seq));
    }

    /// Something in a user's own log has changed, by a change of this number.
    pub(super) fn apply_in_own(&mut self, user: UserId, seq: Seq) {
        self.apply_own(user, seq, self.is_whole);
    }

    /// Whoever takes a number has asked which the last one is; what is written again with an old number says nothing of it.
    fn apply_own(&mut self, user: UserId, borne: Seq, is_all: bool) {
        match self.own.get_mut(&user) {
            Some(last) => *last = borne.max(*last),
            None if is_all => drop(self.own.insert(user, borne)),
            None => {}
        }
    }

    /// Of how many people's logs something is known.
    pub(super) fn len(&self) -> usize {
        self.own.len()
    }

    pub(super) fn forget(&mut self) {
        self.own.clear();
        self.house = None;
    }
}
