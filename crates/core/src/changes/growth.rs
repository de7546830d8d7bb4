//! What a change adds to a room's log, and to the own logs of those whom it is about.

use chatterbox_protocol::events::Event;
use chatterbox_protocol::ids::{RoomId, Seq, UserId};
use chatterbox_protocol::logs::{Entry, Mark};
use chatterbox_protocol::rooms::Member;
use chatterbox_protocol::time::Timestamp;
use smallvec::SmallVec;

use super::change::Decided;
use super::facts::{Facts, MarkFact, MembershipFact, RoomFact, Row};
use super::key::{Key, Known};
use super::told::Told;
use crate::logs::LogId;

/// A room that grows by a change, entry by entry. Nobody's own log grows twice by one change.
pub(super) struct Growth<'a> {
    facts: &'a Facts,
    room: RoomId,
    before: Seq,
    seq: Seq,
    rows: SmallVec<[Row; 2]>,
    told: SmallVec<[Told; 1]>,
}

impl<'a> Growth<'a> {
    /// Of a room whose log goes up to here.
    pub(super) fn new(facts: &'a Facts, room: RoomId, seq: Seq) -> Self {
        Self { facts, room, before: seq, seq, rows: SmallVec::new(), told: SmallVec::new() }
    }

    fn next(&mut self) -> Seq {
        self.seq.0 += 1;
        self.seq
    }

    fn tell(&mut self, entry: Entry) {
        let told = Told::Entry { log: LogId::Room(self.room), seq: entry.seq, event: Event::State(entry) };
        self.told.push(told);
    }

    /// The room becomes this. What closes it, closes it here.
    pub(super) fn room(&mut self, mut fact: RoomFact, closes: bool) {
        fact.changed_seq = self.next();
        if closes {
            fact.state.closed_at = Some(fact.changed_seq);
        }
        self.tell(Entry::room(fact.changed_seq, self.room, fact.state.clone()));
        self.rows.push(Row::Room(self.room, Box::new(fact)));
    }

    /// Somebody becomes this to the room; if they belong to it, since then.
    pub(super) fn member(&mut self, user: UserId, member: Member, since: Timestamp) {
        let seq = self.next();
        self.tell(Entry::member(seq, self.room, user, member));
        self.rows.push(Row::Membership(self.room, user, MembershipFact { member, since, changed_seq: seq }));
    }

    /// Somebody is this to the room from its first moment on, which is not worth a word.
    pub(super) fn silent_member(&mut self, user: UserId, member: Member) {
        let changed_seq = Seq::default();
        self.rows.push(Row::Membership(self.room, user, MembershipFact { member, since: member.time, changed_seq }));
    }

    /// Whoever belongs to the room since it was made has it among theirs.
    pub(super) fn begins(&mut self, user: UserId) -> Known<()> {
        let mark = Mark { up_to: self.seq, listed: true };
        self.becomes(user, MarkFact { mark, ..MarkFact::default() })
    }

    /// Whoever comes has the room among theirs, read up to now; who comes back, read up to where they were.
    pub(super) fn comes(&mut self, user: UserId, was_there: bool) -> Known<()> {
        let now = self.seq;
        self.mark(user, |mark| Mark { up_to: if was_there { mark.up_to } else { now }, listed: true })
    }

    /// The same of somebody who comes into several rooms at once: `next` is the next number in their own log, and is counted on.
    pub(super) fn comes_also(&mut self, user: UserId, was_there: bool, next: &mut Seq) -> Known<()> {
        let known = self.facts.mark(self.room, user)?.unwrap_or_default();
        let up_to = if was_there { known.mark.up_to } else { self.seq };
        let (row, told) = marked_at(*next, self.room, user, MarkFact { mark: Mark { up_to, listed: true }, ..known });
        self.rows.push(row);
        self.told.push(told);
        next.0 += 1;
        Ok(())
    }

    /// Somebody has the room among theirs, or no longer.
    pub(super) fn is_listed(&mut self, user: UserId, listed: bool) -> Known<()> {
        self.mark(user, |mark| Mark { listed, ..mark })
    }

    fn mark(&mut self, user: UserId, change: impl FnOnce(Mark) -> Mark) -> Known<()> {
        let known = self.facts.mark(self.room, user)?.unwrap_or_default();
        let mark = change(known.mark);
        if mark == known.mark { Ok(()) } else { self.becomes(user, MarkFact { mark, ..known }) }
    }

    fn becomes(&mut self, user: UserId, fact: MarkFact) -> Known<()> {
        let (row, told) = marked(self.facts, self.room, user, fact)?;
        self.rows.push(row);
        self.told.push(told);
        Ok(())
    }

    /// All of it, with this answer.
    pub(super) fn decided<T>(mut self, answer: T) -> Decided<T> {
        if self.seq > self.before {
            self.rows.push(Row::RoomLog(self.room, self.seq));
        }
        Decided { answer, rows: self.rows, told: self.told }
    }
}

/// How somebody has a room becomes this, by the next change in their own log.
pub(super) fn marked(facts: &Facts, room: RoomId, user: UserId, fact: MarkFact) -> Known<(Row, Told)> {
    facts.logs.next_of_own(user).map(|seq| marked_at(seq, room, user, fact))
}

/// The same, by this change in their own log.
pub(super) fn marked_at(seq: Seq, room: RoomId, user: UserId, fact: MarkFact) -> (Row, Told) {
    let event = Event::State(Entry::mark(seq, room, fact.mark));
    let row = Row::Mark(room, user, MarkFact { changed_seq: seq, ..fact });
    (row, Told::Entry { log: LogId::Own(user), seq, event })
}

/// What has to be known of how somebody has a room before that changes.
pub(super) fn keys_of_mark(room: RoomId, user: UserId) -> [Key; 2] {
    [Key::Mark(room, user), Key::OwnLog(user)]
}
