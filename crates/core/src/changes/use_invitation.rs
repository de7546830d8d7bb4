//! Coming into rooms by an invitation, for whoever is here already.

use chatterbox_protocol::ids::RoomId;
use chatterbox_protocol::time::Timestamp;
use smallvec::SmallVec;

use super::acting::{Acting, Author};
use super::change::{Change, Decided, Undecided};
use super::coming::{Admitting, Comer};
use super::facts::Facts;
use super::key::Key;

/// Somebody who has an account belongs to the rooms that an invitation leads into. It is used by that if they have not belonged to
/// all of them before. The answer is which ones these are.
///
/// Refuses [`Refused::Unauthorized`](super::Refused::Unauthorized) and [`Refused::InvitationOver`](super::Refused::InvitationOver).
#[derive(Clone, PartialEq, Eq)]
pub struct UseInvitation {
    /// Who.
    pub by: Author,
    /// Of the invitation's code.
    pub code_hash: [u8; 32],
    /// When.
    pub now: Timestamp,
}

impl Change for UseInvitation {
    type Answer = Vec<RoomId>;

    fn keys(&self) -> Vec<Key> {
        let own = [Key::InvitationCode(self.code_hash), Key::OwnLog(self.by.user)];
        self.by.keys().into_iter().chain(own).collect()
    }

    fn decide(&self, facts: &Facts, _: u64) -> Result<Decided<Vec<RoomId>>, Undecided> {
        let Self { by, code_hash, now } = *self;
        let acting = Acting::find(facts, by, Some(now))?;
        let admitting = Admitting::find(facts, code_hash, by.user, now)?;
        let comer = Comer { user: by.user, role: acting.account.role, next: facts.logs.next_of_own(by.user)? };
        let landing = admitting.admits(facts, comer)?;
        let mut decided = Decided { answer: landing.rooms, rows: SmallVec::new(), told: landing.told };
        decided.rows.extend(landing.rows);
        decided.rows.extend(acting.use_of_session(now));
        Ok(decided)
    }
}
