//! Muting a person.

use chatterbox_protocol::events::Event;
use chatterbox_protocol::ids::UserId;
use chatterbox_protocol::limits::MUTED_MAX;
use chatterbox_protocol::logs::Entry;
use chatterbox_protocol::time::Timestamp;
use smallvec::smallvec;

use super::acting::{Acting, Author};
use super::change::{Change, Decided, Undecided};
use super::facts::{Facts, MuteFact, Row};
use super::key::Key;
use super::refused::Refused;
use super::told::Told;
use crate::logs::LogId;

/// Somebody does not want to hear another any more, or wants to again. Nothing of it comes to the other: it is in the own log of
/// whoever wants it, and nobody looks whether there is such a person, so that nothing is learnt by trying either.
///
/// Refuses [`Refused::Unauthorized`], [`Refused::Forbidden`] for oneself, and [`Refused::TooManyMuted`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MutePerson {
    /// Who.
    pub by: Author,
    /// Whom.
    pub whom: UserId,
    /// Whether they do not want to.
    pub is_muted: bool,
    /// When.
    pub now: Timestamp,
}

impl Change for MutePerson {
    type Answer = ();

    fn keys(&self) -> Vec<Key> {
        let user = self.by.user;
        self.by.keys().into_iter().chain([Key::Mute(user, self.whom), Key::MutedBy(user), Key::OwnLog(user)]).collect()
    }

    fn decide(&self, facts: &Facts, _: u64) -> Result<Decided<()>, Undecided> {
        let Self { by, whom, is_muted, now } = *self;
        let acting = Acting::find(facts, by, Some(now))?;
        if whom == by.user {
            return Err(Refused::Forbidden.into());
        }
        if facts.mutes.get(by.user, whom)?.is_some_and(|fact| fact.is_muted) == is_muted {
            return Ok(Decided::nothing(()));
        }
        if is_muted && facts.mutes.count(by.user)? >= MUTED_MAX {
            return Err(Refused::TooManyMuted.into());
        }
        let seq = facts.logs.next_of_own(by.user)?;
        let event = Event::State(Entry::mute(seq, whom, is_muted));
        let told = smallvec![Told::Entry { log: LogId::Own(by.user), seq, event }];
        let row = Row::Mute(by.user, whom, MuteFact { is_muted, changed_seq: seq });
        Ok(Decided { answer: (), rows: [row].into_iter().chain(acting.use_of_session(now)).collect(), told })
    }
}
