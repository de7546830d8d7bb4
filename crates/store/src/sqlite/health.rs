//! Whether storage works. Whoever meets a failure says so here: each state is logged once, and what is refused because of it
//! is counted.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::Error;
use crate::sqlite::{disk, failure};

/// How long after a failure, or after a look that found no room, somebody looks again whether it is over.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// How often it is said that it is still so.
const SAY_AGAIN: Duration = Duration::from_secs(60);

/// The state of the storage in this data directory.
#[derive(Debug)]
pub(super) struct Health {
    data: PathBuf,
    is_well: AtomicBool,
    trouble: Mutex<Option<StorageTrouble>>,
}

#[derive(Debug)]
struct StorageTrouble {
    error: Error,
    /// Nothing may be written any more until a restart.
    is_final: bool,
    refused: usize,
    looked: Instant,
    said: Instant,
}

impl Health {
    /// All is well, as long as nobody says otherwise.
    pub(super) fn of(data: &Path) -> Self {
        Self { data: data.to_owned(), is_well: AtomicBool::new(true), trouble: Mutex::default() }
    }

    /// What is wrong.
    pub(super) fn trouble(&self) -> Option<Error> {
        if self.is_well.load(Ordering::Acquire) {
            return None;
        }
        self.state().as_ref().map(|trouble| trouble.error.clone())
    }

    /// Errors if nothing may be written any more.
    pub(super) fn allows_writing(&self) -> Result<(), Error> {
        if self.is_well.load(Ordering::Acquire) {
            return Ok(());
        }
        match &*self.state() {
            Some(trouble) if trouble.is_final => Err(trouble.error.clone()),
            _ => Ok(()),
        }
    }

    /// Somebody has met a failure. Answers what to tell those whom it concerns.
    pub(super) fn fails(&self, what: &str, failure: &rusqlite::Error) -> Error {
        let (error, is_final) = (self.reason(failure), failure::is_final(failure));
        let mut state = self.state();
        let now = Instant::now();
        let is_known = match &mut *state {
            Some(trouble) => {
                trouble.looked = now;
                trouble.is_final || trouble.error == error && !is_final
            }
            None => false,
        };
        if !is_known {
            say(what, failure, &error, is_final);
            let refused = state.as_ref().map_or(0, |trouble| trouble.refused);
            *state = Some(StorageTrouble { error: error.clone(), is_final, refused, looked: now, said: now });
            self.is_well.store(false, Ordering::Release);
        }
        error
    }

    /// So many changes were refused because of it.
    pub(super) fn refuses(&self, changes: usize) {
        let mut state = self.state();
        let Some(trouble) = &mut *state else { return };
        trouble.refused += changes;
        if trouble.said.elapsed() >= SAY_AGAIN {
            trouble.said = Instant::now();
            tracing::warn!(error = %trouble.error, refused = trouble.refused, "storage still does not work");
        }
    }

    /// Something was written. If all was well before, that is all; otherwise it is now, if the disk has room for more.
    pub(super) fn works(&self) {
        if self.is_well.load(Ordering::Acquire) {
            return;
        }
        let mut state = self.state();
        let Some(trouble) = &mut *state else { return };
        if trouble.is_final || trouble.looked.elapsed() < LOOK_AGAIN {
            return;
        }
        trouble.looked = Instant::now();
        if disk::try_out(&self.data).is_ok() {
            tracing::info!(refused = trouble.refused, "storage works again");
            *state = None;
            self.is_well.store(true, Ordering::Release);
        }
    }

    /// SQLite does not tell why the system refuses to write. The disk does.
    fn reason(&self, failure: &rusqlite::Error) -> Error {
        let error = failure::error(failure);
        if failure::is_final(failure) || !failure::is_of_the_system(failure) {
            return error;
        }
        match disk::try_out(&self.data) {
            Err(told @ (Error::Full | Error::ReadOnly)) => told,
            _ => error,
        }
    }

    fn state(&self) -> MutexGuard<'_, Option<StorageTrouble>> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn say(what: &str, failure: &rusqlite::Error, error: &Error, is_final: bool) {
    match error {
        Error::Corrupt(_) => tracing::error!(
            error = %failure,
            "{what} failed: the database is damaged; nothing is written until a restart. Stop the server and restore a backup"
        ),
        _ if is_final => tracing::error!(error = %failure, "{what} failed; nothing is written until a restart"),
        _ => tracing::warn!(error = %failure, "{what} failed: {error}; what cannot be written is refused"),
    }
}
