//! A thread that moves the log into the database beside the writer, which goes on writing meanwhile.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use rusqlite::Connection;

use crate::sqlite::failure;

/// The thread, and what it tells the writer.
#[derive(Debug)]
pub(super) struct Mover {
    asks: SyncSender<()>,
    thread: JoinHandle<()>,
    told: Arc<Told>,
}

#[derive(Debug, Default)]
struct Told {
    /// Held by whoever moves the log. It holds the failure after which nobody may try again.
    turn: Mutex<Option<rusqlite::Error>>,
    has_failed: AtomicBool,
    /// Pages of the log that are in the database, from when the thread has ended a move until the writer asks.
    moved: AtomicI64,
}

/// No move has ended since the writer asked.
const NONE: i64 = -1;

impl Mover {
    pub(super) fn start(connection: Connection) -> std::io::Result<Self> {
        let (asks, asked) = sync_channel(1);
        let told = Arc::new(Told { moved: AtomicI64::new(NONE), ..Told::default() });
        let tells = Arc::clone(&told);
        let thread = std::thread::Builder::new()
            .name("store-mover".to_owned())
            .spawn(move || work(&asked, &connection, &tells))?;
        Ok(Self { asks, thread, told })
    }

    /// Asks for a move, if none is asked for already.
    pub(super) fn ask(&self) {
        let _ = self.asks.try_send(());
    }

    /// How many pages of the log are in the database, if a move has ended since the last question.
    pub(super) fn moved(&self) -> Option<i64> {
        match self.told.moved.swap(NONE, Ordering::AcqRel) {
            NONE => None,
            pages => Some(pages),
        }
    }

    /// Waits for the end of a move, and keeps the thread from another one. None if one has failed for good: then nobody
    /// may try what it did again.
    pub(super) fn wait(&self) -> Option<MutexGuard<'_, impl Sized>> {
        let turn = self.told.turn();
        (!self.told.has_failed.load(Ordering::Acquire)).then_some(turn)
    }

    /// What a move failed with, once, if it was such that nothing may be written any more.
    pub(super) fn failure(&self) -> Option<rusqlite::Error> {
        if !self.told.has_failed.load(Ordering::Acquire) {
            return None;
        }
        self.told.turn().take()
    }

    /// Lets the thread finish what it does, and closes its connection.
    pub(super) fn stop(self) -> Option<rusqlite::Error> {
        drop(self.asks);
        let _ = self.thread.join();
        self.told.turn().take()
    }
}

impl Told {
    fn turn(&self) -> MutexGuard<'_, Option<rusqlite::Error>> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn work(asked: &Receiver<()>, connection: &Connection, told: &Told) {
    while asked.recv().is_ok() {
        let mut turn = told.turn();
        match move_log(connection) {
            Ok(pages) => told.moved.store(pages, Ordering::Release),
            Err(error) if failure::is_final(&error) => {
                tracing::error!(%error, "moving the log into the database failed; nothing is written until a restart");
                *turn = Some(error);
                told.has_failed.store(true, Ordering::Release);
                return;
            }
            Err(error) => tracing::warn!(%error, "the log could not be moved into the database"),
        }
    }
}

/// Moves what readers allow. Answers how many pages of the log are in the database then.
fn move_log(connection: &Connection) -> rusqlite::Result<i64> {
    let mut checkpoint = connection.prepare_cached("PRAGMA wal_checkpoint(PASSIVE)")?;
    checkpoint.query_row([], |row| row.get::<_, i64>(2))?;
    // Again, because the writer went on meanwhile: what is left after this is little.
    checkpoint.query_row([], |row| row.get(2))
}
