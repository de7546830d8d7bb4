//! What is to happen, in the order of its time; at the same time, in the order in which it was planned.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use crate::world::World;

/// Something that happens to the world.
pub(crate) type Happening = Box<dyn FnOnce(&mut World)>;

/// What is to happen.
#[derive(Default)]
pub(crate) struct Schedule {
    heap: BinaryHeap<Reverse<Planned>>,
    count: u64,
}

struct Planned {
    at: u64,
    number: u64,
    happening: Happening,
}

impl Schedule {
    /// Plans something for a moment, in milliseconds from the begin of the world.
    pub(crate) fn plan(&mut self, at: u64, happening: Happening) {
        self.count += 1;
        self.heap.push(Reverse(Planned { at, number: self.count, happening }));
    }

    /// Whether everything up to this moment has happened.
    pub(crate) fn is_past(&self, moment: u64) -> bool {
        self.heap.peek().is_none_or(|Reverse(planned)| planned.at > moment)
    }

    /// What happens next, and when.
    pub(crate) fn next(&mut self) -> Option<(u64, Happening)> {
        self.heap.pop().map(|Reverse(planned)| (planned.at, planned.happening))
    }
}

impl Ord for Planned {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

impl PartialOrd for Planned {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Planned {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Eq for Planned {}
