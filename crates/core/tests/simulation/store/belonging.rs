//! Who belongs to which room, as entries of the rooms' logs.

use chatterbox_core::changes::{Facts, MembershipFact, RoomFact, Row, Told};
use chatterbox_core::logs::LogId;
use chatterbox_protocol::events::Event;
use chatterbox_protocol::ids::{RoomId, Seq, UserId};
use chatterbox_protocol::logs::Entry;

use super::{Moment, Store};

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
        kind.is_some_and(|kind| kind.is_seen_by(last.is_some_and(|(_, is_member)| *is_member)))
    }

    /// A user belongs to a room from now on, or no longer. Nothing, if it is so already.
    pub(crate) fn belong(&mut self, room: RoomId, user: UserId, is_member: bool, at: Moment) -> Option<Told> {
        let kind = self.rooms.get(&room)?.kind.filter(|_| self.may_see(room, user) != is_member)?;
        let seq = Seq(self.seq(room).0 + 1);
        let row = Row::Room(room, RoomFact { kind, seq });
        self.follow(&row, at.now);
        self.facts.apply([row]);
        self.belongs_from(seq, room, user, is_member);
        let entry = if is_member { Entry::member(seq, room, user) } else { Entry::no_member(seq, room, user) };
        Some(Told::Entry { log: LogId::Room(room), seq, event: Event::State(entry) })
    }

    pub(super) fn belongs_from(&mut self, seq: Seq, room: RoomId, user: UserId, is_member: bool) {
        self.belongs.entry((room, user)).or_default().push((seq, is_member));
        if is_member {
            self.facts.apply([Row::Membership(room, user, MembershipFact)]);
        } else {
            self.facts = self.facts_without(room, user);
        }
        self.facts.is_written();
    }

    /// What rules know, but for one membership: none of them takes one away yet.
    fn facts_without(&self, room: RoomId, user: UserId) -> Facts {
        let Facts { users, sessions, rooms, marks, messages, .. } = &self.facts;
        let mut facts = Facts::whole();
        facts.apply(users.rows.keys().filter_map(|id| Some(Row::User(*id, users.rows.get(id)??.clone()))));
        facts.apply(sessions.rows.keys().filter_map(|id| Some(Row::Session(*id, Some(*sessions.rows.get(id)??)))));
        facts.apply(rooms.rows.keys().filter_map(|id| Some(Row::Room(*id, *rooms.rows.get(id)??))));
        facts.apply(marks.keys().filter_map(|at| Some(Row::Mark(at.0, at.1, *marks.get(at)??))));
        facts.apply(messages.rows.keys().filter_map(|id| Some(Row::Message(*id, messages.rows.get(id)??.clone()))));
        let others = rooms.memberships.keys().filter(|at| **at != (room, user));
        facts.apply(others.filter_map(|at| Some(Row::Membership(at.0, at.1, *rooms.memberships.get(at)??))));
        facts.messages.learn_last(self.last_id);
        facts
    }

    /// The entries of a room's log that say who belongs to it, behind a place and by their numbers.
    pub(super) fn members_since(&self, room: RoomId, since: Seq) -> Vec<Entry> {
        let of_room = self.belongs.range((room, UserId(0))..=(room, UserId(u64::MAX)));
        let newest = |((_, user), changes): (&(RoomId, UserId), &Vec<(Seq, bool)>)| {
            let (seq, is_member) = *changes.last()?;
            let entry = if is_member { Entry::member(seq, room, *user) } else { Entry::no_member(seq, room, *user) };
            (seq > since).then_some(entry)
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
                account.chain(own.map(|(room, fact)| Entry::mark(fact.changed_seq, room, fact.up_to))).collect()
            }
        };
        entries.retain(|entry| entry.seq > since);
        entries.sort_by_key(|entry| entry.seq);
        entries
    }

    /// Whatever there is in a log that is no message.
    pub(crate) fn things(&self, log: LogId) -> Vec<Entry> {
        match log {
            LogId::Room(room) => self.members_since(room, Seq(0)).into_iter().filter(|entry| !entry.gone).collect(),
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
