//! Who makes a change.

use chatterbox_protocol::ids::{RoomId, SessionId, UserId};
use chatterbox_protocol::time::Timestamp;

use super::change::Undecided;
use super::facts::{Beside, Facts, Row, SessionFact, UserFact};
use super::key::{Key, Known};
use super::refused::Refused;
use crate::permissions::{NotPermitted, RoomAction, Whose, may_in_room};
use crate::sessions::{expiry, is_slide_due};

/// Who acts, and by which session. Every change checks both inside its transaction (threats.md Z3, Z4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Author {
    /// The user.
    pub user: UserId,
    /// One of the user's sessions.
    pub session: SessionId,
}

impl Author {
    pub(super) fn keys(self) -> [Key; 2] {
        [Key::Session(self.session), Key::User(self.user)]
    }
}

/// Somebody who acts, by a session that has not ended.
pub(super) struct Acting<'a> {
    pub(super) account: &'a UserFact,
    pub(super) session: &'a SessionFact,
    by: Author,
}

impl<'a> Acting<'a> {
    /// Who acts, if their session lives at this moment. Without a moment, only its end is looked at, not its expiry.
    pub(super) fn find(facts: &'a Facts, by: Author, now: Option<Timestamp>) -> Result<Self, Undecided> {
        let (session, account) = (facts.sessions.get(by.session)?, facts.users.get(by.user)?);
        let (Some(session), Some(account)) = (session, account) else { return Err(Refused::Unauthorized.into()) };
        let is_live = session.user == by.user && now.is_none_or(|now| session.expires > now);
        if !is_live || !account.active {
            return Err(Refused::Unauthorized.into());
        }
        Ok(Self { account, session, by })
    }

    /// A room, if they may do this there to what is theirs or not; why not otherwise. What is not there is seen by nobody.
    pub(super) fn may_in<'f>(
        &self,
        facts: &'f Facts,
        room: RoomId,
        action: RoomAction,
        whose: Whose,
    ) -> Known<Result<Beside<'f>, NotPermitted>> {
        let Some(beside) = facts.rooms.beside(room, self.by.user)? else { return Ok(Err(NotPermitted::Unseen)) };
        let to_them = beside.in_room(room, self.account.role);
        Ok(may_in_room(self.account.role, action, whose, to_them).map(|()| beside))
    }

    /// The act counts as use of the session, if that is due to be written down.
    pub(super) fn use_of_session(&self, now: Timestamp) -> Option<Row> {
        used(self.session, now).map(|session| Row::Session(self.by.session, Some(session)))
    }
}

/// A session after its use at this moment; none if that need not be written down.
pub(super) fn used(session: &SessionFact, now: Timestamp) -> Option<SessionFact> {
    let is_due = is_slide_due(session.used, now);
    is_due.then(|| SessionFact { used: now, expires: expiry(session.created, now), ..session.clone() })
}
