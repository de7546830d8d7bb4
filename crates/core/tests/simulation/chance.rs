//! All randomness of a run, from its seed.

use std::ops::RangeInclusive;

/// What decides whatever could go one way or another.
#[derive(Debug)]
pub(crate) struct Chance(fastrand::Rng);

impl Chance {
    /// The same seed decides everything in the same way.
    pub(crate) fn new(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }

    pub(crate) fn between(&mut self, range: RangeInclusive<u64>) -> u64 {
        self.0.u64(range)
    }

    /// A length of at least `min` and at most `max`.
    pub(crate) fn length(&mut self, min: usize, max: usize) -> usize {
        self.0.usize(min..=max)
    }

    pub(crate) fn percent(&mut self, likely: u64) -> bool {
        self.0.u64(0..100) < likely
    }

    /// One of these; none if there are none.
    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> Option<T> {
        self.0.choice(from).copied()
    }

    /// Mostly short, at times up to `max`: what comes later overtakes what came earlier.
    pub(crate) fn delay(&mut self, max: u64) -> u64 {
        let most = if self.percent(80) { max / 5 } else { max };
        self.0.u64(0..=most)
    }

    pub(crate) fn bits(&mut self) -> u64 {
        self.0.u64(..)
    }
}
