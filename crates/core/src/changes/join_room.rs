//! Joining an open room.

use chatterbox_protocol::ids::RoomId;
use chatterbox_protocol::limits::{MEMBERS_MAX, ROOMS_MAX};
use chatterbox_protocol::rooms::{Member, MemberChange};
use chatterbox_protocol::time::Timestamp;

use super::acting::{Acting, Author};
use super::change::{Change, Decided, Undecided};
use super::facts::{Facts, MembershipFact};
use super::growth::{Growth, keys_of_mark};
use super::key::Key;
use super::refused::{Refused, Thing};
use crate::permissions::{RoomAction, Whose};

/// Somebody belongs to a room from now on. Nothing changes if they do.
///
/// Refuses [`Refused::Unauthorized`], [`Refused::NotFound`] for a room that is not for their eyes, [`Refused::Forbidden`] for one
/// that is not joined, [`Refused::RoomArchived`], [`Refused::TooManyRooms`] and [`Refused::TooManyMembers`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinRoom {
    /// Who.
    pub by: Author,
    /// Which room.
    pub room: RoomId,
    /// When.
    pub now: Timestamp,
}

impl Change for JoinRoom {
    type Answer = ();

    fn keys(&self) -> Vec<Key> {
        let Self { by: Author { user, .. }, room, .. } = *self;
        let there = [Key::Room(room), Key::Membership(room, user), Key::MembersOf(room), Key::RoomsOf(user)];
        self.by.keys().into_iter().chain(there).chain(keys_of_mark(room, user)).collect()
    }

    fn decide(&self, facts: &Facts, _: u64) -> Result<Decided<()>, Undecided> {
        let Self { by, room, now } = *self;
        let acting = Acting::find(facts, by, Some(now))?;
        let before = facts.rooms.membership(room, by.user)?;
        if before.is_some_and(MembershipFact::is_in) {
            return Ok(Decided::nothing(()));
        }
        let permitted = acting.may_in(facts, room, RoomAction::Join, Whose::Own)?;
        let seq = permitted.map_err(|why| Refused::not_permitted(why, Thing::Room))?.seq;
        if facts.rooms.rooms_of(by.user)?.len() >= ROOMS_MAX {
            return Err(Refused::TooManyRooms(by.user).into());
        }
        if facts.rooms.members_of(room)?.len() >= MEMBERS_MAX {
            return Err(Refused::TooManyMembers.into());
        }
        let mut growth = Growth::new(facts, room, seq);
        let member = Member { change: MemberChange::Joined, by: None, time: now, moderator: false };
        growth.member(by.user, member, now);
        growth.comes(by.user, before.is_some())?;
        let mut decided = growth.decided(());
        decided.rows.extend(acting.use_of_session(now));
        Ok(decided)
    }
}
