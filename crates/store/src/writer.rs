//! The one writer: a thread that takes whatever changes have gathered, commits them as one transaction, and only then
//! answers, in the order in which they came. Under load a commit carries many changes; alone, a change does not wait.

mod chance;
mod group;
mod job;
mod listener;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread::JoinHandle;

use chatterbox_core::changes::Change;

use crate::engine::Engine;
use crate::threads::Threads;
use crate::{Error, Outcome};
use group::Groups;
use job::{Job, Task};
pub use listener::Listen;
use listener::Listener;

/// Changes that may wait for the writer. At 5,000 a second a full queue is under a second of waiting; what comes on
/// top is told to come back later.
const QUEUE_MAX: usize = 4096;

/// Changes in one commit at the most, so that the first of them does not wait for long.
const GROUP_MAX: usize = 512;

/// The way to the writer's thread.
#[derive(Debug)]
pub(crate) struct Writer {
    /// None once the writer is to stop.
    queue: RwLock<Option<SyncSender<Box<dyn Job>>>>,
    /// Changes that are neither committed nor refused.
    under_way: Arc<AtomicUsize>,
    thread: Mutex<Option<JoinHandle<()>>>,
    listener: Arc<Listener>,
}

impl Writer {
    /// Starts the thread. It lets go of what is to be `held` once it has closed the database.
    pub(crate) fn start<E: Engine + Send + 'static>(
        engine: E,
        held: impl Send + 'static,
        threads: &Threads,
    ) -> Result<Self, Error> {
        let (sender, receiver) = sync_channel(QUEUE_MAX);
        let (listener, under_way) = (Arc::<Listener>::default(), Arc::<AtomicUsize>::default());
        let groups = Groups::new(engine, Arc::clone(&listener), Arc::clone(&under_way));
        let thread = threads.spawn("store-writer", move || {
            work(&receiver, groups);
            drop(held);
        });
        let thread = thread.map_err(|error| Error::Failed(format!("no thread for the writer: {error}")))?;
        Ok(Self { queue: RwLock::new(Some(sender)), under_way, thread: Mutex::new(Some(thread)), listener })
    }

    /// Who is told what is committed from here on, unless somebody is already.
    pub(crate) fn listen(&self, listener: Box<dyn Listen>) {
        self.listener.set(listener);
    }

    /// Enqueues a change. `done` runs on the writer's thread once it is committed, refused or has failed. Errors here and
    /// now, and then `done` never runs: [`Error::Busy`], [`Error::Stopped`].
    pub(crate) fn submit<C>(
        &self,
        change: C,
        done: impl FnOnce(Outcome<C::Answer>) + Send + 'static,
    ) -> Result<(), Error>
    where
        C: Change<Answer: Send> + Send + 'static,
    {
        let job: Box<dyn Job> = Box::new(Task::new(change, done));
        let queue = self.queue.read().unwrap_or_else(PoisonError::into_inner);
        let sender = queue.as_ref().ok_or(Error::Stopped)?;
        // Counted first: the writer may have taken it before this thread goes on.
        self.under_way.fetch_add(1, Ordering::AcqRel);
        sender.try_send(job).map_err(|error| {
            self.under_way.fetch_sub(1, Ordering::AcqRel);
            match error {
                TrySendError::Full(_) => Error::Busy,
                TrySendError::Disconnected(_) => Error::Stopped,
            }
        })
    }

    /// How many changes are neither committed nor refused.
    pub(crate) fn under_way(&self) -> usize {
        self.under_way.load(Ordering::Acquire)
    }

    /// How many changes wait, and how many can.
    pub(crate) fn waiting(&self) -> (usize, usize) {
        (self.under_way().min(QUEUE_MAX), QUEUE_MAX)
    }

    /// Accepts nothing more. The thread ends once it has done what was accepted; who waits for that gets the thread.
    pub(crate) fn stop(&self) -> Option<JoinHandle<()>> {
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

fn work<E: Engine>(queue: &Receiver<Box<dyn Job>>, mut groups: Groups<E>) {
    let mut gathered = Vec::new();
    while let Ok(first) = queue.recv() {
        gathered.push(first);
        gathered.extend(queue.try_iter().take(GROUP_MAX - 1));
        groups.commit(&mut gathered);
    }
    groups.engine.close();
}
