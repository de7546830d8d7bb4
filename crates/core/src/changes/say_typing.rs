//! Saying that one is writing something. It changes nothing; but it is decided among the changes, so that it comes before the
//! message that is being written, and never behind the loss of the room.

use chatterbox_protocol::ids::RoomId;
use smallvec::{SmallVec, smallvec};

use super::acting::{Acting, Author};
use super::change::{Change, Decided, Undecided};
use super::facts::Facts;
use super::key::Key;
use super::refused::{Refused, Thing};
use super::told::Told;
use crate::permissions::{RoomAction, Whose};

/// Somebody is writing something that is meant for a room. Of who hides nobody is told.
///
/// Refuses [`Refused::Unauthorized`] if the session was ended or the user is not active (it takes no time, so that it does
/// not look at the expiry), [`Refused::NotFound`] for a room that the user may not see, [`Refused::Forbidden`] and
/// [`Refused::RoomArchived`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SayTyping {
    /// Who.
    pub by: Author,
    /// Where.
    pub room: RoomId,
}

impl Change for SayTyping {
    type Answer = ();

    fn keys(&self) -> Vec<Key> {
        let Self { by, room } = *self;
        let keys = [Key::Room(room), Key::Membership(room, by.user), Key::Availability(by.user)];
        by.keys().into_iter().chain(keys).collect()
    }

    fn decide(&self, facts: &Facts, _: u64) -> Result<Decided<()>, Undecided> {
        let acting = Acting::find(facts, self.by, None)?;
        let Self { by: Author { user, .. }, room } = *self;
        let permitted = acting.may_in(facts, room, RoomAction::Send, Whose::Foreign)?;
        permitted.map_err(|why| Refused::not_permitted(why, Thing::Room))?;
        if facts.availability(user)?.hidden {
            return Ok(Decided::nothing(()));
        }
        Ok(Decided { answer: (), rows: SmallVec::new(), told: smallvec![Told::Typing { room, user }] })
    }
}
