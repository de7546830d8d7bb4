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

#[cfg(test)]
mod tests {
    use chatterbox_protocol::ids::Seq;
    use chatterbox_protocol::users::Role;

    use super::*;
    use crate::changes::UserFact;

    const NOW: Timestamp = Timestamp(1_795_446_245_000);

    fn ada() -> UserFact {
        UserFact {
            username: "ada".to_owned(),
            username_fold: "ada".to_owned(),
            username_look: "ada".to_owned(),
            irregular: false,
            email: "a@example.org".to_owned(),
            email_fold: "a@example.org".to_owned(),
            password_hash: String::new(),
            role: Role::Member,
            active: true,
            gone: false,
            profile: Box::default(),
            created: NOW,
            account_seq: Seq(1),
            card_seq: Seq(1),
        }
    }

    /// The sessions that a login ends where so many of the oldest expire at this very moment, and so many others live.
    fn ended(expired: u64, live: u64) -> Vec<Told> {
        let user = UserId(1);
        let mut facts = Facts::whole();
        facts.apply([Row::User(user, ada())]);
        for id in 1..=expired + live {
            let mut token_hash = [0; 32];
            token_hash[..8].copy_from_slice(&id.to_ne_bytes());
            let expires = if id <= expired { NOW } else { Timestamp(NOW.0 + 1) };
            let session = SessionFact { user, token_hash, created: NOW, used: NOW, expires };
            facts.apply([Row::Session(SessionId(id), Some(session))]);
        }
        let log_in = LogIn { user, password_hash: String::new(), token_hash: [9; 32], now: NOW };
        log_in.decide(&facts, 0).ok().unwrap().told.into_vec()
    }

    #[test]
    fn z8_a_login_ends_what_has_expired_and_what_lives_only_past_the_most() {
        let first = |count: u64| (1..=count).map(|id| Told::SessionEnded(SessionId(id))).collect::<Vec<_>>();
        let most = SESSIONS_PER_USER_MAX as u64;
        assert_eq!(ended(0, most - 1), []);
        assert_eq!(ended(0, most), first(1));
        assert_eq!(ended(3, most - 1), first(3));
        assert_eq!(ended(3, most), first(4));
    }
}
