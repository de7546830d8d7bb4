//! A thread that moves the WAL into the database beside the writer, which goes on writing meanwhile.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use rusqlite::Connection;

use crate::sqlite::health::Health;
use crate::threads::Threads;

/// The thread, and what it tells the writer.
#[derive(Debug)]
pub(super) struct Mover {
    asks: SyncSender<()>,
    thread: JoinHandle<()>,
    told: Arc<MoverState>,
}

#[derive(Debug)]
struct MoverState {
    /// Held by whoever moves the WAL.
    turn: Mutex<()>,
    /// Pages of the WAL that are in the database, from when the thread has ended a move until the writer asks.
    moved: AtomicI64,
    health: Arc<Health>,
}

/// No move has ended since the writer asked.
const NONE: i64 = -1;

impl Mover {
    pub(super) fn start(connection: Connection, health: &Arc<Health>, threads: &Threads) -> std::io::Result<Self> {
        let (asks, asked) = sync_channel(1);
        let told =
            Arc::new(MoverState { turn: Mutex::default(), moved: AtomicI64::new(NONE), health: Arc::clone(health) });
        let tells = Arc::clone(&told);
        let thread = threads.spawn("store-mover", move || work(&asked, &connection, &tells))?;
        Ok(Self { asks, thread, told })
    }

    /// Asks for a move, if none is asked for already.
    pub(super) fn ask(&self) {
        let _ = self.asks.try_send(());
    }

    /// How many pages of the WAL are in the database, if a move has ended since the last question.
    pub(super) fn moved(&self) -> Option<i64> {
        match self.told.moved.swap(NONE, Ordering::AcqRel) {
            NONE => None,
            pages => Some(pages),
        }
    }

    /// Waits for the end of a move, and keeps the thread from another one. None if nothing may be written any more: then
    /// nobody may try again what has failed.
    pub(super) fn wait(&self) -> Option<MutexGuard<'_, impl Sized>> {
        let turn = self.told.turn();
        self.told.health.allows_writing().is_ok().then_some(turn)
    }

    /// Lets the thread finish what it does, and closes its connection.
    pub(super) fn stop(self) {
        drop(self.asks);
        let _ = self.thread.join();
    }
}

impl MoverState {
    fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn work(asked: &Receiver<()>, connection: &Connection, told: &MoverState) {
    while asked.recv().is_ok() {
        let _turn = told.turn();
        if told.health.allows_writing().is_err() {
            return;
        }
        match move_wal(connection) {
            Ok(pages) => told.moved.store(pages, Ordering::Release),
            Err(error) => drop(told.health.fails("moving the log into the database", &error)),
        }
    }
}

/// Moves what readers allow. Answers how many pages of the WAL are in the database then.
fn move_wal(connection: &Connection) -> rusqlite::Result<i64> {
    let mut checkpoint = connection.prepare_cached("PRAGMA wal_checkpoint(PASSIVE)")?;
    checkpoint.query_row([], |row| row.get::<_, i64>(2))?;
    // Again, because the writer went on meanwhile: what is left after this is little.
    checkpoint.query_row([], |row| row.get(2))
}
