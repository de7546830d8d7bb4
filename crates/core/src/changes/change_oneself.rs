//! Changing how one is called and reached, and what one says of oneself.

use chatterbox_protocol::time::Timestamp;

use super::account::account_entries;
use super::acting::{Acting, Author};
use super::change::{Change, Decided, Undecided};
use super::facts::{Facts, Row, UserFact};
use super::key::Key;
use super::names::{is_address_taken, is_taken, key_of_address, keys_of_name};
use super::refused::Refused;
use crate::emails::Email;
use crate::permissions::{Action, Whose, may};
use crate::profiles::ProfilePatch;
use crate::usernames::Username;
use crate::users::FRESH_LOGIN_MS;

/// Somebody is called or reached otherwise, or says something else of themselves, unless it is so already: all of it or nothing.
/// Nobody does it for another. A name that somebody has had is given to nobody else. It has no `Debug`, so that addresses stay out
/// of the program's output.
///
/// Refuses [`Refused::Unauthorized`], [`Refused::Forbidden`], [`Refused::UsernameTaken`], [`Refused::EmailTaken`] and, for another
/// name or address, [`Refused::LoginTooOld`].
#[derive(Clone, PartialEq, Eq)]
pub struct ChangeOneself {
    /// Who, of themselves.
    pub by: Author,
    /// The name that others are to see.
    pub username: Option<Username>,
    /// The address.
    pub email: Option<Email>,
    /// What is to become of the profile.
    pub profile: ProfilePatch,
    /// When.
    pub now: Timestamp,
}

impl Change for ChangeOneself {
    type Answer = ();

    fn keys(&self) -> Vec<Key> {
        let logs = [Key::OwnLog(self.by.user), Key::HouseLog];
        let name = self.username.iter().flat_map(keys_of_name);
        self.by.keys().into_iter().chain(logs).chain(name).chain(self.email.iter().map(key_of_address)).collect()
    }

    fn decide(&self, facts: &Facts, _: u64) -> Result<Decided<()>, Undecided> {
        let (acting, me) = (Acting::find(facts, self.by, Some(self.now))?, self.by.user);
        if !may(acting.account.role, Action::ChangeProfile, Whose::Own) {
            return Err(Refused::Forbidden.into());
        }
        let before = acting.account;
        let changed = self.changed(before);
        let (is_called_otherwise, is_reached_otherwise) =
            (changed.username != before.username, changed.email != before.email);
        if let Some(username) = &self.username
            && is_called_otherwise
            && is_taken(facts, username, Some(me))?
        {
            return Err(Refused::UsernameTaken.into());
        }
        if let Some(email) = &self.email
            && is_reached_otherwise
            && is_address_taken(facts, email, Some(me))?
        {
            return Err(Refused::EmailTaken.into());
        }
        if changed == *before {
            return Ok(Decided::nothing(()));
        }
        // Last, so that nobody is asked for a password and refused all the same.
        let login_age_ms = self.now.0.saturating_sub(acting.session.created.0);
        if (is_called_otherwise || is_reached_otherwise) && login_age_ms > FRESH_LOGIN_MS {
            return Err(Refused::LoginTooOld.into());
        }
        let former = is_called_otherwise.then(|| Row::FormerName(before.former_name(), me));
        let mut decided = account_entries(facts, me, Some(before), changed, ())?;
        decided.rows.extend(former.into_iter().chain(acting.use_of_session(self.now)));
        Ok(decided)
    }
}

impl ChangeOneself {
    fn changed(&self, before: &UserFact) -> UserFact {
        let profile = Box::new(self.profile.applied_to(&before.profile));
        let mut changed = UserFact { profile, ..before.clone() };
        if let Some(username) = self.username.as_ref().filter(|name| name.as_str() != before.username) {
            changed = changed.called(username);
        }
        match self.email.as_ref().filter(|email| email.as_str() != before.email) {
            Some(email) => changed.reached_at(email),
            None => changed,
        }
    }
}
