//! What the program says of itself on standard error: for people on a terminal, JSON lines otherwise. Never a password, a token, an address of mail or network, or
//! the text of a message.
//!
//! Whoever has something to say never waits for whoever reads it: a thread of its own writes the lines, and what finds
//! no place in its queue is lost and counted.

use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;
use std::panic::PanicHookInfo;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context;
use tracing_appender::non_blocking::{ErrorCounter, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use self::budget::LineBudget;
pub(crate) use self::filter::Filter;
use crate::console;

mod budget;
mod filter;

/// Lines that may wait for whoever reads them: the talk of some minutes, in a few MiB at the most.
const QUEUE_MAX: usize = 4_096;

/// Counts the lines that found no place in the queue.
static UNQUEUED: OnceLock<ErrorCounter> = OnceLock::new();

/// Lines whose writing failed: the disk is full, its reader is gone.
static UNWRITTEN: AtomicU64 = AtomicU64::new(0);

/// The diagnostics of this process, for as long as they are kept.
#[derive(Debug)]
#[must_use]
pub(crate) struct Diagnostics {
    writer: WorkerGuard,
}

/// Starts to write to standard error. Errors: the system has no more file descriptors.
pub(crate) fn start(filter: Filter) -> anyhow::Result<Diagnostics> {
    // A descriptor of its own: a write that does not come back would hold the lock of `std::io::stderr` for ever.
    let stderr = io::stderr().as_fd().try_clone_to_owned().context("cannot write to standard error")?;
    let lines = Lines { to: stderr.into(), told: 0 };
    let (queue, writer) = NonBlockingBuilder::default()
        .lossy(true)
        .buffered_lines_limit(QUEUE_MAX)
        .thread_name("diagnostics")
        .finish(lines);
    let _ = UNQUEUED.set(queue.error_counter());
    let diagnostics = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter.0))
        .with_writer(queue)
        // The default tells of a line that cannot be made on the same standard error, and waits for it.
        .log_internal_errors(false)
        .with_target(false);
    if io::stderr().is_terminal() {
        diagnostics.compact().finish().with(LineBudget::new()).init();
    } else {
        diagnostics.json().flatten_event(true).finish().with(LineBudget::new()).init();
    }
    std::panic::set_hook(Box::new(panicked));
    Ok(Diagnostics { writer })
}

/// How many lines of this process nobody will ever read.
pub(crate) fn lines_lost() -> u64 {
    let unqueued = UNQUEUED.get().map_or(0, ErrorCounter::dropped_lines);
    UNWRITTEN.load(Ordering::Relaxed).saturating_add(unqueued as u64)
}

impl Diagnostics {
    /// Writes what still waits, unless nobody reads it.
    pub(crate) fn end(self) {
        console::within_patience(|| drop(self.writer));
    }
}

/// Panics are said here as well: told on standard error, which is the default, they would wait for its reader.
fn panicked(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string);
    tracing::error!(place, panic = panic.payload_as_str().unwrap_or("unknown"), "panicked");
}

/// Standard error, to the thread that writes the lines.
struct Lines {
    to: File,
    /// How many lost lines were told of.
    told: u64,
}

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.to.write(line).inspect_err(|error| {
            if error.kind() != io::ErrorKind::Interrupted {
                UNWRITTEN.fetch_add(1, Ordering::Relaxed);
            }
        })
    }

    /// Comes whenever no line waits: so there is somebody who reads, and a place for one more line.
    fn flush(&mut self) -> io::Result<()> {
        let lost = lines_lost();
        if lost > self.told {
            tracing::warn!(lines = lost - self.told, "lines of this log were lost: nobody read them in time");
            self.told = lost;
        }
        Ok(())
    }
}
