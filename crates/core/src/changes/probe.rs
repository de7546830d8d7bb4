//! Trying out whether anything can be stored.

use smallvec::{SmallVec, smallvec};

use super::change::{Change, Decided, Undecided};
use super::facts::{Facts, Row};
use super::key::Key;

/// A row that is there for this alone counts one up. Answers the count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Probe;

impl Change for Probe {
    type Answer = i64;

    fn keys(&self) -> Vec<Key> {
        vec![Key::Probe]
    }

    fn decide(&self, facts: &Facts, _: u64) -> Result<Decided<i64>, Undecided> {
        let count = facts.probe()? + 1;
        Ok(Decided { answer: count, rows: smallvec![Row::Probe(count)], told: SmallVec::new() })
    }
}
