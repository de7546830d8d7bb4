//! How a session begins, of somebody who has shown who they are.

use chatterbox_protocol::ids::{SessionId, UserId};
use chatterbox_protocol::time::Timestamp;

use super::change::{Decided, Undecided};
use super::facts::{Facts, Row, SessionFact};
use super::key::Key;
use super::refused::Refused;
use super::told::Told;
use crate::sessions::{SESSIONS_PER_USER_MAX, Whence, expiry};

/// A session that is to be.
pub(super) struct Beginning<'a> {
    pub(super) user: UserId,
    pub(super) token_hash: [u8; 32],
    pub(super) whence: &'a Whence,
    pub(super) now: Timestamp,
}

/// What it needs to know.
pub(super) fn keys_of_beginning(user: UserId, token_hash: [u8; 32]) -> [Key; 3] {
    [Key::SessionsOf(user), Key::Token(token_hash), Key::LastSession]
}

/// It begins, and ends those of the same user that have expired, and the oldest of more than [`SESSIONS_PER_USER_MAX`].
/// Refuses [`Refused::TokenTaken`].
pub(super) fn begins(facts: &Facts, beginning: Beginning<'_>) -> Result<Decided<SessionId>, Undecided> {
    let Beginning { user, token_hash, whence, now } = beginning;
    if facts.sessions.holder(token_hash)?.is_some() {
        return Err(Refused::TokenTaken.into());
    }
    let sessions = facts.sessions.of_user(user)?;
    let live = sessions.iter().filter(|(_, session)| session.expires > now).count();
    let mut too_many = (live + 1).saturating_sub(SESSIONS_PER_USER_MAX);
    let mut ends = |session: &SessionFact| {
        let is_live = session.expires > now;
        let is_pushed_out = is_live && too_many > 0;
        too_many -= usize::from(is_pushed_out);
        !is_live || is_pushed_out
    };
    let ended: Vec<SessionId> = sessions.into_iter().filter(|(_, session)| ends(session)).map(|(id, _)| id).collect();
    let id = facts.sessions.next_id()?;
    let session =
        SessionFact { user, token_hash, created: now, used: now, expires: expiry(now, now), whence: whence.clone() };
    let rows = ended.iter().map(|id| Row::Session(*id, None)).chain([Row::Session(id, Some(session))]);
    Ok(Decided { answer: id, rows: rows.collect(), told: ended.iter().map(|id| Told::SessionEnded(*id)).collect() })
}
