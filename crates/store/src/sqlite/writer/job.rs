//! One change: what it does inside the transaction, and who learns how it ended.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::sqlite::writer::{Halt, Work, Writing};
use crate::{Error, Outcome, Refused};

/// A change of any kind.
pub(in crate::sqlite) trait Job: Send {
    /// Does the work, and keeps its answer. Called again if the transaction was undone.
    fn run(&mut self, writing: &mut Writing<'_>) -> Ran;

    /// Tells the answer, or the error that stands in its place. Never panics.
    fn finish(self: Box<Self>, committed: Result<(), Error>);
}

/// How the work went.
pub(in crate::sqlite) enum Ran {
    /// As it should.
    Done,
    /// A rule refused it. What it did, if anything, is to be undone.
    Refused,
    /// SQLite refused it.
    Failed(rusqlite::Error),
    /// The work has a defect.
    Panicked,
}

/// A change with an answer of type `T`.
pub(super) struct Task<T, W, D> {
    work: W,
    answer: Option<Result<T, Refused>>,
    done: D,
}

impl<T, W, D> Task<T, W, D> {
    pub(super) fn new(work: W, done: D) -> Self {
        Self { work, answer: None, done }
    }
}

impl<T, W, D> Job for Task<T, W, D>
where
    T: Send,
    W: FnMut(&mut Writing<'_>) -> Work<T> + Send,
    D: FnOnce(Outcome<T>) + Send,
{
    fn run(&mut self, writing: &mut Writing<'_>) -> Ran {
        self.answer = None;
        // What a panic leaves half done is in the database, and is rolled back there.
        match catch_unwind(AssertUnwindSafe(|| (self.work)(writing))) {
            Ok(Ok(answer)) => {
                self.answer = Some(Ok(answer));
                Ran::Done
            }
            Ok(Err(Halt::Refused(refused))) => {
                self.answer = Some(Err(refused));
                Ran::Refused
            }
            Ok(Err(Halt::Failed(error))) => Ran::Failed(error),
            Err(_) => Ran::Panicked,
        }
    }

    fn finish(self: Box<Self>, committed: Result<(), Error>) {
        let Self { answer, done, .. } = *self;
        let outcome =
            committed.and_then(|()| answer.ok_or_else(|| Error::Failed("the change stopped halfway".to_owned())));
        // The callback is the caller's. Its defects end neither the writer nor the callbacks after it.
        if catch_unwind(AssertUnwindSafe(|| done(outcome))).is_err() {
            tracing::error!("a callback of a change panicked");
        }
    }
}
