//! When what has happened in rooms is told. Telling it at once is quickest; telling several changes together is cheapest,
//! because each listener gets them in one write. So what has happened waits only while more is known to be on its way, and
//! only in proportion to what a telling costs: where telling is cheap, or nothing else is said, nobody waits.

use std::time::{Duration, Instant};

/// What has happened may wait for so many times as long as the last telling took: however much is said, telling takes
/// little more than a ninth of the time.
const WAITING_SHARE: u32 = 8;

/// Nobody waits longer for what has happened, however many listen.
const WAITING_MAX: Duration = Duration::from_millis(20);

/// The rhythm of one core's tellings.
#[derive(Debug, Default)]
pub struct Tellings {
    /// What the last one took.
    took: Duration,
    /// Since when something waits to be told.
    waits_since: Option<Instant>,
}

impl Tellings {
    /// There is something to be told.
    pub fn has_news(&mut self, now: Instant) {
        self.waits_since.get_or_insert(now);
    }

    /// How long what there is may still wait: not at all, unless more is on its way that could be told together with it.
    pub fn patience(&self, now: Instant, is_more_coming: bool) -> Duration {
        let until = self.waits_since.map(|since| since + (self.took * WAITING_SHARE).min(WAITING_MAX));
        until.filter(|_| is_more_coming).map_or(Duration::ZERO, |until| until.saturating_duration_since(now))
    }

    /// Everything was told, which took from one moment to another.
    pub fn told(&mut self, began: Instant, ended: Instant) {
        self.took = ended.saturating_duration_since(began);
        self.waits_since = None;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn after(took: Duration, now: Instant) -> Tellings {
        let mut tellings = Tellings::default();
        tellings.told(now, now + took);
        tellings.has_news(now);
        tellings
    }

    #[test]
    fn nothing_waits_unless_more_is_on_its_way() {
        let now = Instant::now();
        assert_eq!(after(MS, now).patience(now, false), Duration::ZERO);
        assert_eq!(after(MS, now).patience(now, true), 8 * MS);
        assert_eq!(after(Duration::ZERO, now).patience(now, true), Duration::ZERO);
    }

    proptest! {
        #[test]
        fn what_waits_is_told_in_time_however_much_comes(
            took_us in 0u64..1_000_000, news in proptest::collection::vec(0u64..30_000, 1..20), looked_us in 0u64..50_000,
        ) {
            let (now, took) = (Instant::now(), Duration::from_micros(took_us));
            let mut tellings = after(took, now);
            for later in news {
                tellings.has_news(now + Duration::from_micros(later));
            }
            let looked = Duration::from_micros(looked_us);
            let patience = tellings.patience(now + looked, true);
            prop_assert_eq!(patience, (took * 8).min(20 * MS).saturating_sub(looked));
        }
    }
}
