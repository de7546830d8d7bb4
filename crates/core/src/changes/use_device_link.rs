//! Signing in by a link from another device.

use chatterbox_protocol::events::Event;
use chatterbox_protocol::ids::{SessionId, UserId};
use chatterbox_protocol::logs::Entry;
use chatterbox_protocol::sessions::NewDevice;
use chatterbox_protocol::time::Timestamp;

use super::beginning::{Beginning, begins, keys_of_beginning};
use super::change::{Change, Decided, Undecided};
use super::facts::{DeviceLinkFact, Facts, Row};
use super::key::Key;
use super::refused::Refused;
use super::told::Told;
use crate::logs::LogId;
use crate::sessions::Whence;

/// A session begins for whoever has made a link, by that link, which is used up with it. All of their devices are told so by an
/// entry of their own log. As with [`LogIn`](super::LogIn), others of their sessions may end.
///
/// Refuses [`Refused::DeviceLinkOver`] if the link is used up, expired, replaced or never was, if the session that made it has
/// ended, or if its maker is gone or not active; and [`Refused::TokenTaken`].
#[derive(Clone, PartialEq, Eq)]
pub struct UseDeviceLink {
    /// Who, by the code.
    pub user: UserId,
    /// Of the code.
    pub code_hash: [u8; 32],
    /// Of the session's token.
    pub token_hash: [u8; 32],
    /// Where.
    pub whence: Whence,
    /// When.
    pub now: Timestamp,
}

impl Change for UseDeviceLink {
    type Answer = SessionId;

    fn keys(&self) -> Vec<Key> {
        let own = [Key::User(self.user), Key::DeviceLink(self.user), Key::OwnLog(self.user)];
        own.into_iter().chain(keys_of_beginning(self.user, self.token_hash)).collect()
    }

    fn decide(&self, facts: &Facts, _: u64) -> Result<Decided<SessionId>, Undecided> {
        let Self { user, code_hash, token_hash, now, .. } = *self;
        if !facts.users.get(user)?.is_some_and(|account| account.active) {
            return Err(Refused::DeviceLinkOver.into());
        }
        let left = facts.device_link(user)?.and_then(|fact| fact.left);
        let left = left.filter(|link| link.code_hash == code_hash && link.expires > now);
        let left = left.ok_or(Refused::DeviceLinkOver)?;
        let sessions = facts.sessions.of_user(user)?;
        if !sessions.iter().any(|(id, session)| *id == left.made_by && session.expires > now) {
            return Err(Refused::DeviceLinkOver.into());
        }
        let mut decided = begins(facts, Beginning { user, token_hash, whence: &self.whence, now })?;
        let (seq, device) = (facts.logs.next_of_own(user)?, NewDevice { session: decided.answer, time: now });
        let fact = DeviceLinkFact { left: None, device: Some(device), changed_seq: seq };
        decided.rows.push(Row::DeviceLink(user, fact));
        let event = Event::State(Entry::device(seq, user, device));
        decided.told.push(Told::Entry { log: LogId::Own(user), seq, event });
        Ok(decided)
    }
}
