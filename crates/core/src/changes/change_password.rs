//! Changing one's own password.

use chatterbox_protocol::time::Timestamp;

use super::acting::{Acting, Author};
use super::change::{Change, Decided, Undecided};
use super::facts::{Facts, Row, UserFact};
use super::key::Key;
use super::told::Told;

/// Somebody gets another password who has just shown that they know the present one, if that is still the one. All their other
/// sessions end with it, and the link that they may have made for another device: whoever has found the old one is out. Answers whether it was, and changes nothing otherwise. It has no
/// `Debug`, so that hashes stay out of the program's output.
///
/// Refuses [`Refused::Unauthorized`](super::Refused::Unauthorized).
#[derive(Clone, PartialEq, Eq)]
pub struct ChangePassword {
    /// Who, by the session that stays.
    pub by: Author,
    /// The hash that was verified.
    pub old: String,
    /// The other password's, as the caller's hash function writes it.
    pub new: String,
    /// When.
    pub now: Timestamp,
}

impl Change for ChangePassword {
    type Answer = bool;

    fn keys(&self) -> Vec<Key> {
        self.by.keys().into_iter().chain([Key::SessionsOf(self.by.user), Key::DeviceLink(self.by.user)]).collect()
    }

    fn decide(&self, facts: &Facts, _: u64) -> Result<Decided<bool>, Undecided> {
        let acting = Acting::find(facts, self.by, Some(self.now))?;
        if acting.account.password_hash != self.old {
            return Ok(Decided::nothing(false));
        }
        let account = UserFact { password_hash: self.new.clone(), ..acting.account.clone() };
        let ids = facts.sessions.of_user(self.by.user)?.into_iter().map(|(id, _)| id);
        let others: Vec<_> = ids.filter(|id| *id != self.by.session).collect();
        let rows = others.iter().map(|id| Row::Session(*id, None)).chain([Row::User(self.by.user, account)]);
        let link = facts.without_link(self.by.user)?.map(|fact| Row::DeviceLink(self.by.user, fact));
        let told = others.iter().map(|id| Told::SessionEnded(*id));
        Ok(Decided {
            answer: true,
            rows: rows.chain(link).chain(acting.use_of_session(self.now)).collect(),
            told: told.collect(),
        })
    }
}
