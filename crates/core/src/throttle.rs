//! Budgets: how often something may happen for each user or address. Pure arithmetic on moments that are passed in.

use std::collections::HashMap;
use std::hash::Hash;

/// Keys that one throttle remembers. At some 100 bytes each it is bounded to a few MiB, whatever an attacker does.
pub const KEYS_MAX: usize = 50_000;

/// How much may happen at once, and how fast that grows back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// How often in a row.
    pub burst: u32,
    /// Milliseconds after which one more is allowed.
    pub refill_ms: i64,
}

/// What is left of a [`Budget`] for one alone, by the generic cell rate algorithm: one moment.
#[derive(Debug, Clone, Copy, Default)]
pub struct Meter {
    /// When the budget will be whole again.
    whole_at_ms: i64,
}

impl Meter {
    /// Whether one more would be allowed now. If not: the milliseconds after which it is.
    fn check(self, budget: Budget, now_ms: i64) -> Result<(), i64> {
        let wait = self.whole_at_ms + budget.refill_ms - i64::from(budget.burst) * budget.refill_ms - now_ms;
        if wait <= 0 { Ok(()) } else { Err(wait) }
    }

    /// Takes one, whether it is there or not: never more than the whole budget is owed.
    fn charge(&mut self, budget: Budget, now_ms: i64) {
        let whole = i64::from(budget.burst) * budget.refill_ms;
        self.whole_at_ms = (self.whole_at_ms.max(now_ms) + budget.refill_ms).min(now_ms + whole);
    }

    /// Takes one if it is there. If not: the milliseconds after which it is.
    pub fn take(&mut self, budget: Budget, now_ms: i64) -> Result<(), i64> {
        self.check(budget, now_ms)?;
        self.charge(budget, now_ms);
        Ok(())
    }
}

/// What is left of a [`Budget`] for each key: a [`Meter`] a key.
#[derive(Debug)]
pub struct Throttle<K> {
    budget: Budget,
    meters: HashMap<K, Meter>,
    /// When it is next worth while to look for keys that can be forgotten.
    look_at_ms: i64,
}

impl<K: Eq + Hash> Throttle<K> {
    /// A throttle in which every key has its whole budget.
    pub fn new(budget: Budget) -> Self {
        Self { budget, meters: HashMap::new(), look_at_ms: i64::MIN }
    }

    /// Keys that it remembers now: at most [`KEYS_MAX`].
    pub fn keys(&self) -> usize {
        self.meters.len()
    }

    /// Whether one more would be allowed now. If not: the milliseconds after which it is.
    pub fn check(&self, key: &K, now_ms: i64) -> Result<(), i64> {
        let Some(meter) = self.meters.get(key) else {
            return if self.meters.len() < KEYS_MAX { Ok(()) } else { Err(self.budget.refill_ms) };
        };
        meter.check(self.budget, now_ms)
    }

    /// Takes one from the budget, whether it is there or not: never more than the whole of it is owed.
    pub fn charge(&mut self, key: K, now_ms: i64) {
        self.make_room(now_ms);
        if self.meters.len() < KEYS_MAX || self.meters.contains_key(&key) {
            self.meters.entry(key).or_default().charge(self.budget, now_ms);
        }
    }

    /// Takes one from the budget if it is there. If not: the milliseconds after which it is.
    pub fn take(&mut self, key: K, now_ms: i64) -> Result<(), i64> {
        self.make_room(now_ms);
        self.check(&key, now_ms)?;
        self.charge(key, now_ms);
        Ok(())
    }

    /// Forgets the keys whose budgets are whole again, if there are too many; not more often than once a second, because it
    /// looks at all of them.
    fn make_room(&mut self, now_ms: i64) {
        if self.meters.len() >= KEYS_MAX && self.look_at_ms <= now_ms {
            self.look_at_ms = now_ms + 1_000;
            self.meters.retain(|_, meter| meter.whole_at_ms > now_ms);
        }
    }

    /// Gives back one that was taken.
    pub fn refund(&mut self, key: &K) {
        if let Some(meter) = self.meters.get_mut(key) {
            meter.whole_at_ms -= self.budget.refill_ms;
        }
    }

    /// Gives a key its whole budget back.
    pub fn forgive(&mut self, key: &K) {
        self.meters.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BUDGET: Budget = Budget { burst: 5, refill_ms: 1_000 };

    #[test]
    fn a_burst_is_allowed_then_one_at_each_refill() {
        let mut throttle = Throttle::new(BUDGET);
        for _ in 0..5 {
            assert_eq!(throttle.take("ada", 0), Ok(()));
        }
        assert_eq!(throttle.take("ada", 0), Err(1_000));
        assert_eq!(throttle.take("grace", 0), Ok(()));
        assert_eq!(throttle.take("ada", 1_000), Ok(()));
        assert_eq!(throttle.take("ada", 1_001), Err(999));
        throttle.forgive(&"ada");
        assert_eq!(throttle.take("ada", 1_001), Ok(()));
    }

    #[test]
    fn what_is_refunded_can_be_taken_again() {
        let mut throttle = Throttle::new(BUDGET);
        for _ in 0..5 {
            assert_eq!(throttle.take("ada", 0), Ok(()));
        }
        throttle.refund(&"ada");
        throttle.refund(&"grace");
        assert_eq!(throttle.take("ada", 0), Ok(()));
        assert_eq!(throttle.take("ada", 0), Err(1_000));
    }

    #[test]
    fn a_flood_of_keys_is_bounded_and_ends() {
        let mut throttle = Throttle::new(BUDGET);
        for key in 0..2 * KEYS_MAX {
            let _ = throttle.take(key, 0);
        }
        assert_eq!(throttle.meters.len(), KEYS_MAX);
        assert_eq!(throttle.take(usize::MAX, 0), Err(1_000));
        assert_eq!(throttle.take(usize::MAX, 10_000), Ok(()));
        assert_eq!(throttle.check(&3, 10_000), Ok(()));
        assert_eq!(throttle.meters.len(), 1);
    }

    proptest! {
        #[test]
        fn no_window_ever_holds_more_than_burst_and_refills(waits in proptest::collection::vec(0i64..1_500, 1..100)) {
            let mut throttle = Throttle::new(BUDGET);
            let mut now = 0;
            let mut taken = Vec::new();
            for wait in waits {
                now += wait;
                if throttle.take((), now).is_ok() {
                    taken.push(now);
                }
            }
            for (first, start) in taken.iter().enumerate() {
                for (last, end) in taken.iter().enumerate().skip(first) {
                    let allowed = 5 + (end - start) / 1_000;
                    prop_assert!((last - first + 1) as i64 <= allowed);
                }
            }
        }
    }
}
