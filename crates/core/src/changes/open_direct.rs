//! Talking with some people alone.

use chatterbox_protocol::ids::{RoomId, Seq, UserId};
use chatterbox_protocol::rooms::{Member, MemberChange, RoomKind, RoomState};
use chatterbox_protocol::time::Timestamp;

use super::acting::{Acting, Author};
use super::change::{Change, Decided, Undecided};
use super::facts::{Facts, RoomFact};
use super::growth::{Growth, keys_of_mark};
use super::key::{Key, Known};
use super::refused::{Refused, Thing};
use crate::ids::next_id;
use crate::permissions::{Action, Whose, may};

/// The one room of a set of people is among those of whoever opens it; the others see it with its first message. The answer is its
/// id, made if nobody has opened it before.
///
/// Refuses [`Refused::Unauthorized`], [`Refused::Forbidden`], and [`Refused::NotFound`] for somebody who is not there; a room that
/// is there already can be opened whatever has become of its people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenDirect {
    /// Who.
    pub by: Author,
    /// With whom, beside oneself: rising, each once, at most [`DIRECT_PEOPLE_MAX`](chatterbox_protocol::limits::DIRECT_PEOPLE_MAX)
    /// with whoever opens it. With nobody it is for one's own notes.
    pub people: Vec<UserId>,
    /// When.
    pub now: Timestamp,
}

impl OpenDirect {
    /// All people of the room, rising.
    fn set(&self) -> Vec<UserId> {
        let mut people: Vec<UserId> = self.people.iter().copied().chain([self.by.user]).collect();
        people.sort_unstable();
        people.dedup();
        people
    }

    fn found<'a>(&self, facts: &'a Facts, id: RoomId) -> Known<Growth<'a>> {
        facts.require([Key::Room(id)].into_iter().chain(keys_of_mark(id, self.by.user)))?;
        let seq = facts.rooms.get(id)?.map_or(Seq::default(), |(_, seq)| seq);
        let mut growth = Growth::new(facts, id, seq);
        growth.is_listed(self.by.user, true)?;
        Ok(growth)
    }

    fn made<'a>(&self, facts: &'a Facts, id: RoomId, people: Vec<UserId>) -> Result<Growth<'a>, Undecided> {
        for user in &people {
            let account = facts.users.get(*user)?.filter(|account| account.active);
            account.ok_or(Refused::NotFound(Thing::User))?;
        }
        let mut growth = Growth::new(facts, id, Seq::default());
        let state = RoomState { kind: RoomKind::Direct, people: people.clone(), ..RoomState::default() };
        let fact = RoomFact { state, name_fold: String::new(), created: self.now, changed_seq: Seq::default() };
        growth.room(fact, false);
        let member = Member { change: MemberChange::Joined, by: None, time: self.now, moderator: false };
        people.into_iter().for_each(|user| growth.silent_member(user, member));
        growth.begins(self.by.user)?;
        Ok(growth)
    }
}

impl Change for OpenDirect {
    type Answer = RoomId;

    fn keys(&self) -> Vec<Key> {
        let people = self.people.iter().map(|user| Key::User(*user));
        let room = [Key::DirectRoom(self.set()), Key::LastRoom, Key::OwnLog(self.by.user)];
        self.by.keys().into_iter().chain(room).chain(people).collect()
    }

    fn decide(&self, facts: &Facts, random: u64) -> Result<Decided<RoomId>, Undecided> {
        let Self { by, now, .. } = *self;
        let acting = Acting::find(facts, by, Some(now))?;
        let people = self.set();
        let (id, growth) = match facts.rooms.direct(&people)? {
            Some(id) => (id, self.found(facts, id)?),
            None => {
                if !may(acting.account.role, Action::OpenDirect, Whose::Own) {
                    return Err(Refused::Forbidden.into());
                }
                let id = RoomId(next_id(facts.rooms.last_id()?.0, now.0, random as u16));
                (id, self.made(facts, id, people)?)
            }
        };
        let mut decided = growth.decided(id);
        decided.rows.extend(acting.use_of_session(now));
        Ok(decided)
    }
}
