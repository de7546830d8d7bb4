//! The SQLite back end: one writer thread that commits what has gathered, and a few read-only connections beside it.
//! All SQL of the store is below this module, as constants with parameters.

pub(crate) mod changes;
mod connection;
mod continuity;
pub(crate) mod failure;
pub(crate) mod history;
pub(crate) mod import;
mod lock;
pub(crate) mod messages;
mod migrations;
mod nonces;
mod open;
pub(crate) mod probe;
mod reader;
pub(crate) mod rooms;
mod rows;
pub(crate) mod sessions;
#[cfg(test)]
mod tests;
pub(crate) mod users;
mod writer;

use std::path::Path;
use std::sync::Arc;

use tokio::sync::oneshot;

use crate::{Error, Load, OpenError, Outcome};
use open::Opened;
use reader::Readers;
use writer::{Work, Writer, Writing};

/// An open database, and the data directory with it.
#[derive(Debug)]
pub(crate) struct Sqlite {
    epoch: String,
    // The readers go first when this is dropped: the writer's is then the last connection, and can leave one file.
    readers: Arc<Readers>,
    writer: Writer,
}

impl Sqlite {
    pub(crate) fn open(data: &Path) -> Result<Self, OpenError> {
        let Opened { connection, lock, path, epoch, continuity, last_message } = open::open(data)?;
        let failed = |cause| OpenError::Failed { path: path.clone(), cause };
        let readers = Readers::open(&path).map_err(|error| failed(failure::error(&error)))?;
        let moving = connection::open_moving(&path).map_err(|error| failed(failure::error(&error)))?;
        let writer = Writer::start(connection, moving, last_message, continuity, lock).map_err(failed)?;
        Ok(Self { epoch, readers: Arc::new(readers), writer })
    }

    pub(crate) fn epoch(&self) -> &str {
        &self.epoch
    }

    /// Enqueues a change. `work` may run twice, if the transaction has to be done again. `done` runs on the writer's thread once it is committed or has failed.
    pub(crate) fn submit<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut Writing<'_>) -> Work<T> + Send + 'static,
        done: impl FnOnce(Outcome<T>) + Send + 'static,
    ) -> Result<(), Error> {
        self.writer.submit(work, done).map_err(|(error, _)| error)
    }

    /// Enqueues a change, and tells `done` at once if that does not work.
    pub(crate) fn submit_or_answer<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut Writing<'_>) -> Work<T> + Send + 'static,
        done: impl FnOnce(Outcome<T>) + Send + 'static,
    ) {
        if let Err((error, job)) = self.writer.submit(work, done) {
            job.finish(Err(error));
        }
    }

    /// See [`Store::after_each_commit`](crate::Store::after_each_commit).
    pub(crate) fn after_each_commit(&self, call: Box<dyn Fn(usize) + Send + Sync>) {
        self.writer.after_each_commit(call);
    }

    /// Makes a change and waits for its commit.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut Writing<'_>) -> Work<T> + Send + 'static,
    ) -> Outcome<T> {
        self.write_then(work, |_| ()).await
    }

    /// Makes a change and waits for its commit. `then` runs on the writer's thread before any later change is told.
    pub(crate) async fn write_then<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut Writing<'_>) -> Work<T> + Send + 'static,
        then: impl FnOnce(&Outcome<T>) + Send + 'static,
    ) -> Outcome<T> {
        let (sender, receiver) = oneshot::channel();
        self.submit(work, move |outcome| {
            then(&outcome);
            // Who has stopped waiting does not want the answer.
            drop(sender.send(outcome));
        })?;
        receiver.await.unwrap_or(Err(Error::Stopped))
    }

    /// Reads in one snapshot, off the async threads.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&rusqlite::Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        Readers::read(&self.readers, query).await
    }

    /// Runs one statement, on this very thread if a connection is free. Only for one look at an index.
    pub(crate) async fn look<T: Send + 'static>(
        &self,
        query: impl FnOnce(&rusqlite::Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        match self.readers.read_now(query) {
            Ok(answer) => answer,
            Err(query) => Readers::read(&self.readers, query).await,
        }
    }

    /// Runs one statement, here and now, if a connection is free. Only for one look at an index.
    pub(crate) fn look_now<T>(
        &self,
        query: impl FnOnce(&rusqlite::Connection) -> rusqlite::Result<T>,
    ) -> Option<Result<T, Error>> {
        self.readers.read_now(query).ok()
    }

    pub(crate) fn under_way(&self) -> usize {
        self.writer.under_way()
    }

    pub(crate) fn load(&self) -> Load {
        let (waiting, waiting_max) = self.writer.waiting();
        let (reading, reading_max) = self.readers.reading();
        Load { waiting, waiting_max, reading, reading_max }
    }

    pub(crate) async fn close(&self) {
        self.readers.close().await;
        if let Some(thread) = self.writer.stop() {
            // The thread catches its panics; there is nothing to learn from how it ended.
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
    }
}
