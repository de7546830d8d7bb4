//! A change on its way: how it is decided, and who learns how it ended.

use std::panic::{AssertUnwindSafe, catch_unwind};

use chatterbox_core::changes::{Change, Decided, Facts, Key, Missing, Refused, Row, Told, Undecided};

use smallvec::SmallVec;

use super::listener::Listener;
use crate::{Error, Outcome};

/// A change of any kind.
pub(crate) trait Job: Send {
    /// What it needs to know first.
    fn keys(&self) -> Vec<Key>;

    /// Decides it, and keeps the answer. Answers what becomes of rows: of none, if it is refused. Called again if it was
    /// not stored.
    fn decide(&mut self, facts: &Facts, random: u64) -> Result<SmallVec<[Row; 2]>, Missing>;

    /// It does not happen.
    fn fail(&mut self, error: Error);

    /// Whether it could not be stored.
    fn has_failed(&self) -> bool;

    /// Tells which sessions have ended, the answer to whoever wants it, and then to others what has happened. Never panics.
    fn finish(self: Box<Self>, listener: &Listener);
}

/// A change, and who wants to know its answer.
pub(crate) struct Task<C: Change, D> {
    change: C,
    ended: Outcome<(C::Answer, SmallVec<[Told; 1]>)>,
    done: D,
}

impl<C: Change, D> Task<C, D> {
    pub(crate) fn new(change: C, done: D) -> Self {
        Self { change, ended: Err(Error::Failed("the change was not decided".to_owned())), done }
    }
}

impl<C, D> Job for Task<C, D>
where
    C: Change<Answer: Send> + Send,
    D: FnOnce(Outcome<C::Answer>) + Send,
{
    fn keys(&self) -> Vec<Key> {
        self.change.keys()
    }

    fn decide(&mut self, facts: &Facts, random: u64) -> Result<SmallVec<[Row; 2]>, Missing> {
        // A rule changes nothing, so that a panic leaves nothing half done.
        let rows;
        (self.ended, rows) = match catch_unwind(AssertUnwindSafe(|| self.change.decide(facts, random))) {
            Ok(Ok(Decided { answer, rows, told })) => (Ok(Ok((answer, told))), rows),
            Ok(Err(Undecided::Refused(refused))) => (Ok(Err(refused)), SmallVec::new()),
            Ok(Err(Undecided::Missing(missing))) => return Err(missing),
            Err(_) => {
                tracing::error!("a change panicked");
                (Err(Error::Failed("the change has a defect".to_owned())), SmallVec::new())
            }
        };
        Ok(rows)
    }

    fn fail(&mut self, error: Error) {
        self.ended = Err(error);
    }

    fn has_failed(&self) -> bool {
        self.ended.is_err()
    }

    fn finish(self: Box<Self>, listener: &Listener) {
        let Self { ended, done, .. } = *self;
        let (outcome, told) = split(ended);
        // Whoever learns that a session is over is to see nothing more at its sockets; an answer comes before its event.
        let is_end = |told: &Told| matches!(told, Told::SessionEnded(_));
        let (ends, told): (SmallVec<[Told; 1]>, SmallVec<[Told; 1]>) = told.into_iter().partition(is_end);
        ends.into_iter().for_each(|told| listener.tell(told));
        // The callback is the caller's. Its defects end neither the writer nor what comes after it.
        if catch_unwind(AssertUnwindSafe(|| done(outcome))).is_err() {
            tracing::error!("a callback of a change panicked");
        }
        told.into_iter().for_each(|told| listener.tell(told));
    }
}

fn split<T>(ended: Outcome<(T, SmallVec<[Told; 1]>)>) -> (Outcome<T>, SmallVec<[Told; 1]>) {
    match ended {
        Ok(Ok((answer, told))) => (Ok(Ok(answer)), told),
        Ok(Err(refused)) => (Ok(Err::<T, Refused>(refused)), SmallVec::new()),
        Err(error) => (Err(error), SmallVec::new()),
    }
}
