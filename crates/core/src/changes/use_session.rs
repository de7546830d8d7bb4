//! Using a session.

use chatterbox_protocol::ids::SessionId;
use chatterbox_protocol::time::Timestamp;
use smallvec::SmallVec;

use super::acting::used;
use super::change::{Change, Decided, Undecided};
use super::facts::{Facts, Row};
use super::key::Key;

/// A session is in use at this moment, which is written down if it is due and the session still lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UseSession {
    /// Which one.
    pub session: SessionId,
    /// When.
    pub now: Timestamp,
}

impl Change for UseSession {
    type Answer = ();

    fn keys(&self) -> Vec<Key> {
        vec![Key::Session(self.session)]
    }

    fn decide(&self, facts: &Facts, _: u64) -> Result<Decided<()>, Undecided> {
        let live = facts.sessions.get(self.session)?.filter(|session| session.expires > self.now);
        let used = live.and_then(|session| used(session, self.now));
        let rows = used.map(|session| Row::Session(self.session, Some(session)));
        Ok(Decided { answer: (), rows: rows.into_iter().collect(), told: SmallVec::new() })
    }
}
