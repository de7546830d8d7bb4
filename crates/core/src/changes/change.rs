//! What a change is, and what comes of one.

use smallvec::SmallVec;

use super::facts::{Facts, Row};
use super::key::{Key, Missing};
use super::refused::Refused;
use super::told::Told;

/// One change. It is decided inside the transaction that makes it, perhaps more than once.
pub trait Change {
    /// What whoever wants it is told once it is committed.
    type Answer;

    /// What it needs to know first. What it learns may name more: there are [`ROUNDS_MAX`] rounds at the most.
    fn keys(&self) -> Vec<Key>;

    /// Decides by what is known. `random` is another number for each change.
    fn decide(&self, facts: &Facts, random: u64) -> Result<Decided<Self::Answer>, Undecided>;
}

/// How often at the most facts are looked up for one change: those that it names, and those that these lead to.
pub const ROUNDS_MAX: usize = 2;

/// What a change comes to.
#[derive(Clone, PartialEq, Eq)]
pub struct Decided<T> {
    /// What is said to whoever wants it.
    pub answer: T,
    /// What becomes of rows.
    pub rows: SmallVec<[Row; 2]>,
    /// What is said to others.
    pub told: SmallVec<[Told; 1]>,
}

impl<T> Decided<T> {
    /// It is so already.
    pub(super) fn nothing(answer: T) -> Self {
        Self { answer, rows: SmallVec::new(), told: SmallVec::new() }
    }

    /// And this as well.
    pub(super) fn extend(&mut self, more: Decided<()>) {
        self.rows.extend(more.rows);
        self.told.extend(more.told);
    }
}

/// Why a change is not decided.
#[derive(Clone, PartialEq, Eq)]
pub enum Undecided {
    /// This has to be looked up first.
    Missing(Missing),
    /// A rule says no.
    Refused(Refused),
}

impl From<Missing> for Undecided {
    fn from(missing: Missing) -> Self {
        Self::Missing(missing)
    }
}

impl From<Refused> for Undecided {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}
