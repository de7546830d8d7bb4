//! Leaving a room, and being removed from one.

use chatterbox_protocol::ids::{RoomId, UserId};
use chatterbox_protocol::rooms::{Member, MemberChange};
use chatterbox_protocol::time::Timestamp;
use chatterbox_protocol::users::Role;

use super::acting::{Acting, Author};
use super::change::{Change, Decided, Undecided};
use super::facts::{Beside, Facts};
use super::growth::{Growth, keys_of_mark};
use super::key::Key;
use super::refused::{Refused, Thing};
use super::succession::{is_left, keys_of_leaving};
use crate::permissions::{RoomAction, Whose};

/// Somebody belongs to a room no longer, and hears nothing more of it unless it is open; they keep how far they have read. If
/// nobody moderates it then, whoever has belonged to it longest does; a closed room that nobody belongs to is archived.
///
/// Refuses [`Refused::Unauthorized`], [`Refused::NotFound`] for a room that is not for the eyes of whoever acts and for somebody who
/// does not belong to it, and [`Refused::Forbidden`]: nobody is removed from the first room but guests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaveRoom {
    /// Who acts.
    pub by: Author,
    /// Which room.
    pub room: RoomId,
    /// Who goes: whoever acts, or somebody whom they remove.
    pub user: UserId,
    /// When.
    pub now: Timestamp,
}

impl Change for LeaveRoom {
    type Answer = ();

    fn keys(&self) -> Vec<Key> {
        let Self { by, room, user, .. } = *self;
        let who = [Key::User(user), Key::Membership(room, by.user)];
        by.keys().into_iter().chain(keys_of_leaving(room, user)).chain(who).chain(keys_of_mark(room, user)).collect()
    }

    fn decide(&self, facts: &Facts, _: u64) -> Result<Decided<()>, Undecided> {
        let Self { by, room, user, now } = *self;
        let acting = Acting::find(facts, by, Some(now))?;
        let (action, whose) =
            if user == by.user { (RoomAction::Leave, Whose::Own) } else { (RoomAction::Remove, Whose::Foreign) };
        let permitted = acting.may_in(facts, room, action, whose)?;
        let beside = permitted.map_err(|why| Refused::not_permitted(why, Thing::Room))?;
        let membership = facts.rooms.membership(room, user)?.filter(|membership| membership.is_in());
        let membership = Some(membership.ok_or(Refused::NotFound(Thing::User))?);
        let is_guest = facts.users.get(user)?.is_some_and(|account| account.role == Role::Guest);
        if room == RoomId::FIRST && !is_guest {
            return Err(Refused::Forbidden.into());
        }
        let change = if user == by.user { MemberChange::Left } else { MemberChange::Removed };
        let by_other = Some(by.user).filter(|_| user != by.user);
        let mut growth = Growth::new(facts, room, beside.seq);
        growth.member(user, Member { change, by: by_other, time: now, moderator: false }, now);
        is_left(facts, &mut growth, (room, Beside { membership, ..beside }), user, now)?;
        growth.is_listed(user, false)?;
        let mut decided = growth.decided(());
        decided.rows.extend(acting.use_of_session(now));
        Ok(decided)
    }
}
