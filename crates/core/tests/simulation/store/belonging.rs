//! Who belongs to which room, as entries of the rooms' logs.

use chatterbox_core::changes::{Author, ChangeRoom, Facts, Invite, LeaveRoom, RoomPatch, Told};
use chatterbox_core::logs::LogId;
use chatterbox_core::rooms::InRoom;
use chatterbox_protocol::ids::{RoomId, Seq, SessionId, UserId};
use chatterbox_protocol::logs::Entry;
use chatterbox_protocol::rooms::RoomKind;
use chatterbox_protocol::users::Role;

use super::{Moment, Store};

/// What everybody is here.
const ROLE: Role = Role::Member;

/// Whoever looks after every room, is there from the start, and says nothing.
pub(super) const KEEPER: Author = Author { user: UserId(1_000), session: SessionId(1_000_000) };

impl Store {
    /// Whether a user belongs to a room.
    pub(crate) fn has(&self, room: RoomId, user: UserId) -> bool {
        room == RoomId::FIRST || self.belongs_at(room, user, Seq(u64::MAX))
    }

    fn belongs_at(&self, room: RoomId, user: UserId, at: Seq) -> bool {
        let changes = self.belongs.get(&(room, user));
        changes.and_then(|changes| changes.iter().rfind(|(seq, _)| *seq <= at)).is_some_and(|(_, is_in)| *is_in)
    }

    /// Whether a user may see a room.
    pub(crate) fn may_see(&self, room: RoomId, user: UserId) -> bool {
        self.might_see(room, user, Seq(u64::MAX))
    }

    /// Whether a user might see a room when its log stood there.
    pub(crate) fn might_see(&self, room: RoomId, user: UserId, at: Seq) -> bool {
        let Some(log) = self.rooms.get(&room) else { return false };
        let is_open = log.kind == Some(RoomKind::Open) || log.closed_at.is_some_and(|closed_at| at < closed_at);
        let kind = if is_open { RoomKind::Open } else { RoomKind::Closed };
        let membership = self.belongs_at(room, user, at).then_some(false);
        InRoom::new(room, kind, false, ROLE, membership).is_seen_by(ROLE)
    }

    /// A user belongs to a room from now on, or no longer. Nothing, if it is so already.
    pub(crate) fn belong(&mut self, room: RoomId, user: UserId, is_member: bool, at: Moment) -> Vec<Told> {
        let (by, now) = (KEEPER, at.wall);
        let made = if is_member {
            self.make(&Invite { by, room, people: vec![user], now }, at)
        } else {
            self.make(&LeaveRoom { by, room, user, now }, at)
        };
        made.map_or(Vec::new(), |((), told)| told)
    }

    /// A room becomes a closed one. Nothing, if it is one.
    pub(crate) fn close(&mut self, room: RoomId, at: Moment) -> Vec<Told> {
        let patch = RoomPatch { closes: true, ..RoomPatch::default() };
        let change = ChangeRoom { by: KEEPER, room, patch, now: at.wall };
        self.make(&change, at).map_or(Vec::new(), |((), told)| told)
    }

    /// What a room's log has beside messages, behind a place and by rising numbers.
    pub(super) fn things_of_room(&self, room: RoomId, since: Seq) -> Vec<Entry> {
        let rooms = &self.facts.rooms;
        let of_room = rooms.memberships.keys().filter(|(of, _)| *of == room);
        let member = |at: &(RoomId, UserId)| {
            let fact = rooms.memberships.get(at)??;
            Some(Entry::member(fact.changed_seq, room, at.1, fact.member))
        };
        let state = rooms.rows.get(&room).flatten();
        let state = state.map(|fact| Entry::room(fact.changed_seq, room, fact.state.clone()));
        let mut entries: Vec<Entry> = of_room.filter_map(member).chain(state).collect();
        entries.retain(|entry| entry.seq > since);
        entries.sort_by_key(|entry| entry.seq);
        entries
    }

    /// What is in a log that is no room's, behind a place and by its numbers.
    pub(super) fn states_since(&self, log: LogId, since: Seq) -> Vec<Entry> {
        let Facts { users, marks, .. } = &self.facts;
        let accounts = users.rows.keys().filter_map(|id| Some((*id, users.rows.get(id)??)));
        let mut entries: Vec<Entry> = match log {
            LogId::Room(_) => Vec::new(),
            LogId::House => accounts.map(|(id, fact)| Entry::card(fact.card_seq, id, fact.card())).collect(),
            LogId::Own(user) => {
                let account = accounts.filter(|(id, _)| *id == user);
                let account = account.map(|(id, fact)| Entry::account(fact.account_seq, id, fact.account()));
                let own = marks.keys().filter(|(_, reader)| *reader == user);
                let own = own.filter_map(|at| Some((at.0, *marks.get(at)??)));
                account.chain(own.map(|(room, fact)| Entry::mark(fact.changed_seq, room, fact.mark))).collect()
            }
        };
        entries.retain(|entry| entry.seq > since);
        entries.sort_by_key(|entry| entry.seq);
        entries
    }

    /// Whatever there is in a log that is no message.
    pub(crate) fn things(&self, log: LogId) -> Vec<Entry> {
        match log {
            LogId::Room(room) => self.things_of_room(room, Seq(0)),
            LogId::Own(_) | LogId::House => self.states_since(log, Seq(0)),
        }
    }

    /// Where all logs stand.
    pub(crate) fn stands(&self) -> Vec<(LogId, Seq)> {
        let rooms = self.rooms.keys().copied().map(LogId::Room);
        let own = self.facts.users.rows.keys().copied().map(LogId::Own);
        let mut logs: Vec<LogId> = rooms.chain(own).chain([LogId::House]).collect();
        logs.sort();
        logs.into_iter().map(|log| (log, self.last(log))).collect()
    }

    /// The last number of any log.
    pub(crate) fn last(&self, log: LogId) -> Seq {
        match log {
            LogId::Room(room) => self.seq(room),
            LogId::Own(_) | LogId::House => self.states_since(log, Seq(0)).last().map_or(Seq(0), |entry| entry.seq),
        }
    }
}
