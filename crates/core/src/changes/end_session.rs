//! Ending a session.

use chatterbox_protocol::ids::{SessionId, UserId};
use smallvec::smallvec;

use super::change::{Change, Decided, Undecided};
use super::facts::{Facts, Row};
use super::key::Key;
use super::refused::{Refused, Thing};
use super::told::Told;

/// A session ends. Whatever is committed after this was refused to it.
///
/// Refuses [`Refused::NotFound`] if it is not this user's or is gone already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndSession {
    /// Whose it is.
    pub user: UserId,
    /// Which one.
    pub session: SessionId,
}

impl Change for EndSession {
    type Answer = ();

    fn keys(&self) -> Vec<Key> {
        vec![Key::Session(self.session)]
    }

    fn decide(&self, facts: &Facts, _: u64) -> Result<Decided<()>, Undecided> {
        let session = facts.sessions.get(self.session)?.filter(|session| session.user == self.user);
        session.ok_or(Refused::NotFound(Thing::Session))?;
        let told = smallvec![Told::SessionEnded(self.session)];
        Ok(Decided { answer: (), rows: smallvec![Row::Session(self.session, None)], told })
    }
}
