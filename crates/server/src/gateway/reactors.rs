//! The reactors of a process, from before they run.

use std::sync::Arc;

use mio::Poll;

use super::reactor::{Reactor, WAKER};
use crate::app::App;
use crate::hub::Hub;
use crate::hub::inbox::Inbox;

/// Cores that have no reactor: the store's writer needs one. With as many reactors as cores, they, the writer and the kernel's
/// wake-ups of all of them are in each other's way, and everything takes longer.
const CORES_LEFT: usize = 1;

/// The reactors before they run.
#[derive(Debug)]
pub(crate) struct Reactors {
    polls: Vec<(Poll, Arc<Inbox>)>,
}

impl Reactors {
    /// One for each core but [`CORES_LEFT`]. Errors: the system has no more of what they need.
    pub(crate) fn new() -> std::io::Result<Self> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let count = cores.saturating_sub(CORES_LEFT).max(1);
        let make = |_| {
            let poll = Poll::new()?;
            let inbox = Inbox::new(mio::Waker::new(poll.registry(), WAKER)?);
            Ok((poll, Arc::new(inbox)))
        };
        Ok(Self { polls: (0..count).map(make).collect::<std::io::Result<_>>()? })
    }

    /// The hub that these reactors have in common. Errors: storage does not answer.
    pub(crate) async fn hub(&self, store: chatterbox_store::Store) -> Result<Arc<Hub>, chatterbox_store::Error> {
        Hub::load(store, self.polls.iter().map(|(_, inbox)| inbox.clone()).collect()).await
    }

    /// Starts a thread for each. They run until the hub stops them. Errors: there are no more threads.
    pub(crate) fn start(self, app: &Arc<App>) -> std::io::Result<()> {
        for (number, (poll, inbox)) in self.polls.into_iter().enumerate() {
            let (tasks, app) = (app.tasks.clone(), app.clone());
            tasks.spawn_thread(&format!("reactor-{number}"), move || Reactor::new(app, poll, inbox, number).run())?;
        }
        Ok(())
    }
}
