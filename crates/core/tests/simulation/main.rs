//! Years of reconnects, crashes, lost packets and slow readers, in seconds: clients with the SDK's state, nodes with
//! `core`'s shards, and a store that tells the truth, driven by one seed. The same seed is the same run.
//!
//! `CHATTERBOX_SEED=7` replays one run and prints what happens in it; `CHATTERBOX_SEEDS=10000` runs that many.

mod chance;
mod client;
mod ledger;
mod link;
mod mishaps;
mod node;
mod plan;
mod schedule;
mod seeds;
mod settling;
mod store;
mod world;
