//! Revoking an invitation.

use chatterbox_protocol::ids::InvitationId;
use chatterbox_protocol::time::Timestamp;

use super::acting::{Acting, Author};
use super::change::{Change, Decided, Undecided};
use super::facts::{Facts, Row};
use super::key::Key;
use super::refused::{Refused, Thing};
use crate::permissions::{Action, Whose, may};

/// Nobody comes by an invitation any more.
///
/// Refuses [`Refused::Unauthorized`], and [`Refused::NotFound`] for one that is not there or not for them to revoke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RevokeInvitation {
    /// Who.
    pub by: Author,
    /// Which one.
    pub id: InvitationId,
    /// When.
    pub now: Timestamp,
}

impl Change for RevokeInvitation {
    type Answer = ();

    fn keys(&self) -> Vec<Key> {
        self.by.keys().into_iter().chain([Key::Invitation(self.id)]).collect()
    }

    fn decide(&self, facts: &Facts, _: u64) -> Result<Decided<()>, Undecided> {
        let Self { by, id, now } = *self;
        let acting = Acting::find(facts, by, Some(now))?;
        let is_theirs = |maker| {
            let whose = if maker == by.user { Whose::Own } else { Whose::Foreign };
            may(acting.account.role, Action::ManageInvitation, whose)
        };
        facts.invitations.get(id)?.filter(|fact| is_theirs(fact.by)).ok_or(Refused::NotFound(Thing::Invitation))?;
        let mut decided = Decided::nothing(());
        decided.rows.push(Row::Invitation(id, None));
        decided.rows.extend(acting.use_of_session(now));
        Ok(decided)
    }
}
