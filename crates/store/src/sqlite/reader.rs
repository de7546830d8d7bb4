//! Reading beside the writer: a few connections that cannot write, each query in one snapshot and off the async
//! threads.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::Semaphore;

use crate::Error;
use crate::sqlite::connection::{self, Sharing};
use crate::sqlite::failure;
use crate::sqlite::health::Health;

/// Read connections. Queries are short and most of the file is in memory; more would only cost caches.
const READERS: usize = 4;

/// The connections that are free, and as many permits to take one.
#[derive(Debug)]
pub(crate) struct Readers {
    free: Mutex<Vec<Connection>>,
    permits: Arc<Semaphore>,
    /// One for short looks, which must not wait behind pages of history. None once it is closed.
    looking: Mutex<Option<Connection>>,
    health: Arc<Health>,
}

impl Readers {
    pub(super) fn open(path: &Path, sharing: Sharing, health: &Arc<Health>) -> rusqlite::Result<Self> {
        let open = || connection::open_reading(path, sharing);
        let free = (0..READERS).map(|_| open()).collect::<rusqlite::Result<_>>()?;
        let looking = open()?;
        // Whoever looks does not wait: for a lock, either.
        looking.busy_timeout(Duration::ZERO)?;
        let permits = Arc::new(Semaphore::new(READERS));
        Ok(Self { free: Mutex::new(free), permits, looking: Mutex::new(Some(looking)), health: Arc::clone(health) })
    }

    /// Waits for a connection and runs a query on it, in one snapshot.
    pub(crate) async fn read<T: Send + 'static>(
        readers: &Arc<Self>,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        let permit = Arc::clone(&readers.permits).acquire_owned().await.map_err(|_| Error::Stopped)?;
        let readers = Arc::clone(readers);
        let task = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            readers.run(query).map_err(|error| readers.told(&error))
        });
        match task.await {
            Ok(answer) => answer,
            Err(_) => Err(Error::Failed("a query stopped halfway".to_owned())),
        }
    }

    /// Runs one statement, here and now, unless somebody else is doing so: for what takes less time than handing it over.
    /// Gives it back otherwise.
    pub(super) fn read_now<T, Q: FnOnce(&Connection) -> rusqlite::Result<T>>(
        &self,
        query: Q,
    ) -> Result<Result<T, Error>, Q> {
        let Ok(looking) = self.looking.try_lock() else { return Err(query) };
        match &*looking {
            Some(connection) => Ok(query(connection).map_err(|error| self.told(&error))),
            None => Ok(Err(Error::Stopped)),
        }
    }

    /// How many queries are being answered, and how many can be.
    pub(super) fn reading(&self) -> (usize, usize) {
        (READERS.saturating_sub(self.permits.available_permits()), READERS)
    }

    fn run<T>(&self, query: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> rusqlite::Result<T> {
        let mut borrowed = Borrowed { readers: self, connection: self.free().pop() };
        let connection = borrowed.connection.as_mut().expect("there are as many permits as connections");
        query(&*connection.transaction()?)
    }

    /// What whoever asked is told. If it says that the disk or the file is not to be trusted, nobody may write, either.
    fn told(&self, error: &rusqlite::Error) -> Error {
        if failure::is_final(error) {
            return self.health.fails("a query", error);
        }
        tracing::error!(%error, "a query failed");
        failure::error(error)
    }

    fn free(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        // A panic cannot leave the list half changed.
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the queries that run, closes the connections and refuses later queries.
    pub(super) async fn close(&self) {
        // An error means that another handle has closed them already.
        if let Ok(permits) = self.permits.acquire_many(READERS as u32).await {
            self.looking.lock().unwrap_or_else(PoisonError::into_inner).take();
            self.free().clear();
            self.permits.close();
            drop(permits);
        }
    }
}

/// Gives the connection back, even if the query panics.
struct Borrowed<'a> {
    readers: &'a Readers,
    connection: Option<Connection>,
}

impl Drop for Borrowed<'_> {
    fn drop(&mut self) {
        self.readers.free().extend(self.connection.take());
    }
}
