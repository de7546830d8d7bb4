//! The one writer: a thread that takes whatever changes have gathered, commits them as one transaction, and only then
//! answers, in the order in which they came. Under load a commit carries many changes; alone, a change does not wait.

mod batch;
mod checkpoints;
mod ids;
mod job;
mod known;
mod listener;
mod mover;
mod writing;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread::JoinHandle;

use chatterbox_protocol::ids::MessageId;
use rusqlite::Connection;

use crate::sqlite::continuity::Continuity;
use crate::sqlite::failure;
use crate::sqlite::lock::Lock;
use crate::{Error, Outcome, Refused};
use batch::Batches;
use checkpoints::Checkpoints;
use ids::Ids;
use job::{Job, Task};

use listener::Listener;
use mover::Mover;
pub(crate) use writing::Writing;

/// Changes that may wait for the writer. At 5,000 a second a full queue is under a second of waiting; what comes on
/// top is told to come back later.
const QUEUE_MAX: usize = 4096;

/// Changes in one commit at the most, so that the first of them does not wait for long.
const BATCH_MAX: usize = 512;

/// Why a change does not happen.
#[derive(Debug)]
pub(crate) enum Halt {
    /// A rule says no.
    Refused(Refused),
    /// SQLite says no.
    Failed(rusqlite::Error),
}

impl From<Refused> for Halt {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl From<rusqlite::Error> for Halt {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(error)
    }
}

/// What a change answers inside its transaction.
pub(crate) type Work<T> = Result<T, Halt>;

/// The way to the writer's thread.
#[derive(Debug)]
pub(super) struct Writer {
    /// None once the writer is to stop.
    queue: RwLock<Option<SyncSender<Box<dyn Job>>>>,
    /// Changes that are neither committed nor refused.
    under_way: Arc<AtomicUsize>,
    thread: Mutex<Option<JoinHandle<()>>>,
    listener: Arc<Listener>,
}

impl Writer {
    /// Starts the thread, and the one that moves the log with the other connection. It keeps the lock on the data
    /// directory until it has closed both.
    pub(super) fn start(
        mut connection: Connection,
        moving: Connection,
        last: MessageId,
        continuity: Continuity,
        lock: Lock,
    ) -> Result<Self, Error> {
        let no_thread = |error| Error::Failed(format!("no thread for the writer: {error}"));
        let mover = Mover::start(moving).map_err(no_thread)?;
        let checkpoints = Checkpoints::watch(&mut connection, mover).map_err(|error| failure::error(&error))?;
        let (sender, receiver) = sync_channel(QUEUE_MAX);
        let (listener, under_way) = (Arc::<Listener>::default(), Arc::<AtomicUsize>::default());
        let told = (Arc::clone(&listener), Arc::clone(&under_way));
        let batches = Batches::new(connection, continuity, checkpoints, Ids::after(last), told);
        let thread = std::thread::Builder::new().name("store-writer".to_owned()).spawn(move || {
            work(&receiver, batches);
            drop(lock);
        });
        let thread = thread.map_err(no_thread)?;
        Ok(Self { queue: RwLock::new(Some(sender)), under_way, thread: Mutex::new(Some(thread)), listener })
    }

    /// What is called after each commit from now on, unless something is already.
    pub(super) fn after_each_commit(&self, call: Box<dyn Fn(usize) + Send + Sync>) {
        self.listener.set(call);
    }

    /// Enqueues a change; gives it back if that does not work.
    pub(super) fn submit<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut Writing<'_>) -> Work<T> + Send + 'static,
        done: impl FnOnce(Outcome<T>) + Send + 'static,
    ) -> Result<(), (Error, Box<dyn Job>)> {
        let job: Box<dyn Job> = Box::new(Task::new(work, done));
        let queue = self.queue.read().unwrap_or_else(PoisonError::into_inner);
        let Some(sender) = queue.as_ref() else { return Err((Error::Stopped, job)) };
        // Counted first: the writer may have taken it before this thread goes on.
        self.under_way.fetch_add(1, Ordering::AcqRel);
        sender.try_send(job).map_err(|error| {
            self.under_way.fetch_sub(1, Ordering::AcqRel);
            match error {
                TrySendError::Full(job) => (Error::Busy, job),
                TrySendError::Disconnected(job) => (Error::Stopped, job),
            }
        })
    }

    /// How many changes are neither committed nor refused.
    pub(super) fn under_way(&self) -> usize {
        self.under_way.load(Ordering::Acquire)
    }

    /// How many changes wait, and how many can.
    pub(super) fn waiting(&self) -> (usize, usize) {
        (self.under_way().min(QUEUE_MAX), QUEUE_MAX)
    }

    /// Accepts nothing more. The thread ends once it has done what was accepted; who waits for that gets the thread.
    pub(super) fn stop(&self) -> Option<JoinHandle<()>> {
        self.queue.write().unwrap_or_else(PoisonError::into_inner).take();
        self.thread.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if let Some(thread) = self.stop() {
            // A callback may hold the last handle; then this is the writer's thread, and it is about to end anyway.
            if thread.thread().id() != std::thread::current().id() {
                let _ = thread.join();
            }
        }
    }
}

fn work(queue: &Receiver<Box<dyn Job>>, mut batches: Batches) {
    let mut gathered = Vec::new();
    while let Ok(first) = queue.recv() {
        gathered.push(first);
        gathered.extend(queue.try_iter().take(BATCH_MAX - 1));
        batches.commit(&mut gathered);
    }
    batches.close();
}
