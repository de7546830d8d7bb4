//! Opening a room that everybody has left.

use chatterbox_protocol::ids::{RoomId, UserId};
use chatterbox_protocol::rooms::{Member, MemberChange, RoomKind};
use chatterbox_protocol::time::Timestamp;

use super::change::{Change, Decided, Undecided};
use super::facts::{Facts, UserFact};
use super::growth::{Growth, keys_of_mark};
use super::invite::can_come;
use super::key::Key;
use super::refused::{Refused, Thing};

/// A closed room that nobody belongs to any more is brought back for one person, who moderates it. Nobody in the house may do that
/// but whoever holds its data.
///
/// Refuses [`Refused::NotFound`] for a room or a person that is not there, [`Refused::Forbidden`] for a room that is not left by
/// everybody and for a guest, who cannot moderate it, and [`Refused::TooManyRooms`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenLeft {
    /// Which room.
    pub room: RoomId,
    /// For whom.
    pub user: UserId,
    /// When.
    pub now: Timestamp,
}

impl Change for OpenLeft {
    type Answer = ();

    fn keys(&self) -> Vec<Key> {
        let Self { room, user, .. } = *self;
        let there = [Key::Room(room), Key::MembersOf(room), Key::Membership(room, user)];
        let who = [Key::User(user), Key::RoomsOf(user)];
        there.into_iter().chain(who).chain(keys_of_mark(room, user)).collect()
    }

    fn decide(&self, facts: &Facts, _: u64) -> Result<Decided<()>, Undecided> {
        let Self { room, user, now } = *self;
        let (fact, seq) = facts.rooms.get(room)?.ok_or(Refused::NotFound(Thing::Room))?;
        let is_left = fact.state.kind == RoomKind::Closed && facts.rooms.members_of(room)?.is_empty();
        can_come(facts, user)?;
        let can_moderate = facts.users.get(user)?.is_some_and(UserFact::can_moderate);
        if !is_left || !can_moderate {
            return Err(Refused::Forbidden.into());
        }
        let was_there = facts.rooms.membership(room, user)?.is_some();
        let mut growth = Growth::new(facts, room, seq);
        if fact.state.archived {
            let mut opened = fact.clone();
            opened.state.archived = false;
            growth.room(opened, false);
        }
        growth.member(user, Member { change: MemberChange::Joined, by: None, time: now, moderator: true }, now);
        growth.comes(user, was_there)?;
        Ok(growth.decided(()))
    }
}
