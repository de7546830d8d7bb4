//! The tree itself: who may know whom, what is written at the head of a file, and what must not go stale.

#![expect(clippy::unwrap_used, reason = "In a test's helpers a panic is a failed test, too.")]

mod circles;
mod doubles;
mod files;
mod map;
mod sources;
mod spawns;
mod walls;

use std::path::{Path, PathBuf};

/// The root of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}
