//! Changing how one wants to be seen.

use chatterbox_protocol::availability::Availability;
use chatterbox_protocol::events::Event;
use chatterbox_protocol::logs::Entry;
use chatterbox_protocol::time::Timestamp;
use smallvec::smallvec;

use super::acting::{Acting, Author};
use super::change::{Change, Decided, Undecided};
use super::facts::{AvailabilityFact, Facts, Row};
use super::key::Key;
use super::refused::Refused;
use super::told::Told;
use crate::logs::LogId;
use crate::permissions::{Action, Whose, may};

/// Somebody wants to be seen so from now on, on all of their devices, unless it is so already.
///
/// Refuses [`Refused::Unauthorized`] and [`Refused::Forbidden`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangeAvailability {
    /// Who, of themselves.
    pub by: Author,
    /// How.
    pub availability: Availability,
    /// When.
    pub now: Timestamp,
}

impl Change for ChangeAvailability {
    type Answer = ();

    fn keys(&self) -> Vec<Key> {
        let user = self.by.user;
        self.by.keys().into_iter().chain([Key::Availability(user), Key::OwnLog(user)]).collect()
    }

    fn decide(&self, facts: &Facts, _: u64) -> Result<Decided<()>, Undecided> {
        let acting = Acting::find(facts, self.by, Some(self.now))?;
        if !may(acting.account.role, Action::ChangeProfile, Whose::Own) {
            return Err(Refused::Forbidden.into());
        }
        let Self { by: Author { user, .. }, availability, .. } = *self;
        if facts.availability(user)? == availability {
            return Ok(Decided::nothing(()));
        }
        let seq = facts.logs.next_of_own(user)?;
        let event = Event::State(Entry::availability(seq, user, availability));
        let row = Row::Availability(user, AvailabilityFact { availability, changed_seq: seq });
        let told = smallvec![Told::Entry { log: LogId::Own(user), seq, event }];
        let mut decided = Decided { answer: (), rows: smallvec![row], told };
        decided.rows.extend(acting.use_of_session(self.now));
        Ok(decided)
    }
}
