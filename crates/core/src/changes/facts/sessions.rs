//! What is known of sessions.

use std::collections::BTreeSet;

use chatterbox_protocol::ids::{SessionId, UserId};
use chatterbox_protocol::time::Timestamp;

use super::table::{Map, Table};
use crate::changes::key::{Key, Known};
use crate::sessions::Whence;

/// A session as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionFact {
    /// Whose it is.
    pub user: UserId,
    /// Of its token.
    pub token_hash: [u8; 32],
    /// When it began.
    pub created: Timestamp,
    /// When it was last used, as far as that is written down.
    pub used: Timestamp,
    /// When it ends unless it is used before.
    pub expires: Timestamp,
    /// Where it began.
    pub whence: Whence,
}

/// What is known of sessions.
#[derive(Debug, Clone)]
pub struct SessionFacts {
    /// The sessions.
    pub rows: Table<SessionId, SessionFact>,
    tokens: Map<[u8; 32], Option<SessionId>>,
    of_users: Map<UserId, BTreeSet<SessionId>>,
    last: Option<SessionId>,
    is_whole: bool,
}

impl SessionFacts {
    pub(super) fn new(is_whole: bool) -> Self {
        Self {
            rows: Table::new(is_whole),
            tokens: Map::default(),
            of_users: Map::default(),
            last: is_whole.then_some(SessionId(0)),
            is_whole,
        }
    }

    pub(in crate::changes) fn get(&self, id: SessionId) -> Known<Option<&SessionFact>> {
        self.rows.get(&id).ok_or_else(|| Key::Session(id).into())
    }

    pub(in crate::changes) fn holder(&self, token_hash: [u8; 32]) -> Known<Option<SessionId>> {
        match self.tokens.get(&token_hash) {
            Some(holder) => Ok(*holder),
            None if self.is_whole => Ok(None),
            None => Err(Key::Token(token_hash).into()),
        }
    }

    /// All sessions of a user, the oldest first.
    pub(in crate::changes) fn of_user(&self, user: UserId) -> Known<Vec<(SessionId, &SessionFact)>> {
        let Some(ids) = self.of_users.get(&user) else {
            return if self.is_whole { Ok(Vec::new()) } else { Err(Key::SessionsOf(user).into()) };
        };
        ids.iter().filter_map(|id| Some(Ok((*id, self.get(*id).transpose()?.ok()?)))).collect()
    }

    /// The id that the next session gets. None is given twice, whatever becomes of sessions.
    pub(in crate::changes) fn next_id(&self) -> Known<SessionId> {
        self.last.map(|last| SessionId(last.0 + 1)).ok_or_else(|| Key::LastSession.into())
    }

    /// Takes note of which session's a token is in the store, unless more is known here.
    pub fn learn_token(&mut self, token_hash: [u8; 32], holder: Option<SessionId>) {
        self.tokens.entry(token_hash).or_insert(holder);
    }

    /// Takes note of a user's sessions in the store; what has changed here since is known better.
    pub fn learn_of_user(&mut self, user: UserId, found: Vec<(SessionId, SessionFact)>) {
        let mut ids: BTreeSet<SessionId> = found.iter().map(|(id, _)| *id).collect();
        for (id, row) in found {
            self.rows.learn(id, Some(row));
        }
        // Those that have ended meanwhile have no row any more.
        let begun = self.rows.changed().filter(|(_, row)| row.is_some_and(|row| row.user == user));
        ids.extend(begun.map(|(id, _)| *id));
        self.of_users.entry(user).or_insert(ids);
    }

    /// Takes note of the last id that a session got in the store, unless more is known here.
    pub fn learn_last(&mut self, last: SessionId) {
        self.last.get_or_insert(last);
    }

    pub(super) fn apply(&mut self, id: SessionId, row: SessionFact) {
        self.tokens.insert(row.token_hash, Some(id));
        match self.of_users.get_mut(&row.user) {
            Some(ids) => drop(ids.insert(id)),
            None if self.is_whole => drop(self.of_users.insert(row.user, BTreeSet::from([id]))),
            None => {}
        }
        self.last = self.last.map(|last| last.max(id));
        self.rows.set(id, row);
    }

    pub(super) fn apply_end(&mut self, id: SessionId) {
        if let Some(Some(row)) = self.rows.get(&id) {
            self.tokens.insert(row.token_hash, None);
            if let Some(ids) = self.of_users.get_mut(&row.user) {
                ids.remove(&id);
            }
        }
        self.rows.remove(id);
    }

    /// The difference has been written. The sessions stay known; whose they all are is seldom asked.
    pub(super) fn is_written(&mut self) {
        self.rows.is_written();
        if !self.is_whole {
            self.forget_sets();
        }
    }

    fn forget_sets(&mut self) {
        self.tokens.clear();
        self.of_users.clear();
    }

    pub(super) fn forget(&mut self) {
        self.rows.forget();
        self.forget_sets();
        self.last = None;
    }
}
