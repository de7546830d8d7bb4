//! How long to wait before the next try to connect. The randomness is passed in.

use std::time::Duration;

/// The first wait is anything up to this, so that the clients of a restarted server do not all come at once.
const FIRST_MS: u64 = 5_000;

/// No wait is longer than this: nobody should look at a dead page for more than a minute after the server is back.
const LONGEST_MS: u64 = 60_000;

/// Full jitter: a random wait up to a bound that doubles with each failure.
#[derive(Debug, Clone, Default)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// The wait before the next try. `random` is any number, evenly distributed.
    pub fn next(&mut self, random: u64) -> Duration {
        let bound = FIRST_MS.saturating_mul(1 << self.failures.min(16)).min(LONGEST_MS);
        self.failures += 1;
        Duration::from_millis(random % (bound + 1))
    }

    /// A try has succeeded: the next wait is a first one again.
    pub fn succeeded(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_minute_and_start_over_after_a_success() {
        let mut backoff = Backoff::default();
        let longest: Vec<_> = [5_000, 10_000, 20_000, 40_000, 60_000, 60_000]
            .into_iter()
            .map(|bound| (backoff.next(bound), Duration::from_millis(bound)))
            .collect();
        assert!(longest.iter().all(|(wait, bound)| wait == bound), "{longest:?}");
        backoff.succeeded();
        assert_eq!(backoff.next(5_001), Duration::ZERO);
    }
}
