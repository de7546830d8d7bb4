//! Ending all of one's other sessions.

use chatterbox_protocol::time::Timestamp;

use super::acting::{Acting, Author};
use super::change::{Change, Decided, Undecided};
use super::facts::{Facts, Row};
use super::key::Key;
use super::told::Told;

/// All sessions of a user end but the one that they act by. Whatever is committed after this was refused to them.
///
/// Refuses [`Refused::Unauthorized`](super::Refused::Unauthorized).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndOtherSessions {
    /// Who, by the session that stays.
    pub by: Author,
    /// When.
    pub now: Timestamp,
}

impl Change for EndOtherSessions {
    type Answer = ();

    fn keys(&self) -> Vec<Key> {
        self.by.keys().into_iter().chain([Key::SessionsOf(self.by.user)]).collect()
    }

    fn decide(&self, facts: &Facts, _: u64) -> Result<Decided<()>, Undecided> {
        let acting = Acting::find(facts, self.by, Some(self.now))?;
        let ids = facts.sessions.of_user(self.by.user)?.into_iter().map(|(id, _)| id);
        let mut decided = Decided::nothing(());
        for id in ids.filter(|id| *id != self.by.session) {
            decided.rows.push(Row::Session(id, None));
            decided.told.push(Told::SessionEnded(id));
        }
        decided.rows.extend(acting.use_of_session(self.now));
        Ok(decided)
    }
}
