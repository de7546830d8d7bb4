//! Who moderates a room.

use chatterbox_protocol::ids::{RoomId, UserId};
use chatterbox_protocol::rooms::{Member, MemberChange};
use chatterbox_protocol::time::Timestamp;

use super::acting::{Acting, Author};
use super::change::{Change, Decided, Undecided};
use super::facts::{Facts, UserFact};
use super::growth::Growth;
use super::key::Key;
use super::refused::{Refused, Thing};
use super::succession::succeed;
use crate::permissions::{RoomAction, Whose};

/// A member moderates a room from now on, or no longer. If nobody would, whoever has belonged to it longest does.
///
/// Refuses [`Refused::Unauthorized`], [`Refused::NotFound`] for a room that is not for the eyes of whoever acts and for somebody who
/// does not belong to it, and [`Refused::Forbidden`], also for making a guest a moderator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetModerator {
    /// Who acts.
    pub by: Author,
    /// Which room.
    pub room: RoomId,
    /// Who is meant.
    pub user: UserId,
    /// What they are to be.
    pub is_moderator: bool,
    /// When.
    pub now: Timestamp,
}

impl Change for SetModerator {
    type Answer = ();

    fn keys(&self) -> Vec<Key> {
        let Self { by, room, user, .. } = *self;
        let there = [Key::Room(room), Key::Membership(room, by.user), Key::Membership(room, user)];
        by.keys().into_iter().chain(there).chain([Key::User(user), Key::MembersOf(room)]).collect()
    }

    fn decide(&self, facts: &Facts, _: u64) -> Result<Decided<()>, Undecided> {
        let Self { by, room, user, is_moderator, now } = *self;
        let acting = Acting::find(facts, by, Some(now))?;
        let permitted = acting.may_in(facts, room, RoomAction::Promote, Whose::Foreign)?;
        let seq = permitted.map_err(|why| Refused::not_permitted(why, Thing::Room))?.seq;
        let member = facts.rooms.membership(room, user)?.filter(|membership| membership.is_in());
        let member = member.ok_or(Refused::NotFound(Thing::User))?;
        if member.member.moderator == is_moderator {
            return Ok(Decided::nothing(()));
        }
        if is_moderator && !facts.users.get(user)?.is_some_and(UserFact::can_moderate) {
            return Err(Refused::Forbidden.into());
        }
        let mut growth = Growth::new(facts, room, seq);
        let change = if is_moderator { MemberChange::Promoted } else { MemberChange::Demoted };
        let by = Some(by.user).filter(|by| *by != user);
        growth.member(user, Member { change, by, time: now, moderator: is_moderator }, member.since);
        if !is_moderator {
            succeed(facts, &mut growth, room, user, now)?;
        }
        let mut decided = growth.decided(());
        decided.rows.extend(acting.use_of_session(now));
        Ok(decided)
    }
}
