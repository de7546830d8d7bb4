//! How much is said: what happens a thousand times a second, because a disk is full or a stranger wishes so, is told a few
//! times and then counted.

use std::collections::HashMap;
use std::time::Instant;

use chatterbox_core::throttle::{Budget, Meter};
use parking_lot::Mutex;
use tracing::callsite::Identifier;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

/// Lines of one kind: enough to see what goes on, and one a second of it for as long as it does.
const LINES: Budget = Budget { burst: 30, refill_ms: 1_000 };

/// The target of the lines that tell of others, which are as rare as the lines they stand before.
const LEFT_OUT: &str = "chatterbox::left_out";

/// A layer that lets so many lines of each place in the program pass. What is said to those who look for defects passes
/// always.
#[derive(Debug)]
pub(crate) struct LineBudget {
    started: Instant,
    /// One for each place in the program that says something.
    kinds: Mutex<HashMap<Identifier, LineKind>>,
}

#[derive(Debug, Default)]
struct LineKind {
    meter: Meter,
    left_out: u64,
}

impl LineBudget {
    pub(crate) fn new() -> Self {
        Self { started: Instant::now(), kinds: Mutex::default() }
    }

    /// Whether one more line of this kind may be said, and how many were left out before it.
    fn take(&self, kind: Identifier, now_ms: i64) -> Option<u64> {
        let mut kinds = self.kinds.lock();
        let kind = kinds.entry(kind).or_default();
        if kind.meter.take(LINES, now_ms).is_err() {
            kind.left_out += 1;
            return None;
        }
        Some(std::mem::take(&mut kind.left_out))
    }
}

impl<S: Subscriber> Layer<S> for LineBudget {
    fn event_enabled(&self, event: &Event<'_>, _: Context<'_, S>) -> bool {
        let metadata = event.metadata();
        if *metadata.level() > Level::INFO || metadata.target() == LEFT_OUT {
            return true;
        }
        let now_ms = i64::try_from(self.started.elapsed().as_millis()).unwrap_or(i64::MAX);
        let Some(left_out) = self.take(metadata.callsite(), now_ms) else { return false };
        if left_out > 0 {
            tracing::warn!(target: LEFT_OUT, lines = left_out, "lines like the next one were left out");
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use tracing::callsite::Callsite;
    use tracing::{Metadata, subscriber::Interest};

    use super::*;

    /// Not empty, so that each has an address of its own.
    struct Place(#[expect(dead_code, reason = "Its address is what counts.")] u8);

    impl Callsite for Place {
        fn set_interest(&self, _: Interest) {}

        fn metadata(&self) -> &Metadata<'_> {
            unreachable!("nobody asks")
        }
    }

    #[test]
    fn a_flood_of_one_kind_is_told_a_few_times_and_then_counted() {
        static PLACES: [Place; 2] = [Place(0), Place(1)];
        let budget = LineBudget::new();
        let [flood, other] = [&PLACES[0], &PLACES[1]].map(|place| Identifier(place));
        let passed = (0..1_000).filter(|_| budget.take(flood.clone(), 0).is_some()).count();
        assert_eq!(passed, 30);
        assert_eq!(budget.take(other, 0), Some(0));
        assert_eq!(budget.take(flood.clone(), 1_000), Some(970));
        assert_eq!(budget.take(flood, 1_999), None);
    }
}
