//! What is known of invitations.

use std::collections::BTreeSet;

use chatterbox_protocol::ids::{InvitationId, RoomId, UserId};
use chatterbox_protocol::time::Timestamp;

use super::table::{Map, Table};
use crate::changes::key::{Key, Known};

/// An invitation as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitationFact {
    /// Of its code.
    pub code_hash: [u8; 32],
    /// Who invites.
    pub by: UserId,
    /// The rooms that it was made for, in the order in which they were named.
    pub rooms: Vec<RoomId>,
    /// When it was made.
    pub created: Timestamp,
    /// From when on it leads nowhere.
    pub expires: Timestamp,
    /// How many people may come by it, if that is bounded.
    pub uses: Option<u32>,
    /// How many have.
    pub used: u32,
}

impl InvitationFact {
    /// Whether somebody may come by it at this moment, as far as that is up to it.
    pub fn is_left(&self, now: Timestamp) -> bool {
        self.expires > now && self.uses.is_none_or(|uses| self.used < uses)
    }
}

/// What is known of invitations.
#[derive(Debug, Clone)]
pub struct InvitationFacts {
    /// The invitations.
    pub rows: Table<InvitationId, InvitationFact>,
    codes: Map<[u8; 32], Option<InvitationId>>,
    of_users: Map<UserId, BTreeSet<InvitationId>>,
    last: Option<InvitationId>,
    is_whole: bool,
}

impl InvitationFacts {
    pub(super) fn new(is_whole: bool) -> Self {
        Self {
            rows: Table::new(is_whole),
            codes: Map::default(),
            of_users: Map::default(),
            last: is_whole.then_some(InvitationId(0)),
            is_whole,
        }
    }

    pub(in crate::changes) fn get(&self, id: InvitationId) -> Known<Option<&InvitationFact>> {
        self.rows.get(&id).ok_or_else(|| Key::Invitation(id).into())
    }

    /// The invitation with this code, if there is one.
    pub(in crate::changes) fn with_code(&self, hash: [u8; 32]) -> Known<Option<(InvitationId, &InvitationFact)>> {
        let id = match self.codes.get(&hash) {
            Some(id) => *id,
            None if self.is_whole => None,
            None => return Err(Key::InvitationCode(hash).into()),
        };
        let Some(id) = id else { return Ok(None) };
        Ok(self.get(id)?.map(|row| (id, row)))
    }

    /// All invitations of a user, the oldest first.
    pub(in crate::changes) fn of_user(&self, user: UserId) -> Known<Vec<(InvitationId, &InvitationFact)>> {
        let Some(ids) = self.of_users.get(&user) else {
            return if self.is_whole { Ok(Vec::new()) } else { Err(Key::InvitationsOf(user).into()) };
        };
        ids.iter().filter_map(|id| Some(Ok((*id, self.get(*id).transpose()?.ok()?)))).collect()
    }

    /// The id that the next invitation gets. None is given twice, whatever becomes of them.
    pub(in crate::changes) fn next_id(&self) -> Known<InvitationId> {
        self.last.map(|last| InvitationId(last.0 + 1)).ok_or_else(|| Key::LastInvitation.into())
    }

    /// Takes note of which invitation has a code in the store, unless more is known here.
    pub fn learn_code(&mut self, hash: [u8; 32], found: Option<(InvitationId, InvitationFact)>) {
        let id = found.as_ref().map(|(id, _)| *id);
        if let Some((id, row)) = found {
            self.rows.learn(id, Some(row));
        }
        self.codes.entry(hash).or_insert(id);
    }

    /// Takes note of a user's invitations in the store; what has changed here since is known better.
    pub fn learn_of_user(&mut self, user: UserId, found: Vec<(InvitationId, InvitationFact)>) {
        let mut ids: BTreeSet<InvitationId> = found.iter().map(|(id, _)| *id).collect();
        for (id, row) in found {
            self.rows.learn(id, Some(row));
        }
        // Those that have gone meanwhile have no row any more.
        let made = self.rows.changed().filter(|(_, row)| row.is_some_and(|row| row.by == user));
        ids.extend(made.map(|(id, _)| *id));
        self.of_users.entry(user).or_insert(ids);
    }

    /// Takes note of the last id that an invitation got in the store, unless more is known here.
    pub fn learn_last(&mut self, last: InvitationId) {
        self.last.get_or_insert(last);
    }

    pub(super) fn apply(&mut self, id: InvitationId, row: InvitationFact) {
        self.codes.insert(row.code_hash, Some(id));
        match self.of_users.get_mut(&row.by) {
            Some(ids) => drop(ids.insert(id)),
            None if self.is_whole => drop(self.of_users.insert(row.by, BTreeSet::from([id]))),
            None => {}
        }
        self.last = self.last.map(|last| last.max(id));
        self.rows.set(id, row);
    }

    pub(super) fn apply_end(&mut self, id: InvitationId) {
        if let Some(Some(row)) = self.rows.get(&id) {
            self.codes.insert(row.code_hash, None);
            if let Some(ids) = self.of_users.get_mut(&row.by) {
                ids.remove(&id);
            }
        }
        self.rows.remove(id);
    }

    /// The difference has been written. All of it is seldom asked for.
    pub(super) fn is_written(&mut self) {
        self.rows.is_written();
        if !self.is_whole {
            self.forget();
        }
    }

    pub(super) fn forget(&mut self) {
        self.rows.forget();
        self.codes.clear();
        self.of_users.clear();
        self.last = None;
    }
}
