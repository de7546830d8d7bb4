//! Noting down when somebody was last there.

use chatterbox_protocol::ids::UserId;
use chatterbox_protocol::time::Timestamp;
use smallvec::{SmallVec, smallvec};

use super::change::{Change, Decided, Undecided};
use super::facts::{Facts, Row};
use super::key::Key;

/// Somebody was there at this time, as coarse as it is to be known. Of who is not registered, or is gone, nothing is noted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoteLastSeen {
    /// Who.
    pub user: UserId,
    /// When.
    pub seen: Timestamp,
}

impl Change for NoteLastSeen {
    type Answer = ();

    fn keys(&self) -> Vec<Key> {
        vec![Key::User(self.user), Key::LastSeen(self.user)]
    }

    fn decide(&self, facts: &Facts, _: u64) -> Result<Decided<()>, Undecided> {
        let Self { user, seen } = *self;
        let is_known = facts.last_seen(user)?.is_some_and(|known| known >= seen);
        if is_known || facts.users.get(user)?.is_none_or(|account| account.gone) {
            return Ok(Decided::nothing(()));
        }
        Ok(Decided { answer: (), rows: smallvec![Row::LastSeen(user, seen)], told: SmallVec::new() })
    }
}
