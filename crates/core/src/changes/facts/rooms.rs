//! What is known of rooms, and of what people are to them.

use std::collections::BTreeMap;

use chatterbox_protocol::ids::{RoomId, Seq, UserId};
use chatterbox_protocol::rooms::{Member, RoomKind, RoomState};
use chatterbox_protocol::time::Timestamp;
use chatterbox_protocol::users::Role;

use super::sets::Sets;
use super::table::{Map, Table};
use crate::changes::key::{Key, Known, Missing};
use crate::rooms::InRoom;

/// A room as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomFact {
    /// What everybody knows of it who sees it.
    pub state: RoomState,
    /// What its [name](RoomState::name) shares with those that differ only in case or form.
    pub name_fold: String,
    /// When it was made.
    pub created: Timestamp,
    /// The place of its last change in its log; 0 if there was none since it was made.
    pub changed_seq: Seq,
}

/// What a user is, or was, to a room, as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MembershipFact {
    /// What everybody knows of it who sees the room.
    pub member: Member,
    /// When they came, if they belong to it.
    pub since: Timestamp,
    /// The place of its last change in the room's log; 0 if there was none since the room was made.
    pub changed_seq: Seq,
}

impl MembershipFact {
    /// Whether they belong to the room.
    pub fn is_in(&self) -> bool {
        self.member.change.is_in()
    }

    fn seniority(&self, can_moderate: bool) -> Option<Seniority> {
        let Self { member: Member { moderator: is_moderator, .. }, since, .. } = *self;
        self.is_in().then_some(Seniority { is_moderator, can_moderate, since })
    }
}

/// For how long somebody has belonged to a room, and whether they look after it, and can.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seniority {
    /// Whether they moderate it.
    pub is_moderator: bool,
    /// Whether their account lets them.
    pub can_moderate: bool,
    /// When they came.
    pub since: Timestamp,
}

/// Somebody and a room, beside each other.
#[derive(Debug, Clone, Copy)]
pub(in crate::changes) struct Beside<'a> {
    pub(in crate::changes) fact: &'a RoomFact,
    /// The number of the last change in its log.
    pub(in crate::changes) seq: Seq,
    pub(in crate::changes) membership: Option<&'a MembershipFact>,
}

impl Beside<'_> {
    /// The number of the next change in its log.
    pub(in crate::changes) fn next_seq(&self) -> Seq {
        Seq(self.seq.0 + 1)
    }

    /// All that decides what somebody with this role may do there.
    pub(in crate::changes) fn in_room(&self, id: RoomId, role: Role) -> InRoom {
        let RoomState { kind, archived, .. } = self.fact.state;
        let membership = self.membership.filter(|membership| membership.is_in());
        InRoom::new(id, kind, archived, role, membership.map(|membership| membership.member.moderator))
    }
}

/// What is known of rooms.
#[derive(Debug, Clone)]
pub struct RoomFacts {
    /// The rooms.
    pub rows: Table<RoomId, RoomFact>,
    /// The numbers of the last changes in their logs.
    pub seqs: Table<RoomId, Seq>,
    /// What people are to them.
    pub memberships: Table<(RoomId, UserId), MembershipFact>,
    /// Who belongs to a room, of those of whom something is stored.
    pub members: Sets<RoomId, UserId, Seniority>,
    /// Which rooms somebody belongs to, of those of which something is stored, and whether they moderate them.
    pub of_users: Sets<UserId, RoomId, bool>,
    /// Which rooms people have made under their nonces.
    pub nonces: Table<(UserId, String), RoomId>,
    names: Map<String, Option<RoomId>>,
    directs: Map<Vec<UserId>, Option<RoomId>>,
    last: Option<RoomId>,
    is_whole: bool,
}

impl RoomFacts {
    pub(super) fn new(is_whole: bool) -> Self {
        Self {
            rows: Table::new(is_whole),
            seqs: Table::new(is_whole),
            memberships: Table::new(is_whole),
            members: Sets::new(is_whole),
            of_users: Sets::new(is_whole),
            nonces: Table::new(is_whole),
            names: Map::default(),
            directs: Map::default(),
            last: is_whole.then_some(RoomId(0)),
            is_whole,
        }
    }

