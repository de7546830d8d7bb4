//! Committing what has gathered as one transaction, each change in a savepoint of its own.

use std::sync::Arc;
use std::time::Duration;

use chatterbox_core::messages::MessageIds;
use rusqlite::Connection;
use rusqlite::config::DbConfig;

use crate::Error;
use crate::sqlite::connection::BUSY_TIMEOUT;
use crate::sqlite::failure;
use crate::sqlite::writer::Writing;
use crate::sqlite::writer::job::{Job, Ran};
use crate::sqlite::writer::listener::Listener;

/// Pages in the write-ahead log from which on it is moved into the database, as far as readers allow: SQLite's own
/// default.
const CHECKPOINT_PAGES: i64 = 1_000;

/// Pages (of 4 KiB) in the log from which on the writer waits for readers, so that it can start the log anew: without
/// that, readers that overlap for ever would let it grow for ever (threats.md D5: 64 MiB).
const RESTART_PAGES: i64 = 8_000;

/// How long it waits then. Queries are much shorter.
const RESTART_PATIENCE: Duration = Duration::from_millis(250);

/// The connection that writes, and what it remembers between transactions.
pub(super) struct Batches {
    connection: Connection,
    ids: MessageIds,
    /// The length of the log at which the writer next waits for readers.
    restart_pages: i64,
    /// Set once the disk has failed: nothing is written any more.
    failed: Option<Error>,
    /// Whoever wants to know that a batch is answered.
    listener: Arc<Listener>,
}

/// A change and, once it has run, the error that it alone ended with.
type Waiting = (Box<dyn Job>, Option<Error>);

impl Batches {
    pub(super) fn new(connection: Connection, ids: MessageIds, listener: Arc<Listener>) -> Self {
        Self { connection, ids, restart_pages: RESTART_PAGES, failed: None, listener }
    }

    /// Runs the changes, commits, and answers them in order. If the commit fails, none has happened.
    pub(super) fn commit(&mut self, gathered: &mut Vec<Box<dyn Job>>) {
        let mut batch: Vec<Waiting> = gathered.drain(..).map(|job| (job, None)).collect();
        let committed = self.transact(&mut batch);
        for (job, error) in batch {
            job.finish(error.map_or_else(|| committed.clone(), Err));
        }
        self.listener.call();
        if committed.is_ok() {
            self.checkpoint();
        }
    }

    fn transact(&mut self, batch: &mut [Waiting]) -> Result<(), Error> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        self.try_transact(batch).map_err(|error| {
            let told = self.note("a transaction", &error);
            if !self.connection.is_autocommit() {
                // If even that fails, the next BEGIN does, too, and its changes are refused.
                let _ = self.execute("ROLLBACK");
            }
            told
        })
    }

    fn try_transact(&mut self, batch: &mut [Waiting]) -> rusqlite::Result<()> {
        self.execute("BEGIN IMMEDIATE")?;
        for (job, error) in batch {
            *error = self.run(job.as_mut())?;
        }
        self.execute("COMMIT")
    }

    /// Runs one change. Answers the error that only this change ends with, or fails the whole batch.
    fn run(&mut self, job: &mut dyn Job) -> rusqlite::Result<Option<Error>> {
        self.execute("SAVEPOINT change")?;
        let ran = job.run(&mut Writing { connection: &self.connection, ids: &mut self.ids });
        let error = match ran {
            Ran::Done => {
                self.execute("RELEASE change")?;
                return Ok(None);
            }
            Ran::Refused => None,
            Ran::Failed(error) if self.connection.is_autocommit() || failure::is_final(&error) => return Err(error),
            Ran::Failed(error) => {
                tracing::warn!(%error, "a change failed");
                Some(failure::error(&error))
            }
            Ran::Panicked => {
                tracing::error!("a change panicked");
                Some(Error::Failed("the change has a defect".to_owned()))
            }
        };
        self.execute("ROLLBACK TO change")?;
        self.execute("RELEASE change")?;
        Ok(error)
    }

    /// Takes note of a failure that concerns more than one change, and answers what to tell.
    fn note(&mut self, what: &str, error: &rusqlite::Error) -> Error {
        let told = failure::error(error);
        if failure::is_final(error) {
            tracing::error!(%error, "{what} failed; nothing is written until a restart");
            self.failed = Some(told.clone());
        } else {
            tracing::warn!(%error, "{what} failed");
        }
        told
    }

    fn execute(&self, sql: &'static str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(sql)?.execute([]).map(drop)
    }

    /// Moves the log into the database once it is long enough. The changes in it are safe already, and answered.
    fn checkpoint(&mut self) {
        if let Err(error) = self.try_checkpoint() {
            self.note("a checkpoint", &error);
        }
    }

    fn try_checkpoint(&mut self) -> rusqlite::Result<()> {
        let pages = self.log_pages("PRAGMA wal_checkpoint(NOOP)")?;
        if pages >= self.restart_pages {
            self.connection.busy_timeout(RESTART_PATIENCE)?;
            let left = self.log_pages("PRAGMA wal_checkpoint(RESTART)");
            self.connection.busy_timeout(BUSY_TIMEOUT)?;
            // While a reader holds the log, the writer must not wait for it at every commit.
            self.restart_pages = left?.max(0) + RESTART_PAGES / 4;
        } else if pages >= CHECKPOINT_PAGES {
            self.log_pages("PRAGMA wal_checkpoint(PASSIVE)")?;
        } else {
            self.restart_pages = RESTART_PAGES;
        }
        Ok(())
    }

    /// Runs a checkpoint and answers how many pages the log has had.
    fn log_pages(&self, checkpoint: &'static str) -> rusqlite::Result<i64> {
        self.connection.prepare_cached(checkpoint)?.query_row([], |row| row.get(1))
    }

    /// Moves the whole log into the database and closes it.
    pub(super) fn close(self) {
        let left = match self.failed {
            None => self.log_pages("PRAGMA wal_checkpoint(TRUNCATE)").map(drop),
            // A disk that has failed is not asked for more. The next start reads the log.
            Some(_) => self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).map(drop),
        };
        if let Err(error) = left {
            tracing::warn!(%error, "the write-ahead log stays beside the database");
        }
        if let Err((_, error)) = self.connection.close() {
            tracing::warn!(%error, "the database was not closed well");
        }
    }
}
