//! Logging in.

use chatterbox_protocol::ids::{SessionId, UserId};
use chatterbox_protocol::time::Timestamp;

use super::beginning::{Beginning, begins, keys_of_beginning};
use super::change::{Change, Decided, Undecided};
use super::facts::Facts;
use super::key::Key;
use super::refused::Refused;
use crate::sessions::Whence;

/// A session begins for a user who has just proved who they are, by the password with this hash. It ends those of theirs that
/// have expired, and the oldest of more than [`SESSIONS_PER_USER_MAX`](crate::sessions::SESSIONS_PER_USER_MAX).
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
    /// Where.
    pub whence: Whence,
    /// When.
    pub now: Timestamp,
}

impl Change for LogIn {
    type Answer = SessionId;

    fn keys(&self) -> Vec<Key> {
        [Key::User(self.user)].into_iter().chain(keys_of_beginning(self.user, self.token_hash)).collect()
    }

    fn decide(&self, facts: &Facts, _: u64) -> Result<Decided<SessionId>, Undecided> {
        let is_proved = |hash: &str| hash == self.password_hash;
        let account = facts.users.get(self.user)?.filter(|account| account.active);
        if !account.is_some_and(|account| is_proved(&account.password_hash)) {
            return Err(Refused::Unauthorized.into());
        }
        let Self { user, token_hash, now, .. } = *self;
        begins(facts, Beginning { user, token_hash, whence: &self.whence, now })
    }
}

#[cfg(test)]
mod tests {
    use chatterbox_protocol::ids::Seq;
    use chatterbox_protocol::users::Role;

    use super::*;
    use crate::changes::{Row, SessionFact, Told, UserFact};
    use crate::sessions::SESSIONS_PER_USER_MAX;

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
            let session = SessionFact { user, token_hash, created: NOW, used: NOW, expires, whence: Whence::default() };
            facts.apply([Row::Session(SessionId(id), Some(session))]);
        }
        let log_in =
            LogIn { user, password_hash: String::new(), token_hash: [9; 32], whence: Whence::default(), now: NOW };
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
