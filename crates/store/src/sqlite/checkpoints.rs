//! When the WAL is moved into the database, so that it can begin anew and stays short (threats.md D5). The
//! [`Mover`] does the work; the writer only does the last bit, because while it writes nobody else can.

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;

use rusqlite::Connection;

use crate::sqlite::connection::BUSY_TIMEOUT;
use crate::sqlite::mover::Mover;

/// Pages (of 4 KiB) in the WAL from which on it is moved. Many changes of one page are moved as one, and a WAL that
/// begins anew writes over what it has on the disk already, which is faster to sync than a file that grows.
const MOVE_PAGES: i64 = 2_000;

/// Pages that may be left over for the writer. It moves them within a millisecond or two.
const REST_PAGES: i64 = 200;

/// Pages in the WAL from which on the writer waits for readers: without that, readers that overlap for ever would let it
/// grow for ever.
const RESTART_PAGES: i64 = 8_000;

/// How long it waits then. Queries are much shorter.
const RESTART_PATIENCE: Duration = Duration::from_millis(250);

/// Pages in the WAL from which on it waits for longer than any query takes: 48 MiB, of the 64 MiB that are promised.
const LAST_PAGES: i64 = 12_000;

/// How long it waits then: for those who read when it begins, and once more for those who come before everything is moved.
const LAST_PATIENCE: Duration = Duration::from_secs(10);

/// Pages in the WAL from which on it waits more and more rarely: whoever has read for all that time is another program.
const GIVEN_UP_PAGES: i64 = LAST_PAGES + RESTART_PAGES / 2;

/// Watches how long the WAL is.
#[derive(Debug)]
pub(super) struct Checkpoints {
    mover: Mover,
    /// How long it is, as SQLite tells after each commit.
    pages: Arc<AtomicI32>,
    pages_before: i64,
    /// The lengths at which the mover is asked next, and at which the writer next waits for readers.
    move_pages: i64,
    restart_pages: i64,
}

impl Checkpoints {
    /// Watches the WAL of this connection.
    pub(super) fn watch(connection: &mut Connection, mover: Mover) -> rusqlite::Result<Self> {
        let pages = Arc::<AtomicI32>::default();
        let told = Arc::clone(&pages);
        connection.wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, count| {
            told.store(count, Ordering::Relaxed);
            Ok(())
        }))?;
        Ok(Self { mover, pages, pages_before: 0, move_pages: MOVE_PAGES, restart_pages: RESTART_PAGES })
    }

    /// To be called after each commit, once it is answered.
    pub(super) fn after_commit(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let pages = i64::from(self.pages.load(Ordering::Relaxed));
        if pages < self.pages_before {
            (self.move_pages, self.restart_pages) = (MOVE_PAGES, RESTART_PAGES);
        }
        self.pages_before = pages;
        if let Some(moved) = self.mover.moved() {
            if moved < pages
                && pages - moved <= REST_PAGES
                && let Some(_turn) = self.mover.wait()
            {
                // Once everything is moved, the next commit begins the WAL anew.
                run(connection, "PRAGMA wal_checkpoint(PASSIVE)")?;
            }
        } else if pages >= self.restart_pages {
            self.restart(connection, pages)?;
        } else if pages >= self.move_pages {
            self.mover.ask();
            self.move_pages = pages + MOVE_PAGES / 4;
        }
        Ok(())
    }

    /// Waits for readers, and makes the next commit begin the WAL anew.
    fn restart(&mut self, connection: &Connection, pages: i64) -> rusqlite::Result<()> {
        let Some(_turn) = self.mover.wait() else { return Ok(()) };
        connection.busy_timeout(if pages < LAST_PAGES { RESTART_PATIENCE } else { LAST_PATIENCE })?;
        let left = run(connection, "PRAGMA wal_checkpoint(RESTART)");
        connection.busy_timeout(BUSY_TIMEOUT)?;
        // While a reader holds the WAL, the writer must not wait for it at every commit.
        let left = left?.max(pages);
        self.restart_pages =
            if pages < GIVEN_UP_PAGES { (left + RESTART_PAGES / 4).min(GIVEN_UP_PAGES) } else { 2 * left };
        Ok(())
    }

    /// Ends the thread.
    pub(super) fn stop(self) {
        self.mover.stop();
    }
}

/// Moves the whole WAL and empties it, unless somebody goes on reading what is in it.
pub(super) fn run_last(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(RESTART_PATIENCE)?;
    run(connection, "PRAGMA wal_checkpoint(TRUNCATE)").map(drop)
}

/// Runs a checkpoint and answers how many pages the WAL has had.
fn run(connection: &Connection, checkpoint: &'static str) -> rusqlite::Result<i64> {
    connection.prepare_cached(checkpoint)?.query_row([], |row| row.get(1))
}
