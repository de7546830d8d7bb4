//! The connection that writes, as the writer uses it.

use std::sync::Arc;

use chatterbox_core::changes::{Facts, Key};
use rusqlite::Connection;
use rusqlite::config::DbConfig;

use crate::Error;
use crate::engine::{Engine, Failure, Then};
use crate::sqlite::checkpoints::{self, Checkpoints};
use crate::sqlite::continuity::Continuity;
use crate::sqlite::health::Health;
use crate::sqlite::{facts, failure};

/// The connection, and what has to be done beside each transaction.
pub(crate) struct SqliteEngine {
    pub(crate) connection: Connection,
    continuity: Continuity,
    checkpoints: Checkpoints,
    health: Arc<Health>,
    /// Of the database, as `PRAGMA data_version` tells it: another one once another connection has changed something.
    version: i64,
}

impl SqliteEngine {
    pub(super) fn new(
        connection: Connection,
        continuity: Continuity,
        checkpoints: Checkpoints,
        health: Arc<Health>,
    ) -> Self {
        Self { connection, continuity, checkpoints, health, version: 0 }
    }

    fn execute(&self, sql: &'static str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(sql)?.execute([]).map(drop)
    }

    fn try_begin(&mut self, facts: &mut Facts) -> rusqlite::Result<()> {
        self.continuity.settle(&self.connection)?;
        self.execute("BEGIN IMMEDIATE")?;
        let mut query = self.connection.prepare_cached("PRAGMA data_version")?;
        let version = query.query_row([], |row| row.get(0))?;
        // Somebody's hand may have changed anything meanwhile.
        if std::mem::replace(&mut self.version, version) != version {
            facts.forget();
        }
        Ok(())
    }

    /// What to do about a failure.
    pub(crate) fn judge(&self, failure: rusqlite::Error) -> Failure {
        let is_final = failure::is_final(&failure);
        match failure::error(&failure) {
            // Neither the disk nor the file is at fault, but what was to be written.
            error @ Error::Failed(_) if !failure::is_of_the_system(&failure) => Failure { then: Then::Again, error },
            _ => {
                let error = self.health.fails("a transaction", &failure);
                Failure { then: if is_final { Then::Never } else { Then::NotNow }, error }
            }
        }
    }
}

impl Engine for SqliteEngine {
    fn begin(&mut self, facts: &mut Facts) -> Result<(), Failure> {
        self.health.allows_writing().map_err(|error| Failure { then: Then::Never, error })?;
        self.try_begin(facts).map_err(|error| self.judge(error))
    }

    fn look(&mut self, keys: &[Key], facts: &mut Facts) -> Result<(), Failure> {
        for key in keys {
            // One that is named twice is known the second time.
            if !facts.knows(key) {
                facts::look(&self.connection, key, facts).map_err(|error| self.judge(error))?;
            }
        }
        Ok(())
    }

    fn write(&mut self, facts: &Facts) -> Result<(), Failure> {
        facts::write(&self.connection, facts).map_err(|error| self.judge(error))
    }

    fn commit(&mut self) -> Result<(), Failure> {
        self.execute("COMMIT").map_err(|error| {
            let failure = self.judge(error);
            if failure.then == Then::Never { Failure { then: Then::InDoubt, ..failure } } else { failure }
        })
    }

    fn roll_back(&mut self) {
        if !self.connection.is_autocommit() {
            // If even that fails, the next BEGIN does, too, and its changes are refused.
            let _ = self.execute("ROLLBACK");
        }
    }

    fn has_decided(&mut self, failed: usize) {
        match failed {
            0 => self.health.works(),
            failed => self.health.refuses(failed),
        }
    }

    fn has_answered(&mut self) {
        if self.health.allows_writing().is_ok()
            && let Err(error) = self.checkpoints.after_commit(&self.connection)
        {
            self.health.fails("moving the write-ahead log into the database", &error);
        }
    }

    /// Moves the whole WAL into the database and closes it.
    fn close(mut self) {
        self.checkpoints.stop();
        let left = match self.health.allows_writing() {
            Ok(()) => self.continuity.renew(&self.connection).and_then(|()| checkpoints::run_last(&self.connection)),
            // A disk that has failed is not asked for more. The next start reads the WAL.
            Err(_) => Ok(()),
        };
        if let Err(error) = left {
            self.health.fails("moving the write-ahead log into the database", &error);
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
