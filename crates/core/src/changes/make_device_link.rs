//! Making a link for another device.

use chatterbox_protocol::time::Timestamp;

use super::acting::{Acting, Author};
use super::change::{Change, Decided, Undecided};
use super::facts::{DeviceLinkFact, Facts, LeftLink, Row};
use super::key::Key;
use super::refused::Refused;
use crate::permissions::{Action, Whose, may};

/// There is a link by which somebody signs in on another device, and the one that they had before is over. Answers whether they have
/// shown that they know the password, and makes none otherwise. It has no `Debug`, so that hashes stay out of the program's output.
///
/// Refuses [`Refused::Unauthorized`] and [`Refused::Forbidden`].
#[derive(Clone, PartialEq, Eq)]
pub struct MakeDeviceLink {
    /// Who, by the session that the link ends with.
    pub by: Author,
    /// The hash that was verified.
    pub verified: String,
    /// Of the code.
    pub code_hash: [u8; 32],
    /// From when on it signs nobody in.
    pub expires: Timestamp,
    /// When.
    pub now: Timestamp,
}

impl Change for MakeDeviceLink {
    type Answer = bool;

    fn keys(&self) -> Vec<Key> {
        self.by.keys().into_iter().chain([Key::DeviceLink(self.by.user)]).collect()
    }

    fn decide(&self, facts: &Facts, _: u64) -> Result<Decided<bool>, Undecided> {
        let Self { by, code_hash, expires, now, .. } = *self;
        let acting = Acting::find(facts, by, Some(now))?;
        if !may(acting.account.role, Action::ManageSession, Whose::Own) {
            return Err(Refused::Forbidden.into());
        }
        if acting.account.password_hash != self.verified {
            return Ok(Decided::nothing(false));
        }
        let left = Some(LeftLink { code_hash, made_by: by.session, expires });
        let before = facts.device_link(by.user)?.cloned().unwrap_or_default();
        let mut decided = Decided::nothing(true);
        decided.rows.push(Row::DeviceLink(by.user, DeviceLinkFact { left, ..before }));
        decided.rows.extend(acting.use_of_session(now));
        Ok(decided)
    }
}
