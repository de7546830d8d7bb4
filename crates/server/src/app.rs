//! What every request and every socket shares.

use std::sync::Arc;
use std::time::Instant;

use chatterbox_store::Store;

use crate::config::Config;
use crate::hub::Hub;
use crate::last_words::LastWords;
use crate::listener::Descriptors;
use crate::passwords::Passwords;
use crate::pictures::Pictures;
use crate::readiness::Readiness;
use crate::tasks::Tasks;
use crate::throttle::Throttles;

/// The parts of a running server. One lives as long as the process; handlers hold references.
#[derive(Debug)]
pub struct App {
    pub(crate) store: Store,
    pub(crate) hub: Arc<Hub>,
    pub(crate) config: Config,
    pub(crate) tasks: Tasks,
    pub(crate) passwords: Passwords,
    pub(crate) pictures: Pictures,
    pub(crate) readiness: Readiness,
    pub(crate) throttles: Throttles,
    pub(crate) descriptors: Descriptors,
    pub(crate) last_words: LastWords,
    started: Instant,
}

impl App {
    /// Puts the parts together, on the runtime that this is called from.
    pub(crate) fn new(config: Config, store: Store, hub: Arc<Hub>) -> Arc<Self> {
        let tasks = Tasks::new();
        Arc::new(Self {
            hub,
            passwords: Passwords::new(config.rate_limits, &tasks),
            pictures: Pictures::new(config.rate_limits, &tasks),
            readiness: Readiness::new(config.rate_limits),
            tasks,
            throttles: Throttles::new(config.rate_limits),
            descriptors: Descriptors::new(config.rate_limits),
            last_words: LastWords::new(&config),
            store,
            config,
            started: Instant::now(),
        })
    }

    /// Milliseconds since the server began. Never goes back, whatever happens to the clock on the wall.
    pub(crate) fn uptime_ms(&self) -> i64 {
        i64::try_from(self.started.elapsed().as_millis()).unwrap_or(i64::MAX)
    }

    /// Milliseconds after which a client is to reconnect to a server that restarts: spread, so that they do not all
    /// come at once; the more there are, the wider.
    pub(crate) fn reconnect_after_ms(&self) -> u64 {
        let spread_ms = (500 + self.hub.connections() as u64).min(5_000);
        getrandom::u64().map_or(spread_ms, |random| random % spread_ms)
    }
}
