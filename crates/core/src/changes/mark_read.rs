//! Reading up to somewhere.

use chatterbox_protocol::ids::{RoomId, Seq};
use smallvec::smallvec;

use super::acting::{Acting, Author};
use super::change::{Change, Decided, Undecided};
use super::facts::{Facts, MembershipFact, Row};
use super::key::Key;
use super::refused::{Refused, Thing};
use super::told::Told;
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
        let room = [Key::Room(self.room), Key::Membership(self.room, self.by.user)];
        self.by.keys().into_iter().chain(room).collect()
    }

    fn decide(&self, facts: &Facts, _: u64) -> Result<Decided<Seq>, Undecided> {
        let acting = Acting::find(facts, self.by, None)?;
        let user = self.by.user;
        let permitted = acting.may_in(facts, self.room, Action::ReadRoom, Whose::Foreign)?;
        let (room, membership) = permitted.map_err(|why| Refused::not_permitted(why, Thing::Room))?;
        let (up_to, mark) = (self.up_to.min(room.seq), membership.map(|membership| membership.read_up_to));
        match mark {
            Some(mark) if up_to <= mark => Ok(Decided::nothing(mark)),
            _ => Ok(Decided {
                answer: up_to,
                rows: smallvec![Row::Membership(self.room, user, MembershipFact { read_up_to: up_to })],
                told: smallvec![Told::Read { room: self.room, user, up_to }],
            }),
        }
    }
}
