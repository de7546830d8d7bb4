//! Import of the original program's database, as one transaction.

mod messages;
mod old;
mod times;
mod users;

use std::path::Path;

use chatterbox_core::changes::{Change, Facts, ROUNDS_MAX, Undecided};
use rusqlite::{Connection, TransactionBehavior};

use crate::sqlite::{facts, failure, open};
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
    let open::Opened { lock, mut connection, mut continuity, .. } = open::open(data)?;
    continuity.settle(&connection)?;
    let old = Old::open(path, data)?;
    let mut count = Count::new(&old, progress)?;
    let summary = bring_in(&mut connection, &old, &mut count)?;
    count.finish();
    // What is committed is safe. That the log is moved into the file only makes it one file.
    let _ = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    drop(connection);
    drop(lock);
    Ok(summary)
}

/// The transaction in which everything comes in, by the rules of changes.
struct Bringing<'a> {
    connection: &'a Connection,
    facts: Facts,
    rows: u64,
}

fn bring_in(connection: &mut Connection, old: &Old, count: &mut Count<'_>) -> Result<Summary, ImportError> {
    let mut summary = Summary::default();
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut bringing = Bringing { connection: &transaction, facts: Facts::unknown(), rows: 0 };
    let authors = users::bring_in(&mut bringing, old, count, &mut summary)?;
    messages::bring_in(&mut bringing, old, &authors, count, &mut summary)?;
    bringing.write()?;
    transaction.commit()?;
    Ok(summary)
}

impl Bringing<'_> {
    /// Decides a change and keeps what comes of it. What is to be written is written now and then, so that a large file
    /// does not fill the memory.
    fn make<C: Change>(&mut self, change: &C) -> Result<C::Answer, ImportError> {
        let mut keys = Vec::new();
        for round in 0..=ROUNDS_MAX {
            match change.decide(&self.facts, 0) {
                Ok(decided) => {
                    self.facts.apply(decided.rows);
                    self.rows += 1;
                    if self.rows.is_multiple_of(WRITE_ROWS) {
                        self.write()?;
                    }
                    return Ok(decided.answer);
                }
                Err(Undecided::Missing(missing)) => keys.extend(missing.0),
                Err(Undecided::Refused(_)) => break,
            }
            if round == 0 {
                keys.extend(change.keys());
            }
            keys.retain(|key| !self.facts.knows(key));
            keys.iter().try_for_each(|key| facts::look(self.connection, key, &mut self.facts))?;
            keys.clear();
        }
        Err(ImportError::Failed(Error::Failed("a rule refused what is brought in".to_owned())))
    }

    fn write(&mut self) -> Result<(), ImportError> {
        facts::write(self.connection, &self.facts)?;
        self.facts.is_committed();
        Ok(())
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
