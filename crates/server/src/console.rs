//! What is said on standard output and standard error outside of the diagnostics. It must not matter whether anybody reads it: a
//! terminal may be stopped, a pipe full or closed.

use std::io::Write;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// How long a line may take to be taken.
const PATIENCE: Duration = Duration::from_secs(1);

/// Says a line. Nothing happens if nobody can read it.
pub(crate) fn say(mut to: impl Write + Send + 'static, line: String) {
    within_patience(move || {
        // `println!` would panic if the reader is gone.
        let _ = writeln!(to, "{line}").and_then(|()| to.flush());
    });
}

/// Prints a line, and waits for whoever reads it. Nothing happens if nobody can.
pub(crate) fn print(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// Does something that may wait for a reader, and leaves it to itself if it takes too long.
pub(crate) fn within_patience(work: impl FnOnce() + Send + 'static) {
    let (done, is_done) = mpsc::channel::<()>();
    let worker = thread::Builder::new().name("console".to_owned()).spawn(move || {
        work();
        drop(done);
    });
    if worker.is_ok() {
        let _ = is_done.recv_timeout(PATIENCE);
    }
}
