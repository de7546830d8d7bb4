//! Import of the original program's database, as one transaction.

mod messages;
mod old;
mod times;
mod users;

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use crate::sqlite::{failure, open};
use crate::{ImportError, Progress, Summary};
use old::Old;

/// Rows between two reports of progress.
const REPORT_ROWS: u64 = 1_000;

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

fn bring_in(connection: &mut Connection, old: &Old, count: &mut Count<'_>) -> Result<Summary, ImportError> {
    let mut summary = Summary::default();
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let authors = users::bring_in(&transaction, old, count, &mut summary)?;
    messages::bring_in(&transaction, old, &authors, count, &mut summary)?;
    transaction.commit()?;
    Ok(summary)
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
