//! Pictures: what people send becomes a small square of one format, on a thread of its own, one at a time.

mod square;

use std::time::Duration;

use bytes::Bytes;
use chatterbox_protocol::errors::{ErrorCode, Refusal};

use crate::queue::{Queue, QueueSlot};
use crate::tasks::Tasks;
use crate::throttle::Network;

/// Pictures that arrive, wait or are decoded. Each has up to 8 MiB, so they are few.
const QUEUE_MAX: usize = 6;

/// One network holds at most one of so many parts of them.
const NETWORK_SHARE: usize = 2;

/// How long somebody waits for theirs. The largest takes a second or two.
const PATIENCE: Duration = Duration::from_secs(20);

const IS_FULL: &str = "Too many pictures are coming in at this moment. Try again in a few seconds.";

/// Makes pictures of what people send.
#[derive(Debug)]
pub(crate) struct Pictures {
    queue: Queue,
}

impl Pictures {
    /// With limits, no network holds more than its share of the slots. One is decoded at a time, so that the memory of one is
    /// all that this takes.
    pub(crate) fn new(has_limits: bool, tasks: &Tasks) -> Self {
        let share = if has_limits { QUEUE_MAX / NETWORK_SHARE } else { QUEUE_MAX };
        Self { queue: Queue::new(IS_FULL, 1, QUEUE_MAX, share, tasks.clone()) }
    }

    /// A slot, to be taken before anything of a picture is read. Refuses if there is none.
    pub(crate) fn slot(&self, network: Network) -> Result<QueueSlot<'_>, Refusal> {
        self.queue.slot(network)
    }

    /// How many slots are taken, and how many there are.
    pub(crate) fn waiting(&self) -> (usize, usize) {
        self.queue.taken()
    }
}

impl QueueSlot<'_> {
    /// The picture that these bytes are. Refuses what is none, or more than is decoded.
    pub(crate) async fn picture_of(&self, bytes: Bytes) -> Result<Vec<u8>, Refusal> {
        let made = tokio::time::timeout(PATIENCE, self.run(move || square::make(&bytes))).await;
        made.map_err(|_| Refusal::new(ErrorCode::Overloaded, IS_FULL).retry_after(20))??
    }
}
