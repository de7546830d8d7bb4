//! The seam to a database: all that the writer asks of one.

use chatterbox_core::changes::{Facts, Key, Missing, ROUNDS_MAX};

use crate::Error;

/// A database, as the one who writes to it sees it.
pub(crate) trait Engine {
    /// Begins a transaction in which nobody else writes. Whatever somebody else may have changed since the last one is
    /// forgotten from the facts.
    fn begin(&mut self, facts: &mut Facts) -> Result<(), Failure>;

    /// Looks up those of these that are not known, as they are in the transaction, what was written in it included.
    fn look(&mut self, keys: &[Key], facts: &mut Facts) -> Result<(), Failure>;

    /// Writes what has changed in the facts: each row once.
    fn write(&mut self, facts: &Facts) -> Result<(), Failure>;

    /// Ends the transaction. After that it is on the disk.
    fn commit(&mut self) -> Result<(), Failure>;

    /// Undoes the transaction, if there is one.
    fn roll_back(&mut self);

    /// A group of changes is decided, so many of which could not be stored. They are not answered yet.
    fn has_decided(&mut self, failed: usize);

    /// They are answered: what can wait may be done.
    fn has_answered(&mut self);

    /// Nothing more is to be written.
    fn close(self);
}

/// A database did not do what it was asked.
#[derive(Debug)]
pub(crate) struct Failure {
    /// What to do about it.
    pub(crate) then: Then,
    /// What to tell whoever wanted it.
    pub(crate) error: Error,
}

/// What to do after a failure. In every case nothing of the transaction is known to have happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    /// What was presumed is not so, or one change cannot be stored: to be looked up and decided again.
    Again,
    /// Nobody knows whether it was committed.
    InDoubt,
    /// Not as long as it is like this: the disk is full, or somebody else holds the database.
    NotNow,
    /// Never again until a restart.
    Never,
}

/// Has a rule decide by facts, which are looked up as it asks for them: with the first one, all that `keys` names. None if it
/// asks more often than a rule may.
pub(crate) fn decide<E: Engine, S: ?Sized, T>(
    engine: &mut E,
    facts: &mut Facts,
    change: &mut S,
    keys: impl Fn(&S, &Facts) -> Vec<Key>,
    mut rule: impl FnMut(&mut S, &Facts) -> Result<T, Missing>,
) -> Result<Option<T>, Failure> {
    for round in 0..=ROUNDS_MAX {
        let mut asked = match rule(change, facts) {
            Ok(decided) => return Ok(Some(decided)),
            Err(Missing(asked)) => asked.into_vec(),
        };
        if round == 0 {
            asked.extend(keys(change, facts));
        }
        engine.look(&asked, facts)?;
    }
    Ok(None)
}
