//! Logs: for people on a terminal, JSON lines otherwise. Never a password, a token, an address of mail or network, or
//! the text of a message.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::log_budget::LogBudget;

/// Starts logging to standard error. `CHATTERBOX_LOG` chooses what is logged (`debug`, `chatterbox_server=trace`);
/// `info` without it.
pub(crate) fn start() {
    let filter = EnvFilter::try_from_env("CHATTERBOX_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // A line that cannot be written (the log's disk is full, its reader is gone) is lost. Told on the same standard
        // error, by default, that would panic, and end whichever thread had something to say: the writer, at worst.
        .log_internal_errors(false)
        .with_target(false);
    if std::io::stderr().is_terminal() {
        log.compact().finish().with(LogBudget::new()).init();
    } else {
        log.json().flatten_event(true).finish().with(LogBudget::new()).init();
    }
}
