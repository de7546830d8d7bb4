//! The store's own threads: each is joined at the end of the store, and one that dies is missed.

use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use tokio::sync::watch;

/// Begins threads, and tells of the first that has died.
#[derive(Debug, Clone)]
pub(crate) struct Threads {
    dead: Arc<watch::Sender<Option<&'static str>>>,
}

impl Threads {
    pub(crate) fn new() -> Self {
        Self { dead: Arc::new(watch::Sender::new(None)) }
    }

    /// Runs this on a thread of this name. Whoever begins it has to join it. Errors: the system has no more threads.
    pub(crate) fn spawn(&self, name: &'static str, work: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
        let needed = Needed { name, dead: Arc::clone(&self.dead) };
        thread::Builder::new().name(name.to_owned()).spawn(move || {
            let _needed = needed;
            work();
        })
    }

    /// Waits until a thread dies by a defect. Answers its name.
    pub(crate) async fn death(&self) -> &'static str {
        let mut dead = self.dead.subscribe();
        // This handle keeps the channel open.
        dead.wait_for(Option::is_some).await.ok().and_then(|name| *name).unwrap_or_default()
    }
}

/// Held by a thread for as long as it runs.
struct Needed {
    name: &'static str,
    dead: Arc<watch::Sender<Option<&'static str>>>,
}

impl Drop for Needed {
    fn drop(&mut self) {
        if thread::panicking() {
            tracing::error!(thread = self.name, "a thread of the store has died");
            self.dead.send_if_modified(|dead| dead.replace(self.name).is_none());
        }
    }
}
