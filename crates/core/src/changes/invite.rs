//! Letting others into a room.

use chatterbox_protocol::ids::{RoomId, UserId};
use chatterbox_protocol::limits::{MEMBERS_MAX, ROOMS_MAX};
use chatterbox_protocol::rooms::{Member, MemberChange};
use chatterbox_protocol::time::Timestamp;
use chatterbox_protocol::users::Role;

use super::acting::{Acting, Author};
use super::change::{Change, Decided, Undecided};
use super::facts::{Facts, MembershipFact};
use super::growth::{Growth, keys_of_mark};
use super::key::Key;
use super::refused::{Refused, Thing};
use crate::permissions::{RoomAction, Whose};

/// People belong to a room from now on, and see its whole past. Those who do already stay as they are.
///
/// Refuses [`Refused::Unauthorized`], [`Refused::NotFound`] for a room that is not for the inviter's eyes and for somebody who is
/// not there, [`Refused::Forbidden`], [`Refused::RoomArchived`], [`Refused::TooManyRooms`] and [`Refused::TooManyMembers`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invite {
    /// Who lets them in.
    pub by: Author,
    /// Where.
    pub room: RoomId,
    /// Whom: at most [`INVITED_MAX`](chatterbox_protocol::limits::INVITED_MAX), each once.
    pub people: Vec<UserId>,
    /// When.
    pub now: Timestamp,
}

impl Change for Invite {
    type Answer = ();

    fn keys(&self) -> Vec<Key> {
        let room = self.room;
        let of = |user: &UserId| {
            let person = [Key::User(*user), Key::RoomsOf(*user), Key::Membership(room, *user)];
            person.into_iter().chain(keys_of_mark(room, *user))
        };
        let people = self.people.iter().flat_map(of);
        let room = [Key::Room(room), Key::Membership(room, self.by.user), Key::MembersOf(room)];
        self.by.keys().into_iter().chain(room).chain(people).collect()
    }

    fn decide(&self, facts: &Facts, _: u64) -> Result<Decided<()>, Undecided> {
        let Self { by, room, now, .. } = *self;
        let acting = Acting::find(facts, by, Some(now))?;
        let permitted = acting.may_in(facts, room, RoomAction::Invite, Whose::Foreign)?;
        let seq = permitted.map_err(|why| Refused::not_permitted(why, Thing::Room))?.seq;
        let mut growth = Growth::new(facts, room, seq);
        let mut came = Vec::new();
        for user in self.people.iter().copied() {
            let before = facts.rooms.membership(room, user)?;
            if before.is_some_and(MembershipFact::is_in) || belongs_anyway(facts, room, user)? {
                continue;
            }
            can_come(facts, user)?;
            came.push((user, before.is_some()));
        }
        if facts.rooms.members_of(room)?.len() + came.len() > MEMBERS_MAX {
            return Err(Refused::TooManyMembers.into());
        }
        let member = Member { change: MemberChange::Invited, by: Some(by.user), time: now, moderator: false };
        came.iter().for_each(|(user, _)| growth.member(*user, member, now));
        for (user, was_there) in came {
            growth.comes(user, was_there)?;
        }
        let mut decided = growth.decided(());
        decided.rows.extend(acting.use_of_session(now));
        Ok(decided)
    }
}

/// To the first room everybody belongs but guests.
fn belongs_anyway(facts: &Facts, room: RoomId, user: UserId) -> Result<bool, Undecided> {
    let account = facts.users.get(user)?;
    Ok(room == RoomId::FIRST && account.is_some_and(|account| account.role != Role::Guest))
}

/// Refuses whoever cannot come into one more room: who is not there, or belongs to too many.
pub(super) fn can_come(facts: &Facts, user: UserId) -> Result<(), Undecided> {
    if !facts.users.get(user)?.is_some_and(|account| account.active) {
        return Err(Refused::NotFound(Thing::User).into());
    }
    if facts.rooms.rooms_of(user)?.len() >= ROOMS_MAX {
        return Err(Refused::TooManyRooms(user).into());
    }
    Ok(())
}
