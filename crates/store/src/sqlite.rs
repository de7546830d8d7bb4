//! The SQLite back end: one writer thread that commits what has gathered, and a few read-only connections beside it.
//! All SQL of the store is below this module, as constants with parameters.

pub(crate) mod backup;
mod belonging;
mod checkpoints;
mod connection;
mod continuity;
mod disk;
pub(crate) mod engine;
mod facts;
pub(crate) mod failure;
mod health;
pub(crate) mod import;
pub(crate) mod lock;
mod migrations;
mod mover;
mod names;
mod open;
pub(crate) mod probe;
pub(crate) mod questions;
pub(crate) mod reader;
pub(crate) mod restore;
mod rows;
mod seal;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::Connection;

use crate::threads::Threads;
use crate::writer::Writer;
use crate::{Error, OpenError};
use checkpoints::Checkpoints;
use engine::SqliteEngine;
use health::Health;
use lock::Lock;
use mover::Mover;
use open::Opened;
use questions::{Asker, Found, Question};
use reader::Readers;

/// An open database, and the data directory with it.
#[derive(Debug)]
pub(crate) struct Sqlite {
    epoch: Arc<str>,
    // The readers go first when this is dropped: the writer's is then the last connection, and can leave one file.
    readers: Arc<Readers>,
    writer: Writer,
    health: Arc<Health>,
    threads: Threads,
}

impl Sqlite {
    pub(crate) fn open(data: &Path) -> Result<Self, OpenError> {
        let threads = Threads::new();
        let (engine, lock, parts) = open_engine(data, &threads)?;
        let Parts { path, epoch, readers, health } = parts;
        let writer = Writer::start(engine, lock, &threads).map_err(|cause| OpenError::Failed { path, cause })?;
        Ok(Self { epoch: epoch.into(), readers, writer, health, threads })
    }

    pub(crate) fn epoch(&self) -> &str {
        &self.epoch
    }

    /// What is wrong with the storage.
    pub(crate) fn trouble(&self) -> Option<Error> {
        self.health.trouble()
    }

    /// Waits until a thread dies by a defect. Answers its name.
    pub(crate) async fn death(&self) -> &'static str {
        self.threads.death().await
    }

    /// Who makes the changes.
    pub(crate) fn writer(&self) -> &Writer {
        &self.writer
    }

    /// Reads in one snapshot, off the async threads.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        Readers::read(&self.readers, query).await
    }

    /// Answers a question: off the async threads, or on this very one if it takes one look and a connection is free.
    pub(crate) async fn answer<A: Asker, Q: Question<A::Standing>>(
        &self,
        asked: (A, Q),
    ) -> Result<Found<Q::Answer>, Error> {
        let epoch = Arc::clone(&self.epoch);
        let query = move |connection: &Connection| questions::find(connection, &epoch, asked);
        if !Q::IS_ONE_LOOK {
            return self.read(query).await;
        }
        match self.readers.read_now(query) {
            Ok(answer) => answer,
            Err(query) => self.read(query).await,
        }
    }

    /// Answers a question here and now, if a connection is free. Only for one look at an index.
    pub(crate) fn answer_now<A: Asker, Q: Question<A::Standing>>(
        &self,
        asked: (A, Q),
    ) -> Option<Result<Found<Q::Answer>, Error>> {
        self.readers.read_now(|connection| questions::find(connection, &self.epoch, asked)).ok()
    }

    /// How many queries are being answered, and how many can be.
    pub(crate) fn reading(&self) -> (usize, usize) {
        self.readers.reading()
    }

    pub(crate) async fn close(&self) {
        self.readers.close().await;
        if let Some(thread) = self.writer.stop() {
            // Whoever waits for the death of a thread knows already how it ended.
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
    }
}

/// What an open database has beside the connection that writes.
pub(crate) struct Parts {
    path: PathBuf,
    epoch: String,
    pub(crate) readers: Arc<Readers>,
    health: Arc<Health>,
}

/// Opens the database in this directory, which is this process's alone as long as the lock is held.
pub(crate) fn open_engine(data: &Path, threads: &Threads) -> Result<(SqliteEngine, Lock, Parts), OpenError> {
    let Opened { lock, mut connection, path, sharing, continuity, health } = open::open(data)?;
    let failed = |cause: Error| OpenError::Failed { path: path.clone(), cause };
    let refused = |error: rusqlite::Error| failed(failure::error(&error));
    let health = Arc::new(health);
    let readers = Readers::open(&path, sharing, &health).map_err(refused)?;
    let moving = connection::open_moving(&path, sharing).map_err(refused)?;
    let no_thread = |error| failed(Error::Failed(format!("no thread for the write-ahead log: {error}")));
    let mover = Mover::start(moving, &health, threads).map_err(no_thread)?;
    let checkpoints = Checkpoints::watch(&mut connection, mover).map_err(refused)?;
    let epoch = continuity.epoch().to_owned();
    let engine = SqliteEngine::new(connection, continuity, checkpoints, Arc::clone(&health));
    Ok((engine, lock, Parts { path, epoch, readers: Arc::new(readers), health }))
}
