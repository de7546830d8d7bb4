//! Changing what one says of oneself.

use chatterbox_protocol::time::Timestamp;

use super::account::account_entries;
use super::acting::{Acting, Author};
use super::change::{Change, Decided, Undecided};
use super::facts::{Facts, UserFact};
use super::key::Key;
use super::refused::Refused;
use crate::permissions::{Action, Whose, may};
use crate::profiles::ProfilePatch;

/// What somebody says of themselves becomes something else, unless it is so already. Nobody does it for another.
///
/// Refuses [`Refused::Unauthorized`] and [`Refused::Forbidden`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeProfile {
    /// Who, of themselves.
    pub by: Author,
    /// What is to become of it.
    pub patch: ProfilePatch,
    /// When.
    pub now: Timestamp,
}

impl Change for ChangeProfile {
    type Answer = ();

    fn keys(&self) -> Vec<Key> {
        self.by.keys().into_iter().chain([Key::OwnLog(self.by.user), Key::HouseLog]).collect()
    }

    fn decide(&self, facts: &Facts, _: u64) -> Result<Decided<()>, Undecided> {
        let acting = Acting::find(facts, self.by, Some(self.now))?;
        if !may(acting.account.role, Action::ChangeProfile, Whose::Own) {
            return Err(Refused::Forbidden.into());
        }
        let profile = self.patch.applied_to(&acting.account.profile);
        if profile == *acting.account.profile {
            return Ok(Decided::nothing(()));
        }
        let changed = UserFact { profile: Box::new(profile), ..acting.account.clone() };
        let mut decided = account_entries(facts, self.by.user, Some(acting.account), changed, ())?;
        decided.rows.extend(acting.use_of_session(self.now));
        Ok(decided)
    }
}
