//! Making an invitation.

use chatterbox_protocol::ids::{InvitationId, RoomId};
use chatterbox_protocol::limits::INVITATIONS_MAX;
use chatterbox_protocol::place::Admission;
use chatterbox_protocol::time::Timestamp;

use super::acting::{Acting, Author};
use super::change::{Change, Decided, Undecided};
use super::coming::leads_into;
use super::facts::{Facts, InvitationFact, Row};
use super::key::Key;
use super::refused::{Refused, Thing};
use crate::permissions::{Action, NotPermitted, Whose, may};

/// There is a link by which others come to the place, and into rooms. Those of the same maker that are over make room for it. The
/// answer is its id.
///
/// Refuses [`Refused::Unauthorized`], [`Refused::Forbidden`] for whoever makes none and for a room into which they lead nobody,
/// [`Refused::RegistrationClosed`], [`Refused::NotFound`] for a room that is not for their eyes, [`Refused::RoomArchived`],
/// [`Refused::TooManyInvitations`], and [`Refused::TokenTaken`] for a code that is not new.
#[derive(Clone, PartialEq, Eq)]
pub struct CreateInvitation {
    /// Who.
    pub by: Author,
    /// Of the code.
    pub code_hash: [u8; 32],
    /// Where it leads: at most [`INVITATION_ROOMS_MAX`](chatterbox_protocol::limits::INVITATION_ROOMS_MAX) rooms, each once.
    pub rooms: Vec<RoomId>,
    /// From when on it leads nowhere.
    pub expires: Timestamp,
    /// How many people may come by it, if that is bounded.
    pub uses: Option<u32>,
    /// When.
    pub now: Timestamp,
}

impl Change for CreateInvitation {
    type Answer = InvitationId;

    fn keys(&self) -> Vec<Key> {
        let user = self.by.user;
        let invitations =
            [Key::InvitationCode(self.code_hash), Key::InvitationsOf(user), Key::LastInvitation, Key::Place];
        let rooms = self.rooms.iter().flat_map(|room| [Key::Room(*room), Key::Membership(*room, user)]);
        self.by.keys().into_iter().chain(invitations).chain(rooms).collect()
    }

    fn decide(&self, facts: &Facts, _: u64) -> Result<Decided<InvitationId>, Undecided> {
        let Self { by, code_hash, now, .. } = *self;
        let acting = Acting::find(facts, by, Some(now))?;
        let role = acting.account.role;
        if !may(role, Action::CreateInvitation, Whose::Own) {
            return Err(Refused::Forbidden.into());
        }
        if facts.place()?.state.registration == Admission::Closed {
            return Err(Refused::RegistrationClosed.into());
        }
        for room in self.rooms.iter().copied() {
            let found = facts.rooms.beside(room, by.user)?;
            let to_them = found.map(|beside| beside.in_room(room, role)).filter(|to_them| to_them.is_seen_by(role));
            let to_them = to_them.ok_or(Refused::NotFound(Thing::Room))?;
            if !leads_into(role, to_them) {
                let why = if to_them.is_archived { NotPermitted::Archived } else { NotPermitted::Forbidden };
                return Err(Refused::not_permitted(why, Thing::Room).into());
            }
        }
        if facts.invitations.with_code(code_hash)?.is_some() {
            return Err(Refused::TokenTaken.into());
        }
        let (left, over): (Vec<_>, Vec<_>) =
            facts.invitations.of_user(by.user)?.into_iter().partition(|(_, fact)| fact.is_left(now));
        if left.len() >= INVITATIONS_MAX {
            return Err(Refused::TooManyInvitations.into());
        }
        let id = facts.invitations.next_id()?;
        let mut decided = Decided::nothing(id);
        decided.rows.extend(over.into_iter().map(|(id, _)| Row::Invitation(id, None)));
        decided.rows.push(Row::Invitation(id, Some(self.fact())));
        decided.rows.extend(acting.use_of_session(now));
        Ok(decided)
    }
}

impl CreateInvitation {
    fn fact(&self) -> InvitationFact {
        let Self { by, code_hash, expires, uses, now, .. } = *self;
        InvitationFact { code_hash, by: by.user, rooms: self.rooms.clone(), created: now, expires, uses, used: 0 }
    }
}
