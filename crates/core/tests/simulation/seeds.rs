//! Runs from seeds, on all cores, and which of them broke a promise.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::world::World;

/// Runs in a test, unless `CHATTERBOX_SEEDS` says otherwise.
const SEEDS: u64 = 300;

/// Failures that are shown. They tend to be the same one.
const SHOWN: usize = 5;

/// Changes in a run, of all rooms together and on average, without which it shows nothing.
const CHANGES_MIN: u64 = 100;

thread_local! {
    /// What the last panic of a thread that runs seeds said, and where.
    static LAST: RefCell<Option<String>> = const { RefCell::new(None) };
}

fn number(variable: &str) -> Option<u64> {
    let value = std::env::var(variable).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("{variable} must be a number")))
}

/// How many changes a run has made, or why it failed.
fn outcome(seed: u64) -> Result<u64, String> {
    LAST.set(Some(String::new()));
    catch_unwind(AssertUnwindSafe(|| World::new(seed, false).run())).map_err(|_| LAST.take().unwrap_or_default())
}

/// Runs all seeds below a number; tells which failed, and why, and how many changes the others have made.
fn outcomes(seeds: u64) -> (Vec<(u64, String)>, u64) {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if LAST.with_borrow(Option::is_some) { LAST.set(Some(panic.to_string())) } else { usual(panic) }
    }));
    let (next, made, failed) = (AtomicU64::new(0), AtomicU64::new(0), Mutex::new(Vec::new()));
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds {
                break;
            }
            match outcome(seed) {
                Ok(changes) => drop(made.fetch_add(changes, Ordering::Relaxed)),
                Err(why) => failed.lock().unwrap_or_else(PoisonError::into_inner).push((seed, why)),
            }
        }
    };
    let cores = std::thread::available_parallelism().map_or(1, Into::into);
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(work);
        }
    });
    let mut failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
    failed.sort();
    (failed, made.into_inner())
}

#[test]
fn a9_whatever_fails_every_client_ends_with_what_is_stored() {
    if let Some(seed) = number("CHATTERBOX_SEED") {
        World::new(seed, true).run();
        return;
    }
    let seeds = number("CHATTERBOX_SEEDS").unwrap_or(SEEDS);
    let (failed, made) = outcomes(seeds);
    for (seed, why) in failed.iter().take(SHOWN) {
        eprintln!("seed {seed}: {why}");
        eprintln!("replay: CHATTERBOX_SEED={seed} cargo test -p chatterbox-core --test simulation -- --nocapture\n");
    }
    let numbers: Vec<u64> = failed.iter().map(|(seed, _)| *seed).collect();
    assert!(numbers.is_empty(), "{} of {seeds} seeds failed: {numbers:?}", numbers.len());
    // Where nobody gets a word in, nothing can go wrong either.
    assert!(made / seeds >= CHANGES_MIN, "{made} changes in {seeds} runs are no life");
}

#[test]
fn a9_the_same_seed_is_the_same_run() {
    let fingerprint = |seed| {
        let mut world = World::new(seed, false);
        world.run();
        world.fingerprint()
    };
    for seed in 1_000_000..1_000_004 {
        assert_eq!(fingerprint(seed), fingerprint(seed), "seed {seed} does not replay");
    }
}
