//! Import of the original program's database, as one transaction.

mod messages;
mod old;
mod times;
mod users;

use std::path::Path;

use chatterbox_core::changes::{Change, Decided, Facts, Undecided};

use crate::engine::{self, Engine, Failure};
use crate::sqlite::engine::SqliteEngine;
use crate::sqlite::{failure, open_engine};
use crate::threads::Threads;
use crate::{Error, ImportError, Progress, Summary};
use old::Old;

/// Rows between two reports of progress.
const REPORT_ROWS: u64 = 1_000;

/// Rows that are written at a time.
const WRITE_ROWS: u64 = 1_000;

/// See [`crate::import_chatterbox`].
pub(crate) fn import(data: &Path, path: &Path, progress: &mut dyn FnMut(Progress)) -> Result<Summary, ImportError> {
    // Before anything is made: a mistyped name must not leave a data directory behind.
    old::look_at(path)?;
    let (engine, lock, _) = open_engine(data, &Threads::new())?;
    let mut bringing = Bringing { engine, facts: Facts::unknown(), rows: 0 };
    let brought = Old::open(path, data).and_then(|old| bringing.bring_in(&old, progress));
    if brought.is_err() {
        bringing.engine.roll_back();
    }
    // What is committed is safe. That the write-ahead log is moved into the file only makes it one file.
    bringing.engine.close();
    drop(lock);
    brought
}

/// The transaction in which everything comes in, by the rules of changes.
struct Bringing {
    engine: SqliteEngine,
    facts: Facts,
    rows: u64,
}

impl Bringing {
    fn bring_in(&mut self, old: &Old, progress: &mut dyn FnMut(Progress)) -> Result<Summary, ImportError> {
        let (mut summary, mut count) = (Summary::default(), Count::new(old, progress)?);
        self.engine.begin(&mut self.facts)?;
        let authors = users::bring_in(self, old, &mut count, &mut summary)?;
        messages::bring_in(self, old, &authors, &mut count, &mut summary)?;
        self.engine.write(&self.facts)?;
        self.engine.commit()?;
        count.finish();
        Ok(summary)
    }

    /// Decides a change and keeps what comes of it. What is to be written is written now and then, so that a large file
    /// does not fill the memory.
    fn make<C: Change>(&mut self, mut change: C) -> Result<C::Answer, ImportError> {
        let rule = |change: &mut C, facts: &Facts| match change.decide(facts, 0) {
            Ok(decided) => Ok(Some(decided)),
            Err(Undecided::Refused(_)) => Ok(None),
            Err(Undecided::Missing(missing)) => Err(missing),
        };
        let decided = engine::decide(&mut self.engine, &mut self.facts, &mut change, |change, _| change.keys(), rule)?;
        let Some(Decided { answer, rows, .. }) = decided.flatten() else {
            return Err(ImportError::Failed(Error::Failed("a rule refuses what is brought in".to_owned())));
        };
        self.facts.apply(rows);
        self.rows += 1;
        if self.rows.is_multiple_of(WRITE_ROWS) {
            self.engine.write(&self.facts)?;
            self.facts.is_committed();
        }
        Ok(answer)
    }
}

impl From<Failure> for ImportError {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure.error)
    }
}

impl From<rusqlite::Error> for ImportError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(failure::error(&error))
    }
}

/// Counts rows for whoever watches.
struct Count<'a> {
    now: Progress,
    report: &'a mut dyn FnMut(Progress),
}

impl<'a> Count<'a> {
    fn new(old: &Old, report: &'a mut dyn FnMut(Progress)) -> Result<Self, ImportError> {
        Ok(Self { now: Progress { done: 0, total: old.rows()? }, report })
    }

    fn row(&mut self) {
        self.now.done += 1;
        if self.now.done.is_multiple_of(REPORT_ROWS) {
            (self.report)(self.now);
        }
    }

    fn finish(&mut self) {
        (self.report)(self.now);
    }
}