    /// A room's row, if it is there, and the number of the last change in its log.
    pub(in crate::changes) fn get(&self, id: RoomId) -> Known<Option<(&RoomFact, Seq)>> {
        let (Some(row), Some(seq)) = (self.rows.get(&id), self.seqs.get(&id)) else { return Err(Key::Room(id).into()) };
        Ok(row.map(|row| (row, seq.copied().unwrap_or_default())))
    }

    /// A room, if it is there, beside a user.
    pub(in crate::changes) fn beside(&self, id: RoomId, user: UserId) -> Known<Option<Beside<'_>>> {
        let (Ok(room), Some(membership)) = (self.get(id), self.memberships.get(&(id, user))) else {
            // Whoever asks for one will ask for the other.
            return Err(Missing([Key::Room(id), Key::Membership(id, user)].into_iter().collect()));
        };
        Ok(room.map(|(fact, seq)| Beside { fact, seq, membership }))
    }

    /// What a user is, or was, to a room.
    pub(in crate::changes) fn membership(&self, id: RoomId, user: UserId) -> Known<Option<&MembershipFact>> {
        self.memberships.get(&(id, user)).ok_or_else(|| Key::Membership(id, user).into())
    }

    /// Everybody of whom it is stored that they belong to a room.
    pub(in crate::changes) fn members_of(&self, id: RoomId) -> Known<&BTreeMap<UserId, Seniority>> {
        self.members.get(&id).ok_or_else(|| Key::MembersOf(id).into())
    }

    /// The rooms of which it is stored that a user belongs to them, direct ones aside, and whether they moderate them.
    pub(in crate::changes) fn rooms_of(&self, user: UserId) -> Known<&BTreeMap<RoomId, bool>> {
        self.of_users.get(&user).ok_or_else(|| Key::RoomsOf(user).into())
    }

    /// Which open room has a name of this fold.
    pub(in crate::changes) fn named(&self, fold: &str) -> Known<Option<RoomId>> {
        let known = self.names.get(fold).copied().or(self.is_whole.then_some(None));
        known.ok_or_else(|| Key::RoomName(fold.to_owned()).into())
    }

    /// The direct room of these people, who rise.
    pub(in crate::changes) fn direct(&self, people: &[UserId]) -> Known<Option<RoomId>> {
        let known = self.directs.get(people).copied().or(self.is_whole.then_some(None));
        known.ok_or_else(|| Key::DirectRoom(people.to_vec()).into())
    }

    /// The room that somebody has made under this nonce.
    pub(in crate::changes) fn under_nonce(&self, user: UserId, nonce: &str) -> Known<Option<RoomId>> {
        let key = (user, nonce.to_owned());
        let found = self.nonces.get(&key).map(Option::<&RoomId>::copied);
        found.ok_or_else(|| Key::RoomNonce(key.0, key.1).into())
    }

    /// The largest id of a room.
    pub(in crate::changes) fn last_id(&self) -> Known<RoomId> {
        self.last.ok_or_else(|| Key::LastRoom.into())
    }

    /// Takes note of what the store says of a room, unless more is known here.
    pub fn learn(&mut self, id: RoomId, found: Option<(RoomFact, Seq)>) {
        let (row, seq) = found.unzip();
        self.rows.learn(id, row);
        self.seqs.learn(id, seq);
    }

    /// Takes note of who belongs to a room in the store; what has changed here since is known better. `can_moderate` is what is
    /// known of accounts.
    pub(super) fn learn_members(
        &mut self,
        id: RoomId,
        mut found: BTreeMap<UserId, Seniority>,
        can_moderate: impl Fn(UserId) -> Option<bool>,
    ) {
        for (user, member) in &mut found {
            member.can_moderate = can_moderate(*user).unwrap_or(member.can_moderate);
        }
        let changed = self.memberships.changed().filter(|((room, _), _)| *room == id);
        let changed = changed.map(|((_, user), row)| {
            let stored = found.get(user).is_none_or(|member| member.can_moderate);
            (*user, row.and_then(|row| row.seniority(can_moderate(*user).unwrap_or(stored))))
        });
        let changed: Vec<_> = changed.collect();
        self.members.learn(id, found, changed);
    }

    /// Takes note of the rooms, direct ones aside, that a user belongs to in the store; likewise.
    pub fn learn_rooms(&mut self, user: UserId, found: BTreeMap<RoomId, bool>) {
        let Self { rows, memberships, of_users, .. } = self;
        let changed = memberships.changed().filter(|((_, whose), _)| *whose == user);
        let is_in = |row: &&MembershipFact| row.is_in();
        let moderates = |row: Option<&MembershipFact>| row.filter(is_in).map(|row| row.member.moderator);
        let changed = changed.map(|((room, _), row)| (*room, moderates(row).filter(|_| !is_direct(rows, *room))));
        of_users.learn(user, found, changed);
    }

    /// Takes note of which open room has a name in the store, unless more is known here.
    pub fn learn_name(&mut self, fold: String, holder: Option<RoomId>) {
        self.names.entry(fold).or_insert(holder);
    }

    /// Takes note of which room is these people's in the store, unless more is known here.
    pub fn learn_direct(&mut self, people: Vec<UserId>, room: Option<RoomId>) {
        self.directs.entry(people).or_insert(room);
    }

    /// Takes note of the largest id in the store, unless more is known here.
    pub fn learn_last(&mut self, last: RoomId) {
        self.last.get_or_insert(last);
    }

    pub(super) fn apply(&mut self, id: RoomId, row: RoomFact) {
        // Of a closed one's name nothing is known: an open one may have it, too.
        if let Some(Some(before)) = self.rows.get(&id)
            && before.state.kind == RoomKind::Open
        {
            self.names.insert(before.name_fold.clone(), None);
        }
        match row.state.kind {
            RoomKind::Open => drop(self.names.insert(row.name_fold.clone(), Some(id))),
            RoomKind::Direct => drop(self.directs.insert(row.state.people.clone(), Some(id))),
            RoomKind::Closed => {}
        }
        self.last = self.last.map(|last| last.max(id));
        self.rows.set(id, row);
    }

    /// `can_moderate` is what is known of the account: whoever changes what somebody is to a room knows it, or who belongs to it.
    pub(super) fn apply_membership(
        &mut self,
        room: RoomId,
        user: UserId,
        row: MembershipFact,
        can_moderate: Option<bool>,
    ) {
        let before = self.members.get(&room).and_then(|members| members.get(&user));
        let can_moderate = can_moderate.unwrap_or(before.is_none_or(|member| member.can_moderate));
        let seniority = row.seniority(can_moderate);
        self.members.put(room, user, seniority);
        if !is_direct(&self.rows, room) {
            self.of_users.put(user, room, seniority.map(|member| member.is_moderator));
        }
        self.memberships.set((room, user), row);
    }

    /// Somebody's account lets them moderate from here on, or no longer.
    pub(super) fn apply_account(&mut self, user: UserId, can_moderate: bool) {
        self.members.for_each_of(user, |member| member.can_moderate = can_moderate);
    }

    /// The difference has been written. Sets may be large and, like what is found by name, are seldom asked for.
    pub(super) fn is_written(&mut self) {
        self.rows.is_written();
        self.seqs.is_written();
        self.memberships.is_written();
        self.nonces.is_written();
        if !self.is_whole {
            self.forget_sets();
        }
    }

    /// Somebody who is gone makes no room again.
    pub(super) fn forgets_nonces_of(&mut self, user: UserId) {
        let known: Vec<_> = self.nonces.keys().filter(|(of, _)| *of == user).cloned().collect();
        known.into_iter().for_each(|key| self.nonces.remove_known(key));
    }

    fn forget_sets(&mut self) {
        self.members.forget();
        self.of_users.forget();
        self.nonces.forget();
        self.names.clear();
        self.directs.clear();
    }

    pub(super) fn forget(&mut self) {
        self.rows.forget();
        self.seqs.forget();
        self.memberships.forget();
        self.forget_sets();
        self.last = None;
    }
}

fn is_direct(rows: &Table<RoomId, RoomFact>, id: RoomId) -> bool {
    rows.get(&id).flatten().is_some_and(|row| row.state.kind == RoomKind::Direct)
}
