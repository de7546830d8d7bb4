//! Committing what has gathered as one transaction. Changes look first and write last, so that nearly all of them either
//! happen or leave nothing behind, and need no savepoint. If one fails after it has begun to write, the transaction is
//! undone and done again with a savepoint around each change: so the one that fails never harms the others.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use crate::Error;
use crate::sqlite::continuity::Continuity;
use crate::sqlite::failure;
use crate::sqlite::health::Health;
use crate::sqlite::writer::Writing;
use crate::sqlite::writer::checkpoints::{self, Checkpoints};
use crate::sqlite::writer::ids::Ids;
use crate::sqlite::writer::job::{Job, Ran};
use crate::sqlite::writer::known::Known;
use crate::sqlite::writer::listener::Listener;

/// The connection that writes, and what it remembers between transactions.
pub(super) struct Batches {
    connection: Connection,
    continuity: Continuity,
    ids: Ids,
    known: Known,
    checkpoints: Checkpoints,
    /// Whoever wants to know that a batch is answered.
    listener: Arc<Listener>,
    /// Changes that are neither committed nor refused.
    under_way: Arc<AtomicUsize>,
    health: Arc<Health>,
}

/// A change and, once it has run, the error that it alone ended with.
type Waiting = (Box<dyn Job>, Option<Error>);

impl Batches {
    pub(super) fn new(
        connection: Connection,
        continuity: Continuity,
        checkpoints: Checkpoints,
        ids: Ids,
        (listener, under_way): (Arc<Listener>, Arc<AtomicUsize>),
        health: Arc<Health>,
    ) -> Self {
        Self { connection, continuity, ids, known: Known::default(), checkpoints, listener, under_way, health }
    }

    /// Runs the changes, commits, and answers them in order. If the commit fails, none has happened.
    pub(super) fn commit(&mut self, gathered: &mut Vec<Box<dyn Job>>) {
        let mut batch: Vec<Waiting> = gathered.drain(..).map(|job| (job, None)).collect();
        let committed = self.transact(&mut batch);
        match batch.iter().filter(|(_, error)| committed.is_err() || error.is_some()).count() {
            0 => self.health.works(),
            refused => self.health.refuses(refused),
        }
        let left = self.under_way.fetch_sub(batch.len(), Ordering::AcqRel) - batch.len();
        for (job, error) in batch {
            job.finish(error.map_or_else(|| committed.clone(), Err));
        }
        self.listener.call(left);
        if committed.is_ok() {
            self.checkpoint();
        }
    }

    fn transact(&mut self, batch: &mut [Waiting]) -> Result<(), Error> {
        self.health.allows_writing()?;
        self.try_transact(batch).map_err(|error| {
            let told = self.health.fails("a transaction", &error);
            self.known.forget();
            if !self.connection.is_autocommit() {
                // If even that fails, the next BEGIN does, too, and its changes are refused.
                let _ = self.execute("ROLLBACK");
            }
            told
        })
    }

    fn try_transact(&mut self, batch: &mut [Waiting]) -> rusqlite::Result<()> {
        self.continuity.settle(&self.connection)?;
        self.begin()?;
        if !self.run_all(batch)? {
            self.known.forget();
            self.execute("ROLLBACK")?;
            self.begin()?;
            for (job, error) in batch {
                *error = self.run_in_savepoint(job.as_mut())?;
            }
        }
        self.execute("COMMIT")
    }

    fn begin(&mut self) -> rusqlite::Result<()> {
        self.execute("BEGIN IMMEDIATE")?;
        let mut version = self.connection.prepare_cached("PRAGMA data_version")?;
        self.known.begins(version.query_row([], |row| row.get(0))?);
        Ok(())
    }

    /// Runs the changes. Answers false if one has failed and left something behind, or fails the whole batch.
    fn run_all(&mut self, batch: &mut [Waiting]) -> rusqlite::Result<bool> {
        for (job, error) in batch {
            let mut writing = Writing::new(&self.connection, &mut self.ids, &mut self.known);
            let ran = job.run(&mut writing);
            if !matches!(ran, Ran::Done) && writing.has_written() && !self.is_lost(&ran) {
                return Ok(false);
            }
            *error = self.judge(ran)?;
        }
        Ok(true)
    }

    /// Runs one change, and undoes it if it fails. Answers as [`Self::judge`].
    fn run_in_savepoint(&mut self, job: &mut dyn Job) -> rusqlite::Result<Option<Error>> {
        self.execute("SAVEPOINT change")?;
        let ran = job.run(&mut Writing::new(&self.connection, &mut self.ids, &mut self.known));
        if !matches!(ran, Ran::Done) && !self.is_lost(&ran) {
            self.known.forget();
            self.execute("ROLLBACK TO change")?;
        }
        let error = self.judge(ran)?;
        self.execute("RELEASE change")?;
        Ok(error)
    }

    /// Whether the transaction has been lost with the change.
    fn is_lost(&self, ran: &Ran) -> bool {
        matches!(ran, Ran::Failed(error) if self.connection.is_autocommit() || failure::is_final(error))
    }

    /// The error that only this change ends with; or the failure of the whole batch.
    fn judge(&self, ran: Ran) -> rusqlite::Result<Option<Error>> {
        let is_lost = self.is_lost(&ran);
        match ran {
            Ran::Done | Ran::Refused => Ok(None),
            Ran::Failed(error) if is_lost => Err(error),
            Ran::Failed(error) => match failure::error(&error) {
                // A defect of this change, and nobody else's.
                told @ Error::Failed(_) if !failure::is_of_the_system(&error) => {
                    tracing::warn!(%error, "a change failed");
                    Ok(Some(told))
                }
                _ => Ok(Some(self.health.fails("a change", &error))),
            },
            Ran::Panicked => {
                tracing::error!("a change panicked");
                Ok(Some(Error::Failed("the change has a defect".to_owned())))
            }
        }
    }

    fn execute(&self, sql: &'static str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(sql)?.execute([]).map(drop)
    }

    /// Keeps the log short. The changes in it are safe already, and answered.
    fn checkpoint(&mut self) {
        if let Err(error) = self.checkpoints.after_commit(&self.connection) {
            self.health.fails("moving the log into the database", &error);
        }
    }

    /// Moves the whole log into the database and closes it.
    pub(super) fn close(mut self) {
        self.checkpoints.stop();
        let left = match self.health.allows_writing() {
            Ok(()) => self.continuity.renew(&self.connection).and_then(|()| checkpoints::run_last(&self.connection)),
            // A disk that has failed is not asked for more. The next start reads the log.
            Err(_) => Ok(()),
        };
        if let Err(error) = left {
            self.health.fails("moving the log into the database", &error);
        }
        if self.health.allows_writing().is_err() {
            let _ = self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
            tracing::warn!("the write-ahead log stays beside the database");
        }
        if let Err((_, error)) = self.connection.close() {
            tracing::warn!(%error, "the database was not closed well");
        }
    }
}
