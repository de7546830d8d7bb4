//! Coming by an invitation: whether it admits, and into which rooms it leads.

use chatterbox_protocol::ids::{InvitationId, RoomId, Seq, UserId};
use chatterbox_protocol::limits::{MEMBERS_MAX, ROOMS_MAX};
use chatterbox_protocol::rooms::{Member, MemberChange};
use chatterbox_protocol::time::Timestamp;
use chatterbox_protocol::users::Role;
use smallvec::SmallVec;

use super::change::Undecided;
use super::facts::{Beside, Facts, InvitationFact, MembershipFact, Row, UserFact};
use super::growth::{Growth, keys_of_mark};
use super::key::{Key, Known};
use super::refused::Refused;
use super::told::Told;
use crate::permissions::{Action, RoomAction, Whose, may, may_in_room};
use crate::rooms::InRoom;

/// Whoever comes by an invitation.
#[derive(Clone, Copy)]
pub(super) struct Comer {
    pub(super) user: UserId,
    pub(super) role: Role,
    /// The next number in their own log.
    pub(super) next: Seq,
}

/// An invitation that admits at this moment.
pub(super) struct Admitting<'a> {
    id: InvitationId,
    fact: &'a InvitationFact,
    maker: &'a UserFact,
    now: Timestamp,
}

/// What comes of coming by an invitation.
#[derive(Default)]
pub(super) struct Landing {
    /// The rooms that it leads into and that the comer belongs to, in its order.
    pub(super) rooms: Vec<RoomId>,
    /// Whether they have not belonged to all of them before.
    pub(super) changes_something: bool,
    pub(super) rows: SmallVec<[Row; 2]>,
    pub(super) told: SmallVec<[Told; 1]>,
}

/// Whether somebody with this role may lead others into a room: they may let them in, or could go in themselves.
pub fn leads_into(role: Role, room: InRoom) -> bool {
    let ways = [(RoomAction::Invite, Whose::Foreign), (RoomAction::Join, Whose::Own)];
    ways.into_iter().any(|(action, whose)| may_in_room(role, action, whose, room).is_ok())
}

impl<'a> Admitting<'a> {
    /// The invitation with this code, for whoever comes by it. One that is used up, expired, revoked, or never was, and one whose
    /// maker may make none any more, are all the same.
    pub(super) fn find(
        facts: &'a Facts,
        code_hash: [u8; 32],
        comer: UserId,
        now: Timestamp,
    ) -> Result<Self, Undecided> {
        let (id, fact) = facts.invitations.with_code(code_hash)?.ok_or(Refused::InvitationOver)?;
        if !fact.is_left(now) {
            return Err(Refused::InvitationOver.into());
        }
        let of_room = |room: &RoomId| {
            let room = *room;
            let there = [Key::Room(room), Key::Membership(room, fact.by), Key::Membership(room, comer)];
            there.into_iter().chain([Key::MembersOf(room)]).chain(keys_of_mark(room, comer))
        };
        let people = [Key::User(fact.by), Key::RoomsOf(comer)];
        facts.require(people.into_iter().chain(fact.rooms.iter().flat_map(of_room)))?;
        let maker = facts.users.get(fact.by)?.filter(|maker| {
            // Whoever was turned out admits nobody.
            maker.active && may(maker.role, Action::CreateInvitation, Whose::Own)
        });
        Ok(Self { id, fact, maker: maker.ok_or(Refused::InvitationOver)?, now })
    }

    /// Somebody comes into each room that it leads into still, and that has a place for them.
    pub(super) fn admits(&self, facts: &Facts, mut comer: Comer) -> Known<Landing> {
        let mut landing = Landing::default();
        let mut belongs_to = facts.rooms.rooms_of(comer.user)?.len();
        for room in self.fact.rooms.iter().copied() {
            let Some(beside) = facts.rooms.beside(room, self.fact.by)? else { continue };
            if !leads_into(self.maker.role, beside.in_room(room, self.maker.role)) {
                continue;
            }
            let before = facts.rooms.membership(room, comer.user)?;
            let belongs_anyway = room == RoomId::FIRST && comer.role != Role::Guest;
            if before.is_some_and(MembershipFact::is_in) || belongs_anyway {
                landing.rooms.push(room);
            } else if belongs_to < ROOMS_MAX && facts.rooms.members_of(room)?.len() < MEMBERS_MAX {
                belongs_to += 1;
                self.comes(facts, room, &beside, (&mut comer, before.is_some()), &mut landing)?;
            }
        }
        if landing.changes_something {
            landing.rows.push(self.used());
        }
        Ok(landing)
    }

    fn comes(
        &self,
        facts: &Facts,
        room: RoomId,
        beside: &Beside<'_>,
        (comer, was_there): (&mut Comer, bool),
        landing: &mut Landing,
    ) -> Known<()> {
        let mut growth = Growth::new(facts, room, beside.seq);
        let member = Member { change: MemberChange::Invited, by: Some(self.fact.by), time: self.now, moderator: false };
        growth.member(comer.user, member, self.now);
        growth.comes_also(comer.user, was_there, &mut comer.next)?;
        let decided = growth.decided(());
        landing.rows.extend(decided.rows);
        landing.told.extend(decided.told);
        landing.rooms.push(room);
        landing.changes_something = true;
        Ok(())
    }

    /// One more has come by it.
    pub(super) fn used(&self) -> Row {
        let fact = InvitationFact { used: self.fact.used.saturating_add(1), ..self.fact.clone() };
        Row::Invitation(self.id, Some(fact))
    }
}
