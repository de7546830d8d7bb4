//! Whether storage works, for everybody who asks: a look writes to the disk, so there is one at a time, and it serves all who
//! ask soon after it.

use std::time::{Duration, Instant};

use chatterbox_store::{Error, Store};
use parking_lot::Mutex;
use tokio::sync::watch;

use crate::tasks::Tasks;

/// How old a look may be that answers a question, if limits are on.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// The latest look.
#[derive(Debug)]
pub(crate) struct Readiness {
    interval: Duration,
    latest: Mutex<Option<Look>>,
}

#[derive(Debug)]
struct Look {
    began: Instant,
    /// What came of it, once that is known.
    outcome: watch::Receiver<Option<Result<(), Error>>>,
}

impl Readiness {
    /// With limits, a look is made once a second at the most; without them, whoever asks waits for one that begins later.
    pub(crate) fn new(is_limited: bool) -> Self {
        let interval = if is_limited { LOOK_INTERVAL } else { Duration::ZERO };
        Self { interval, latest: Mutex::default() }
    }

    /// Whether a write and a read have just succeeded. Errors: why not.
    pub(crate) async fn ask(&self, store: &Store, tasks: &Tasks) -> Result<(), Error> {
        let asked = Instant::now();
        loop {
            let (is_new_enough, mut outcome) = self.join(asked, store, tasks);
            // A look that ends without a word has failed.
            let outcome = outcome.wait_for(Option::is_some).await.ok().and_then(|outcome| outcome.clone());
            if is_new_enough {
                return outcome.unwrap_or_else(|| Err(Error::Failed("the look at the storage did not end".to_owned())));
            }
        }
    }

    /// The look that is under way, or that answers who asks now; otherwise begins one, which goes on if nobody waits for it.
    fn join(&self, asked: Instant, store: &Store, tasks: &Tasks) -> (bool, watch::Receiver<Option<Result<(), Error>>>) {
        let mut latest = self.latest.lock();
        if let Some(look) = &*latest {
            let is_new_enough = asked <= look.began + self.interval;
            let is_under_way = look.outcome.borrow().is_none() && look.outcome.has_changed().is_ok();
            if is_new_enough || is_under_way {
                return (is_new_enough, look.outcome.clone());
            }
        }
        let (told, outcome) = watch::channel(None);
        let (store, began) = (store.clone(), Instant::now());
        tasks.spawn(async move { told.send(Some(store.probe().await)) });
        *latest = Some(Look { began, outcome: outcome.clone() });
        (true, outcome)
    }
}
