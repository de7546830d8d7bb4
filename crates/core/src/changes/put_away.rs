//! Putting a direct room away.

use chatterbox_protocol::ids::RoomId;
use chatterbox_protocol::time::Timestamp;

use super::acting::{Acting, Author};
use super::change::{Change, Decided, Undecided};
use super::facts::Facts;
use super::growth::{Growth, keys_of_mark};
use super::key::Key;
use super::refused::{Refused, Thing};
use crate::permissions::{RoomAction, Whose};

/// A direct room is not among somebody's any more, until something is said there.
///
/// Refuses [`Refused::Unauthorized`], [`Refused::NotFound`] for a room that is not for their eyes, and [`Refused::Forbidden`] for one
/// that is not direct.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PutAway {
    /// Who.
    pub by: Author,
    /// Which room.
    pub room: RoomId,
    /// When.
    pub now: Timestamp,
}

impl Change for PutAway {
    type Answer = ();

    fn keys(&self) -> Vec<Key> {
        let Self { by, room, .. } = *self;
        let there = [Key::Room(room), Key::Membership(room, by.user)];
        by.keys().into_iter().chain(there).chain(keys_of_mark(room, by.user)).collect()
    }

    fn decide(&self, facts: &Facts, _: u64) -> Result<Decided<()>, Undecided> {
        let Self { by, room, now } = *self;
        let acting = Acting::find(facts, by, Some(now))?;
        let permitted = acting.may_in(facts, room, RoomAction::PutAway, Whose::Own)?;
        let seq = permitted.map_err(|why| Refused::not_permitted(why, Thing::Room))?.seq;
        let mut growth = Growth::new(facts, room, seq);
        growth.is_listed(by.user, false)?;
        let mut decided = growth.decided(());
        decided.rows.extend(acting.use_of_session(now));
        Ok(decided)
    }
}
