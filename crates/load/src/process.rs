//! A child process that is measured: what the operating system says of its processor time and memory.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};

/// A running program that has told where it listens. Killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    pub(crate) address: SocketAddr,
    /// Nanoseconds on a processor of every thread that there was when that was asked.
    seen: RefCell<HashMap<OsString, u64>>,
}

impl Process {
    /// Starts a program and waits for its first line, which ends in its address, with or without `http://`.
    pub(crate) fn start(command: &mut Command) -> anyhow::Result<Self> {
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().context("cannot start the program")?;
        let mut line = String::new();
        let output = child.stdout.take().context("the program has no output")?;
        BufReader::new(output).read_line(&mut line)?;
        let word = line.split_whitespace().next_back().unwrap_or_default();
        let address = word.trim_start_matches("http://").trim_end_matches('/').parse();
        match address {
            Ok(address) => Ok(Self { child, address, seen: RefCell::default() }),
            Err(_) => {
                let _ = child.kill();
                bail!("the program does not tell where it listens: {line:?}")
            }
        }
    }

    /// Processor time that its threads have taken so far, in user and kernel mode. What a thread did after this was last asked
    /// does not count if it has ended since: none of those that are measured ends while it has work.
    pub(crate) fn processor_time(&self) -> anyhow::Result<Duration> {
        let mut seen = self.seen.borrow_mut();
        for thread in std::fs::read_dir(format!("/proc/{}/task", self.child.id()))? {
            let thread = thread?;
            // Its first field is the time on a processor in nanoseconds (proc(5)); `stat` would count in hundredths of a second.
            let Ok(line) = std::fs::read_to_string(thread.path().join("schedstat")) else { continue };
            let nanoseconds = line.split_whitespace().next().context("an empty schedstat")?.parse::<u64>()?;
            seen.insert(thread.file_name(), nanoseconds);
        }
        Ok(Duration::from_nanos(seen.values().sum()))
    }

    /// How many calls that read files it has made so far; what is received by a socket is none.
    pub(crate) fn reads(&self) -> anyhow::Result<u64> {
        let counts = std::fs::read_to_string(format!("/proc/{}/io", self.child.id()))?;
        let line = counts.lines().find_map(|line| line.strip_prefix("syscr: ")).context("no count of reads")?;
        Ok(line.parse()?)
    }

    /// Memory of the process that is not shared with others, in KiB.
    pub(crate) fn memory_kib(&self) -> anyhow::Result<u64> {
        let rollup = std::fs::read_to_string(format!("/proc/{}/smaps_rollup", self.child.id()))?;
        let kib = |name: &str| -> u64 {
            let line = rollup.lines().find(|line| line.starts_with(name)).unwrap_or_default();
            line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).unwrap_or(0)
        };
        Ok(kib("Private_Dirty:") + kib("Private_Clean:"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
