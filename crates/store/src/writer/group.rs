//! Deciding what has gathered by one table of facts, and committing it as one transaction. What cannot be stored together is
//! tried one by one: so a change that cannot be stored never harms the others.

use std::slice;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chatterbox_core::changes::Facts;

use super::chance::Chance;
use super::job::Job;
use super::listener::Listener;
use crate::Error;
use crate::engine::{self, Engine, Failure, Then};

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
        let mut has_looked = false;
        for at in 0..jobs.len() {
            let [job, later @ ..] = &mut jobs[at..] else { break };
            // What is asked of a database far away is asked once for all.
            let later = if has_looked { &[][..] } else { later };
            has_looked |= self.decide(job, later)?;
        }
        self.engine.write(&self.facts)?;
        self.engine.commit()
    }

    /// Decides one change. If anything has to be looked up for it, what later ones say that they need is looked up with it.
    /// Answers whether it was.
    fn decide(&mut self, job: &mut Box<dyn Job>, later: &[Box<dyn Job>]) -> Result<bool, Failure> {
        let random = self.chance.next().map_err(|error| Failure { then: Then::NotNow, error })?;
        let mut has_looked = false;
        let of_later = |facts: &Facts| {
            let keys = later.iter().flat_map(|job| job.keys());
            keys.filter(|key| facts.lacks(key)).collect::<Vec<_>>()
        };
        let decided = engine::decide(
            &mut self.engine,
            &mut self.facts,
            job,
            |job, facts| [job.keys(), of_later(facts)].concat(),
            |job, facts| {
                let decided = job.decide(facts, random);
                has_looked |= decided.is_err();
                decided
            },
        );
        match decided? {
            Some(rows) => self.facts.apply(rows),
            None => {
                tracing::error!("a change asks for more and more");
                job.fail(Error::Failed("the change has a defect".to_owned()));
            }
        }
        Ok(has_looked)
    }
}

fn is_to_be_repeated(settled: &Result<(), Failure>) -> bool {
    matches!(settled, Err(Failure { then: Then::Again, .. }))
}
