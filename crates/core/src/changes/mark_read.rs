//! Reading up to somewhere.

use chatterbox_protocol::ids::{RoomId, Seq};
use chatterbox_protocol::logs::Mark;
use smallvec::smallvec;

use super::acting::{Acting, Author};
use super::change::{Change, Decided, Undecided};
use super::facts::{Facts, MarkFact};
use super::growth::marked;
use super::key::Key;
use super::refused::{Refused, Thing};
use super::told::Told;
use crate::permissions::{RoomAction, Whose};
use crate::rooms::Standing;

/// A user has read a room up to here: never past its last change, and never back. The answer is where they stand. Of who hides
/// nobody is told that they have seen it.
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
        by.keys().into_iter().chain(room).chain([Key::Availability(by.user)]).collect()
    }

    fn decide(&self, facts: &Facts, _: u64) -> Result<Decided<Seq>, Undecided> {
        let acting = Acting::find(facts, self.by, None)?;
        let Self { by: Author { user, .. }, room, .. } = *self;
        let permitted = acting.may_in(facts, room, RoomAction::Read, Whose::Foreign)?;
        let beside = permitted.map_err(|why| Refused::not_permitted(why, Thing::Room))?;
        let before = facts.mark(room, user)?;
        let (up_to, known) = (self.up_to.min(beside.seq), before.map_or(Seq(0), |fact| fact.mark.up_to));
        if up_to <= known {
            return Ok(Decided::nothing(known));
        }
        let has_it = || beside.in_room(room, acting.account.role).standing != Standing::Outsider;
        let mark = Mark { up_to, listed: before.map_or_else(has_it, |fact| fact.mark.listed) };
        let (seen_before, hides) = (before.map_or(Seq(0), |fact| fact.seen), facts.availability(user)?.hidden);
        let seen = if hides { seen_before } else { seen_before.max(up_to) };
        let (row, told) = marked(facts, room, user, MarkFact { mark, seen, ..MarkFact::default() })?;
        let mut decided = Decided { answer: up_to, rows: smallvec![row], told: smallvec![told] };
        decided.told.extend((!hides).then_some(Told::Read { room, user, up_to }));
        Ok(decided)
    }
}
