//! The stage on which every test of the whole system plays: a real server process, people, and their sockets. Nothing
//! here sleeps to wait for something; it waits for the thing itself, for as long as [`PATIENCE`].

use std::time::Duration;

pub(crate) mod answer;
pub(crate) mod checker;
pub(crate) mod database;
pub(crate) mod disk;
pub(crate) mod doors;
pub(crate) mod memory;
pub(crate) mod raw;
pub(crate) mod server;
pub(crate) mod socket;
pub(crate) mod user;

pub(crate) use answer::{Answer, Asks};
pub(crate) use server::{Plan, Server};
pub(crate) use socket::Socket;
pub(crate) use user::{PASSWORD, User};

/// How long anything may take that should come at once. Long, because a loaded machine is no defect.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// The largest whole number that JavaScript holds exactly: the largest id there can be.
pub(crate) const ID_MAX: u64 = (1 << 53) - 1;

/// Waits for something, but not for ever.
pub(crate) async fn within<T>(what: &str, work: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(done) => done,
        Err(_) => panic!("waited in vain for {what}"),
    }
}

/// A number that replays a test: from `CHATTERBOX_SEED`, or new. It is printed, so that a failure shows it.
pub(crate) fn seed() -> u64 {
    let seed = std::env::var("CHATTERBOX_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| fastrand::u64(..1_000_000_000));
    println!("CHATTERBOX_SEED={seed} replays this");
    seed
}

/// Says, where nobody can overlook it, that something could not be tested here.
pub(crate) fn skip(test: &str, reason: &str) {
    eprintln!("\n    SKIPPED: {test}: {reason}\n");
}

/// Whether this is a time as the wire writes it: RFC 3339, in UTC, with milliseconds.
pub(crate) fn is_time(value: &serde_json::Value) -> bool {
    let Some(text) = value.as_str() else { return false };
    let pattern = "dddd-dd-ddTdd:dd:dd.dddZ";
    text.len() == pattern.len()
        && text.bytes().zip(pattern.bytes()).all(|(byte, wanted)| match wanted {
            b'd' => byte.is_ascii_digit(),
            wanted => byte == wanted,
        })
}
