//! Answering what is asked of the store, in SQL: each question in one snapshot, and to somebody.

mod device_links;
mod directory;
pub(super) mod invitations;
mod left_rooms;
pub(super) mod logs;
mod marks;
mod members;
pub(super) mod messages;
mod mutes;
mod orders;
mod pictures;
pub(super) mod place;
mod presence;
mod resume;
pub(super) mod rooms;
mod sessions;
mod strand;
pub(super) mod users;

use std::cell::Cell;

use chatterbox_core::changes::Refused;
use chatterbox_core::permissions::{Action, Whose, may};
use chatterbox_core::sessions::is_slide_due;
use chatterbox_protocol::ids::SessionId;
use chatterbox_protocol::time::Timestamp;
use chatterbox_protocol::users::Role;
use rusqlite::Connection;

use crate::{Actor, Bearer, House, Stranger};

/// Whoever asks. That nobody asks cannot be said.
pub trait Asker: Send + 'static {
    /// What answers to them are decided from.
    type Standing;

    /// Says what they are, in the snapshot in which they are answered.
    fn stand(self, snapshot: &Snapshot<'_>) -> Answered<Self::Standing>;
}

/// What is asked: a value, named after that. It can be asked by those alone whom it answers, and says what it answers them.
pub trait Question<Standing>: Send + 'static {
    /// What is answered, unless it is refused.
    type Answer: Send + 'static;

    /// Whether the answer takes one look at an index at the most, the look at the asker included. That takes less time than
    /// handing it to another thread, so that a reactor may do it.
    const IS_ONE_LOOK: bool = false;

    /// Finds the answer.
    fn answer(self, by: Standing, snapshot: &Snapshot<'_>) -> Answered<Self::Answer>;
}

/// The store at one moment: whatever is committed while a question is answered does not show in the answer.
#[derive(Debug)]
pub struct Snapshot<'a> {
    connection: &'a Connection,
    epoch: &'a str,
    /// The session by which it is asked and the moment, if that is to be written down.
    used: Cell<Option<(SessionId, Timestamp)>>,
}

/// Why a question has no answer.
#[derive(Debug)]
pub enum NoAnswer {
    /// A rule says no.
    Refused(Refused),
    /// SQLite says no.
    Failed(rusqlite::Error),
}

/// An answer, or why there is none.
pub(crate) type Answered<T> = Result<T, NoAnswer>;

impl From<Refused> for NoAnswer {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl From<rusqlite::Error> for NoAnswer {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(error)
    }
}

/// What came of a question.
pub(crate) struct Found<T> {
    /// The answer, or why it is refused.
    pub(crate) answer: Result<T, Refused>,
    /// The session whose use is to be written down, and when it was used.
    pub(crate) used: Option<(SessionId, Timestamp)>,
}

/// Answers a question on a connection that looks at one moment.
pub(crate) fn find<A: Asker, Q: Question<A::Standing>>(
    connection: &Connection,
    epoch: &str,
    (asker, question): (A, Q),
) -> rusqlite::Result<Found<Q::Answer>> {
    let snapshot = Snapshot { connection, epoch, used: Cell::new(None) };
    let answered = asker.stand(&snapshot).and_then(|by| question.answer(by, &snapshot));
    let answer = match answered {
        Ok(answer) => Ok(answer),
        Err(NoAnswer::Refused(refused)) => Err(refused),
        Err(NoAnswer::Failed(error)) => return Err(error),
    };
    Ok(Found { answer, used: snapshot.used.get() })
}

impl Asker for Bearer {
    type Standing = Actor;

    fn stand(self, snapshot: &Snapshot<'_>) -> Answered<Actor> {
        let found = sessions::live(snapshot.connection, &self.token_hash, self.now)?;
        let (actor, used) = found.ok_or(Refused::Unauthorized)?;
        if is_slide_due(used, self.now) {
            snapshot.used.set(Some((actor.session, self.now)));
        }
        Ok(actor)
    }
}

impl Asker for Actor {
    type Standing = Self;

    fn stand(self, _: &Snapshot<'_>) -> Answered<Self> {
        Ok(self)
    }
}

impl Asker for Stranger {
    type Standing = Self;

    fn stand(self, _: &Snapshot<'_>) -> Answered<Self> {
        Ok(self)
    }
}

impl Asker for House {
    type Standing = Self;

    fn stand(self, _: &Snapshot<'_>) -> Answered<Self> {
        Ok(self)
    }
}

/// Refuses what a role does not allow.
fn permit(role: Role, action: Action, whose: Whose) -> Result<(), Refused> {
    if may(role, action, whose) { Ok(()) } else { Err(Refused::Forbidden) }
}
