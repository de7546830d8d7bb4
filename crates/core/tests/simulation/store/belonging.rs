//! Who belongs to which room, as entries of the rooms' logs.

use chatterbox_core::changes::{Facts, MembershipFact, Row, Told};
use chatterbox_core::logs::LogId;
use chatterbox_core::rooms::InRoom;
use chatterbox_protocol::events::Event;
use chatterbox_protocol::ids::{RoomId, Seq, UserId};
use chatterbox_protocol::logs::Entry;
use chatterbox_protocol::rooms::{Member, MemberChange};
use chatterbox_protocol::time::Timestamp;
use chatterbox_protocol::users::Role;

use super::{Moment, Store};

/// What everybody is here.
const ROLE: Role = Role::Member;

fn member(is_in: bool) -> Member {
    let change = if is_in { MemberChange::Invited } else { MemberChange::Removed };
    Member { change, by: None, time: Timestamp(0), moderator: false }
}

impl Store {
    /// Whether a user may see a room.
    pub(crate) fn may_see(&self, room: RoomId, user: UserId) -> bool {
        self.might_see(room, user, Seq(u64::MAX))
    }

    /// Whether a user might see a room when its log stood there.
    pub(crate) fn might_see(&self, room: RoomId, user: UserId, at: Seq) -> bool {
        let changes = self.belongs.get(&(room, user));
        let last = changes.and_then(|changes| changes.iter().rfind(|(seq, _)| *seq <= at));
        let kind = self.rooms.get(&room).and_then(|log| log.kind);
        let membership = last.filter(|(_, is_member)| *is_member).map(|_| false);
        kind.is_some_and(|kind| InRoom::new(room, kind, false, ROLE, membership).is_seen_by(ROLE))
    }

    /// A user belongs to a room from now on, or no longer. Nothing, if it is so already.
    pub(crate) fn belong(&mut self, room: RoomId, user: UserId, is_member: bool, at: Moment) -> Option<Told> {
        self.rooms.get(&room)?.kind.filter(|_| self.may_see(room, user) != is_member)?;
        let seq = Seq(self.seq(room).0 + 1);
        let row = Row::RoomLog(room, seq);
        self.follow(&row, at.now);
        self.facts.apply([row]);
        self.belongs_from(seq, room, user, is_member);
        let entry = Entry::member(seq, room, user, member(is_member));
        Some(Told::Entry { log: LogId::Room(room), seq, event: Event::State(entry) })
    }

    pub(super) fn belongs_from(&mut self, seq: Seq, room: RoomId, user: UserId, is_member: bool) {
        self.belongs.entry((room, user)).or_default().push((seq, is_member));
        let fact = MembershipFact { member: member(is_member), since: Timestamp(0), changed_seq: seq };
        self.facts.apply([Row::Membership(room, user, fact)]);
        self.facts.is_written();
    }

    /// The entries of a room's log that say who belongs to it, behind a place and by their numbers.
    pub(super) fn members_since(&self, room: RoomId, since: Seq) -> Vec<Entry> {
        let of_room = self.belongs.range((room, UserId(0))..=(room, UserId(u64::MAX)));
        let newest = |((_, user), changes): (&(RoomId, UserId), &Vec<(Seq, bool)>)| {
            let (seq, is_member) = *changes.last()?;
            (seq > since).then(|| Entry::member(seq, room, *user, member(is_member)))
        };
        let mut entries: Vec<Entry> = of_room.filter_map(newest).collect();
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
            LogId::Room(room) => self.members_since(room, Seq(0)),
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
