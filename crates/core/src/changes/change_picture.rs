//! Changing the picture that one shows of oneself.

use chatterbox_protocol::ids::UserId;
use chatterbox_protocol::profiles::Profile;
use chatterbox_protocol::time::Timestamp;

use super::account::account_entries;
use super::acting::{Acting, Author};
use super::change::{Change, Decided, Undecided};
use super::facts::{Facts, PictureFact, Row, UserFact};
use super::key::Key;
use super::refused::{Refused, Thing};
use crate::permissions::{Action, Whose, may};

/// Somebody shows another picture of themselves, or none any more. Nobody puts one there for another; administrators may take one
/// away.
///
/// Refuses [`Refused::Unauthorized`], [`Refused::Forbidden`] and [`Refused::NotFound`].
#[derive(Clone, PartialEq, Eq)]
pub struct ChangePicture {
    /// Who wants it.
    pub by: Author,
    /// Whose picture it is.
    pub user: UserId,
    /// What it becomes.
    pub picture: Option<PictureFact>,
    /// When.
    pub now: Timestamp,
}

impl Change for ChangePicture {
    type Answer = ();

    fn keys(&self) -> Vec<Key> {
        let theirs = [Key::User(self.user), Key::Picture(self.user), Key::OwnLog(self.user), Key::HouseLog];
        self.by.keys().into_iter().chain(theirs).collect()
    }

    fn decide(&self, facts: &Facts, _: u64) -> Result<Decided<()>, Undecided> {
        let acting = Acting::find(facts, self.by, Some(self.now))?;
        let whose = if self.by.user == self.user { Whose::Own } else { Whose::Foreign };
        let action = if self.picture.is_some() { Action::ChangeProfile } else { Action::RemovePicture };
        if !may(acting.account.role, action, whose) {
            return Err(Refused::Forbidden.into());
        }
        let account =
            facts.users.get(self.user)?.filter(|account| !account.gone).ok_or(Refused::NotFound(Thing::User))?;
        // Also where it becomes another: what is not known to be there is not taken away later.
        let before = facts.picture(self.user)?;
        if before.is_none() && self.picture.is_none() {
            return Ok(Decided::nothing(()));
        }
        let version = self.picture.as_ref().map(|picture| picture.version.clone()).unwrap_or_default();
        let profile = Profile { picture: version, ..account.profile.as_ref().clone() };
        let changed = UserFact { profile: Box::new(profile), ..account.clone() };
        let mut decided = account_entries(facts, self.user, Some(account), changed, ())?;
        decided.rows.push(Row::Picture(self.user, self.picture.clone()));
        decided.rows.extend(acting.use_of_session(self.now));
        Ok(decided)
    }
}
