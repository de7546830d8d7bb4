//! Logging in.

use chatterbox_protocol::ids::{SessionId, UserId};
use chatterbox_protocol::time::Timestamp;

use super::change::{Change, Decided, Undecided};
use super::facts::{Facts, Row, SessionFact};
use super::key::Key;
use super::refused::Refused;
use super::told::Told;
use crate::sessions::{SESSIONS_PER_USER_MAX, expiry};

/// A session begins for a user who has just proved who they are, by the password with this hash. It ends those of theirs that
/// have expired, and the oldest of more than [`SESSIONS_PER_USER_MAX`].
///
/// Refuses [`Refused::Unauthorized`] if the user is gone or not active, or has got another password meanwhile, and
/// [`Refused::TokenTaken`].
#[derive(Clone)]
pub struct LogIn {
    /// Who.
    pub user: UserId,
    /// What has verified the password.
    pub password_hash: String,
    /// Of the session's token.
    pub token_hash: [u8; 32],
    /// When.
    pub now: Timestamp,
}

impl Change for LogIn {
    type Answer = SessionId;

    fn keys(&self) -> Vec<Key> {
        let user = [Key::User(self.user), Key::SessionsOf(self.user)];
        user.into_iter().chain([Key::Token(self.token_hash), Key::LastSession]).collect()
    }

    fn decide(&self, facts: &Facts, _: u64) -> Result<Decided<SessionId>, Undecided> {
        let is_proved = |hash: &str| hash == self.password_hash;
        let account = facts.users.get(self.user)?.filter(|account| account.active);
        if !account.is_some_and(|account| is_proved(&account.password_hash)) {
            return Err(Refused::Unauthorized.into());
        }
        if facts.sessions.holder(self.token_hash)?.is_some() {
            return Err(Refused::TokenTaken.into());
        }
        let sessions = facts.sessions.of_user(self.user)?;
        let live = sessions.iter().filter(|(_, session)| session.expires > self.now).count();
        let mut too_many = (live + 1).saturating_sub(SESSIONS_PER_USER_MAX);
        let mut ends = |session: &SessionFact| {
            let is_live = session.expires > self.now;
            let is_pushed_out = is_live && too_many > 0;
            too_many -= usize::from(is_pushed_out);
            !is_live || is_pushed_out
        };
        let ended: Vec<SessionId> =
            sessions.into_iter().filter(|(_, session)| ends(session)).map(|(id, _)| id).collect();
        let id = facts.sessions.next_id()?;
        let (user, token_hash, now) = (self.user, self.token_hash, self.now);
        let session = SessionFact { user, token_hash, created: now, used: now, expires: expiry(now, now) };
        let rows = ended.iter().map(|id| Row::Session(*id, None)).chain([Row::Session(id, Some(session))]);
        Ok(Decided { answer: id, rows: rows.collect(), told: ended.iter().map(|id| Told::SessionEnded(*id)).collect() })
    }
}
