//! Deciding what has gathered by one table of facts, and committing it as one transaction. What cannot be stored together is
//! tried one by one: so a change that cannot be stored never harms the others.

use std::slice;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chatterbox_core::changes::{Facts, ROUNDS_MAX};

use super::chance::Chance;
use super::job::Job;
use super::listener::Listener;
use crate::Error;
use crate::engine::{Engine, Failure, Then};

/// Commits groups of changes, one after the other.
pub(super) struct Groups<E> {
    pub(super) engine: E,
    facts: Facts,
    chance: Chance,
    listener: Arc<Listener>,
    /// Changes that are neither committed nor refused.
    under_way: Arc<AtomicUsize>,
}

/// What is taken for granted of nonces that nobody has looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Nonces {
    /// They are free. If not, writing them fails.
    PresumedFree,
    /// Nothing.
    LookedUp,
}

impl<E: Engine> Groups<E> {
    pub(super) fn new(engine: E, listener: Arc<Listener>, under_way: Arc<AtomicUsize>) -> Self {
        Self { engine, facts: Facts::unknown(), chance: Chance::new(), listener, under_way }
    }

    /// Decides the changes, commits, and answers them in order.
    pub(super) fn commit(&mut self, gathered: &mut Vec<Box<dyn Job>>) {
        self.settle(gathered);
        self.engine.has_decided(gathered.iter().filter(|job| job.has_failed()).count());
        let left = self.under_way.fetch_sub(gathered.len(), Ordering::AcqRel) - gathered.len();
        for job in gathered.drain(..) {
            job.finish(&self.listener);
        }
        self.listener.committed(left);
        self.engine.has_answered();
    }

    fn settle(&mut self, jobs: &mut [Box<dyn Job>]) {
        let mut settled = self.transact(jobs, Nonces::PresumedFree);
        if is_to_be_repeated(&settled) {
            settled = self.transact(jobs, Nonces::LookedUp);
        }
        let Err(failure) = settled else { return };
        if failure.then != Then::Again {
            return jobs.iter_mut().for_each(|job| job.fail(failure.error.clone()));
        }
        for job in jobs {
            if let Err(failure) = self.transact(slice::from_mut(job), Nonces::LookedUp) {
                if failure.then == Then::Again {
                    tracing::warn!(error = %failure.error, "a change cannot be stored");
                }
                job.fail(failure.error);
            }
        }
    }

    /// One transaction. If it fails, none of it has happened.
    fn transact(&mut self, jobs: &mut [Box<dyn Job>], nonces: Nonces) -> Result<(), Failure> {
        self.facts.presume_nonces_free(nonces == Nonces::PresumedFree);
        let committed = self.try_transact(jobs);
        match committed {
            Ok(()) => self.facts.is_committed(),
            Err(_) => {
                self.facts.forget();
                self.engine.roll_back();
            }
        }
        committed
    }

    fn try_transact(&mut self, jobs: &mut [Box<dyn Job>]) -> Result<(), Failure> {
        self.engine.begin(&mut self.facts)?;
        for job in jobs {
            self.decide(job.as_mut())?;
        }
        self.engine.write(&self.facts)?;
        self.engine.commit()
    }

    fn decide(&mut self, job: &mut dyn Job) -> Result<(), Failure> {
        let random = self.chance.next().map_err(|error| Failure { then: Then::NotNow, error })?;
        let mut keys = Vec::new();
        for round in 0..=ROUNDS_MAX {
            match job.decide(&self.facts, random) {
                Ok(rows) => {
                    self.facts.apply(rows);
                    return Ok(());
                }
                Err(missing) => keys.extend(missing.0),
            }
            if round == 0 {
                keys.extend(job.keys());
            }
            keys.retain(|key| !self.facts.knows(key));
            self.engine.look(&keys, &mut self.facts)?;
            keys.clear();
        }
        tracing::error!("a change asks for more and more");
        job.fail(Error::Failed("the change has a defect".to_owned()));
        Ok(())
    }
}

fn is_to_be_repeated(settled: &Result<(), Failure>) -> bool {
    matches!(settled, Err(Failure { then: Then::Again, .. }))
}
