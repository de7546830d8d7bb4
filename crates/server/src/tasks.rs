//! All that runs beside whoever began it. Nothing runs unless it hangs here: so the server can end when all of it has ended,
//! and goes on for as long only as all of it is well.

use std::io;
use std::sync::Arc;
use std::thread;

use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// What runs in this process, as one handle.
#[derive(Debug, Clone)]
pub(crate) struct Tasks {
    runtime: Handle,
    running: TaskTracker,
    stop: CancellationToken,
    /// The name of what has died and is needed, the first one's.
    dead: Arc<watch::Sender<Option<String>>>,
}

impl Tasks {
    /// On the runtime that this is called from.
    pub(crate) fn new() -> Self {
        let dead = Arc::new(watch::Sender::new(None));
        Self { runtime: Handle::current(), running: TaskTracker::new(), stop: CancellationToken::new(), dead }
    }

    /// Runs what one client has asked for. If it panics, that is the loss of this client alone.
    pub(crate) fn spawn<T: Send + 'static>(&self, task: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
        self.running.spawn_on(task, &self.runtime)
    }

    /// The same for work that takes long and waits for nothing, on a thread that delays nobody else.
    pub(crate) fn spawn_blocking<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
        self.running.spawn_blocking_on(work, &self.runtime)
    }

    /// Runs what everybody needs, until the [`stop`](Self::stop). If it panics, the server ends.
    pub(crate) fn spawn_needed(&self, name: &str, task: impl Future<Output = ()> + Send + 'static) {
        let (needed, stop) = (self.needed(name), self.stop.clone());
        self.spawn(async move {
            let _needed = needed;
            stop.run_until_cancelled(task).await
        });
    }

    /// Runs what everybody needs on a thread of this name. It has to end by itself when the server stops; if it panics, the
    /// server ends. Errors: the system has no more threads.
    pub(crate) fn spawn_thread(&self, name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
        let (needed, running) = (self.needed(name), self.running.token());
        let thread = thread::Builder::new().name(name.to_owned()).spawn(move || {
            // In this order: whoever has waited for the end of all learns how each ended.
            let (_running, _needed) = (running, needed);
            work();
        });
        thread.map(drop)
    }

    fn needed(&self, name: &str) -> TaskGuard {
        TaskGuard { name: name.to_owned(), dead: self.dead.clone() }
    }

    /// Waits until something dies that is needed. Answers its name.
    pub(crate) async fn death(&self) -> String {
        let mut dead = self.dead.subscribe();
        // This handle keeps the channel open.
        let name = dead.wait_for(Option::is_some).await.ok().and_then(|name| name.clone());
        name.unwrap_or_default()
    }

    /// The name of what has died and is needed.
    pub(crate) fn dead(&self) -> Option<String> {
        self.dead.borrow().clone()
    }

    /// Ends the tasks that everybody needs.
    pub(crate) fn stop(&self) {
        self.stop.cancel();
    }

    /// Waits until nothing runs any more.
    pub(crate) async fn end(&self) {
        self.running.close();
        self.running.wait().await;
    }

    /// How many run.
    pub(crate) fn running(&self) -> usize {
        self.running.len()
    }
}

/// Held by what everybody needs, for as long as it runs.
struct TaskGuard {
    name: String,
    dead: Arc<watch::Sender<Option<String>>>,
}

impl Drop for TaskGuard {
    fn drop(&mut self) {
        if thread::panicking() {
            tracing::error!(part = self.name, "what the server needs has died: it ends");
            self.dead.send_if_modified(|dead| {
                let is_first = dead.is_none();
                dead.get_or_insert_with(|| std::mem::take(&mut self.name));
                is_first
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn what_is_needed_and_panics_is_dead_by_its_name() {
        let tasks = Tasks::new();
        tasks.spawn_needed("the first", async { panic!("a defect") });
        assert_eq!(tasks.death().await, "the first");
        tasks.spawn_thread("the second", || panic!("a defect")).unwrap();
        tasks.end().await;
        assert_eq!(tasks.dead().unwrap(), "the first");
        let tasks = Tasks::new();
        tasks.spawn_thread("a thread", || panic!("a defect")).unwrap();
        assert_eq!(tasks.death().await, "a thread");
    }

    #[tokio::test]
    async fn what_ends_by_itself_and_what_one_client_has_asked_for_is_no_death() {
        let tasks = Tasks::new();
        assert!(tasks.spawn(async { panic!("a defect") }).await.unwrap_err().is_panic());
        assert!(tasks.spawn_blocking(|| panic!("a defect")).await.unwrap_err().is_panic());
        tasks.spawn_needed("a task", async {});
        tasks.spawn_thread("a thread", || {}).unwrap();
        tasks.end().await;
        assert_eq!(tasks.dead(), None);
    }

    #[tokio::test]
    async fn the_end_comes_behind_all_that_runs() {
        let tasks = Tasks::new();
        tasks.spawn_needed("for ever", std::future::pending());
        let (asked, is_asked) = tokio::sync::oneshot::channel::<()>();
        tasks.spawn(async move { is_asked.await.is_ok() });
        let (release_work, work) = mpsc::channel::<()>();
        tasks.spawn_blocking(move || work.recv().is_ok());
        let (release_thread, thread) = mpsc::channel::<()>();
        tasks.spawn_thread("a thread", move || while thread.recv().is_ok() {}).unwrap();
        let is_there = async |left| {
            let ends = timeout(Duration::ZERO, tasks.end()).await.is_ok();
            assert_eq!((ends, tasks.running()), (false, left));
        };
        is_there(4).await;
        tasks.stop();
        asked.send(()).unwrap();
        while tasks.running() > 2 {
            tokio::task::yield_now().await;
        }
        is_there(2).await;
        drop((release_work, release_thread));
        tasks.end().await;
        assert_eq!(tasks.running(), 0);
    }
}
