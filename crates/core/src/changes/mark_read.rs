//! Reading up to somewhere.

use chatterbox_protocol::events::Event;
use chatterbox_protocol::ids::{RoomId, Seq};
use chatterbox_protocol::logs::Entry;
use smallvec::smallvec;

use super::acting::{Acting, Author};
use super::change::{Change, Decided, Undecided};
use super::facts::{Facts, MarkFact, Row};
use super::key::Key;
use super::refused::{Refused, Thing};
use super::told::Told;
use crate::logs::LogId;
use crate::permissions::{Action, Whose};

/// A user has read a room up to here: never past its last change, and never back. The answer is where they stand.
///
/// Refuses [`Refused::Unauthorized`] if the session was ended or the user is not active (it takes no time, so that it does
/// not look at the expiry), [`Refused::NotFound`] for a room that the user may not see, and [`Refused::Forbidden`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkRead {
    /// Who.
    pub by: Author,
    /// Where.
    pub room: RoomId,
    /// The last change that they have read.
    pub up_to: Seq,
}

impl Change for MarkRead {
    type Answer = Seq;

    fn keys(&self) -> Vec<Key> {
        let Self { by, room, .. } = *self;
        let room = [Key::Room(room), Key::Membership(room, by.user), Key::Mark(room, by.user), Key::OwnLog(by.user)];
        by.keys().into_iter().chain(room).collect()
    }

    fn decide(&self, facts: &Facts, _: u64) -> Result<Decided<Seq>, Undecided> {
        let acting = Acting::find(facts, self.by, None)?;
        let Self { by: Author { user, .. }, room, .. } = *self;
        let permitted = acting.may_in(facts, room, Action::ReadRoom, Whose::Foreign)?;
        let last = permitted.map_err(|why| Refused::not_permitted(why, Thing::Room))?.seq;
        let (up_to, before) = (self.up_to.min(last), facts.mark(room, user)?.map_or(Seq(0), |mark| mark.up_to));
        if up_to <= before {
            return Ok(Decided::nothing(before));
        }
        let seq = facts.logs.next_of_own(user)?;
        let event = Event::State(Entry::mark(seq, room, up_to));
        Ok(Decided {
            answer: up_to,
            rows: smallvec![Row::Mark(room, user, MarkFact { up_to, changed_seq: seq })],
            told: smallvec![Told::Entry { log: LogId::Own(user), seq, event }, Told::Read { room, user, up_to }],
        })
    }
}
