//! What is known of whom people do not want to hear.

use std::collections::BTreeSet;

use chatterbox_protocol::ids::{Seq, UserId};

use super::sets::Sets;
use super::table::Table;
use crate::changes::key::{Key, Known};

/// Whether somebody wants to hear another, as it is stored. Of whoever was never muted there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MuteFact {
    /// They do not.
    pub is_muted: bool,
    /// Its last change's place in the own log of whoever does not want to hear.
    pub changed_seq: Seq,
}

/// What is known of whom people do not want to hear.
#[derive(Debug, Clone)]
pub struct MuteFacts {
    /// Who, whom, and whether still.
    pub rows: Table<(UserId, UserId), MuteFact>,
    by: Sets<UserId, UserId, ()>,
    is_whole: bool,
}

impl MuteFacts {
    pub(super) fn new(is_whole: bool) -> Self {
        Self { rows: Table::new(is_whole), by: Sets::new(is_whole), is_whole }
    }

    pub(in crate::changes) fn get(&self, by: UserId, whom: UserId) -> Known<Option<MuteFact>> {
        self.rows.get(&(by, whom)).map(Option::<&MuteFact>::copied).ok_or_else(|| Key::Mute(by, whom).into())
    }

    /// How many people somebody has muted.
    pub(in crate::changes) fn count(&self, by: UserId) -> Known<usize> {
        self.by.get(&by).map(|muted| muted.len()).ok_or_else(|| Key::MutedBy(by).into())
    }

    /// Takes note of whom somebody has muted in the store; what has changed here since is known better.
    pub fn learn_all_of(&mut self, by: UserId, muted: BTreeSet<UserId>) {
        let changed = self.rows.changed().filter(|((of, _), _)| *of == by);
        let changed = changed.map(|((_, whom), row)| (*whom, row.filter(|row| row.is_muted).map(|_| ())));
        let changed: Vec<_> = changed.collect();
        self.by.learn(by, muted.into_iter().map(|whom| (whom, ())).collect(), changed);
    }

    pub(super) fn apply(&mut self, by: UserId, whom: UserId, row: MuteFact) {
        self.by.put(by, whom, row.is_muted.then_some(()));
        self.rows.set((by, whom), row);
    }

    /// Nobody is muted by somebody who is gone.
    pub(super) fn forgets(&mut self, by: UserId) {
        let known: Vec<_> = self.rows.keys().filter(|(of, _)| *of == by).copied().collect();
        for key in known {
            self.by.put(by, key.1, None);
            self.rows.remove_known(key);
        }
    }

    /// The difference has been written. Whom somebody has muted is seldom counted.
    pub(super) fn is_written(&mut self) {
        self.rows.is_written();
        if !self.is_whole {
            self.by.forget();
        }
    }

    pub(super) fn forget(&mut self) {
        self.rows.forget();
        self.by.forget();
    }
}
