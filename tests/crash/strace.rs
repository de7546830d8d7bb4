//! A server whose system calls are written down, or made to fail, by strace.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::harness::{PATIENCE, Plan, Server, skip};

/// Whether strace is there; if not, says what cannot be tested. The test command installs it.
pub(crate) fn is_there(test: &str) -> bool {
    let is_there = Command::new("strace").arg("--version").output().is_ok();
    if !is_there {
        skip(test, "strace is not installed");
    }
    is_there
}

/// Starts a server whose calls go into this file. `options` say which calls, and what is done to them.
pub(crate) fn watches(plan: Plan, file: &Path, options: &[&str]) -> Server {
    let inner = plan.command();
    let mut command = Command::new("strace");
    // With -D it is the server that is this process's child, and can be killed as such.
    command.args(["-D", "-f", "-y", "-o"]).arg(file).args(options).arg(inner.get_program()).args(inner.get_args());
    command.env("CHATTERBOX_LOG", "info");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    Server::spawn(command, plan)
}

/// What was written down, once the server has been killed and everything is in the file.
pub(crate) fn written(file: &Path) -> String {
    let begin = Instant::now();
    loop {
        let bytes = std::fs::read(file).unwrap();
        if bytes[bytes.len().saturating_sub(200)..].windows(11).any(|end| end == b"+++ killed ") {
            return String::from_utf8(bytes).expect("strace escapes what is not ASCII");
        }
        assert!(begin.elapsed() < PATIENCE, "strace does not come to an end");
        std::thread::sleep(Duration::from_millis(20));
    }
}
