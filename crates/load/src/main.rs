//! `chatterbox-load`: how fast the server is, beside a bare program that does nothing but what the kernel makes it do.
//!
//! `bench` runs every workload against the release server and against [`limit`], in the same run and on the same
//! machine, and prints what each message takes as a ratio of the two, in time and in processor time. While it loads it checks
//! that every receiver gets every message once and in order.

mod accounts;
mod audience;
mod bench;
mod big_house;
mod crowds;
mod entrance;
mod frames;
mod generator;
mod handshake;
mod herd;
mod limit;
mod many_rooms;
mod process;
mod report;
mod rooms;
mod under;

use std::path::PathBuf;

use clap::Parser;

/// Measures a ChatterBox server on this machine.
#[derive(Debug, Parser)]
#[command(version)]
struct CommandLine {
    #[command(subcommand)]
    command: Subcommand,
}

#[derive(Debug, clap::Subcommand)]
enum Subcommand {
    /// Run all workloads and print the table.
    Bench {
        /// The server program.
        #[arg(long, default_value = "target/release/chatterbox")]
        server: PathBuf,
        /// Seconds to measure each workload for.
        #[arg(long, default_value_t = 5)]
        seconds: u64,
        /// How often to run everything; of several runs the table has the median and the range.
        #[arg(long, default_value_t = 1)]
        runs: usize,
        /// Where to write the figures as JSON.
        #[arg(long, default_value = "target/bench.json")]
        json: PathBuf,
        /// Only workloads whose name contains this.
        #[arg(long, default_value = "")]
        only: String,
    },
    /// The bare program: writes a ready frame to every socket for each frame that it gets.
    Limit {
        /// Store each frame in this SQLite database first: one commit for all that has gathered, which waits for the disk.
        #[arg(long)]
        store: Option<PathBuf>,
        /// Show whoever connects so many messages at once.
        #[arg(long, default_value_t = 0)]
        page: usize,
    },
}

fn main() -> anyhow::Result<()> {
    match CommandLine::parse().command {
        Subcommand::Bench { server, seconds, runs, json, only } => bench::run(&server, seconds, runs, &json, &only),
        Subcommand::Limit { store, page } => limit::run(store.as_deref(), page),
    }
}
