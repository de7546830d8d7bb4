//! Leaving a room, and being removed from one.

use chatterbox_protocol::ids::{RoomId, UserId};
use chatterbox_protocol::rooms::{Member, MemberChange, RoomKind};
use chatterbox_protocol::time::Timestamp;
use chatterbox_protocol::users::Role;

use super::acting::{Acting, Author};
use super::change::{Change, Decided, Undecided};
use super::facts::{Facts, MembershipFact, RoomFact};
use super::growth::{Growth, keys_of_mark};
use super::key::{Key, Known};
use super::refused::{Refused, Thing};
use super::set_moderator::successor;
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
        let there = [Key::Room(room), Key::Membership(room, by.user), Key::Membership(room, user)];
        let who = [Key::User(user), Key::MembersOf(room)];
        by.keys().into_iter().chain(there).chain(who).chain(keys_of_mark(room, user)).collect()
    }

    fn decide(&self, facts: &Facts, _: u64) -> Result<Decided<()>, Undecided> {
        let Self { by, room, user, now } = *self;
        let acting = Acting::find(facts, by, Some(now))?;
        let (action, whose) =
            if user == by.user { (RoomAction::Leave, Whose::Own) } else { (RoomAction::Remove, Whose::Foreign) };
        let permitted = acting.may_in(facts, room, action, whose)?;
        let beside = permitted.map_err(|why| Refused::not_permitted(why, Thing::Room))?;
        let member = facts.rooms.membership(room, user)?.filter(|membership| membership.is_in());
        let member = member.ok_or(Refused::NotFound(Thing::User))?;
        let is_guest = facts.users.get(user)?.is_some_and(|account| account.role == Role::Guest);
        if room == RoomId::FIRST && !is_guest {
            return Err(Refused::Forbidden.into());
        }
        let change = if user == by.user { MemberChange::Left } else { MemberChange::Removed };
        let by_other = Some(by.user).filter(|_| user != by.user);
        let mut growth = Growth::new(facts, room, beside.seq);
        growth.member(user, Member { change, by: by_other, time: now, moderator: false }, now);
        self.is_left_by(facts, user, (member, beside.fact), &mut growth)?;
        growth.is_listed(user, false)?;
        let mut decided = growth.decided(());
        decided.rows.extend(acting.use_of_session(now));
        Ok(decided)
    }
}

impl LeaveRoom {
    /// What becomes of the room that somebody has left.
    fn is_left_by(
        &self,
        facts: &Facts,
        user: UserId,
        (member, fact): (&MembershipFact, &RoomFact),
        growth: &mut Growth<'_>,
    ) -> Known<()> {
        let others = facts.rooms.members_of(self.room)?;
        if others.keys().all(|other| *other == user) && fact.state.kind == RoomKind::Closed {
            let mut archived = fact.clone();
            archived.state.archived = true;
            growth.room(archived, false);
        } else if member.member.moderator
            && let Some((heir, since)) = successor(facts, self.room, user)?
        {
            let promoted = Member { change: MemberChange::Promoted, by: None, time: self.now, moderator: true };
            growth.member(heir, promoted, since);
        }
        Ok(())
    }
}
