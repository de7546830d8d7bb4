//! Durability: a real server, killed at random moments under load, and what it must hold afterwards.
//!
//! `CHATTERBOX_ROUNDS` says how often it is killed, `CHATTERBOX_SEED` replays a run.

#![expect(clippy::unwrap_used, reason = "In a test's helpers a panic is a failed test, too.")]

#[path = "../harness/harness.rs"]
#[expect(dead_code, reason = "The stage is the contract's, too; not every play uses all of it.")]
mod harness;

mod backups;
mod belonging;
mod calls;
mod damaged;
mod disk;
mod dying;
mod failing;
mod full;
mod killed;
mod power;
mod readers;
mod refusing;
mod replaced;
mod starting;
mod stopping;
mod strace;
mod synced;
mod tail;
mod talker;

/// Asks how far the log of the only room goes: as far as its newest message, or as far as its row says if that is further.
pub(crate) const LAST_SEQ: &str = "SELECT max(seq_floor, (SELECT coalesce(max(seq), 0) FROM messages)) FROM rooms";
