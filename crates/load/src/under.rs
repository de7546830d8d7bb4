//! A program under load: the server, or the bare one.

use std::path::Path;
use std::process::Command;

use anyhow::Context;

use crate::accounts;
use crate::generator::{Generator, Pace};
use crate::process::Process;

/// Receivers, senders and messages in flight for each sender.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Workload {
    pub(crate) receivers: usize,
    pub(crate) senders: usize,
    pub(crate) in_flight: usize,
}

/// A program under load. Killed when it is dropped.
pub(crate) struct Under {
    pub(crate) process: Process,
    is_limit: bool,
    /// Removed with the program.
    data: Option<tempfile::TempDir>,
}

impl Under {
    /// A server with an empty database.
    pub(crate) fn server(program: &Path) -> anyhow::Result<Self> {
        Self::server_on(program, data()?)
    }

    /// A server with the data of another.
    pub(crate) fn server_on(program: &Path, data: tempfile::TempDir) -> anyhow::Result<Self> {
        let mut command = Command::new(program);
        command.args(["serve", "--listen", "127.0.0.1:0", "--rate-limits", "off", "--data"]).arg(data.path());
        let process = Process::start(&mut command)?;
        Ok(Self { process, is_limit: false, data: Some(data) })
    }

    /// The bare program.
    pub(crate) fn limit() -> anyhow::Result<Self> {
        let process = Process::start(&mut limit()?)?;
        Ok(Self { process, is_limit: true, data: None })
    }

    /// The bare program, which shows whoever comes a page of messages.
    pub(crate) fn limit_with_page(messages: usize) -> anyhow::Result<Self> {
        let process = Process::start(limit()?.args(["--page", &messages.to_string()]))?;
        Ok(Self { process, is_limit: true, data: None })
    }

    /// The bare program with a database.
    pub(crate) fn limit_with_store() -> anyhow::Result<Self> {
        let data = data()?;
        let process = Process::start(limit()?.arg("--store").arg(data.path().join("store.db")))?;
        Ok(Self { process, is_limit: true, data: Some(data) })
    }

    /// Whether it is the bare program.
    pub(crate) fn is_limit(&self) -> bool {
        self.is_limit
    }

    /// Ends the program and keeps its data.
    pub(crate) fn into_data(self) -> anyhow::Result<tempfile::TempDir> {
        self.data.context("the program has no data directory")
    }

    /// The tokens of so many users; the bare program takes names for tokens.
    pub(crate) fn tokens(&self, users: usize) -> anyhow::Result<Vec<String>> {
        if self.is_limit {
            Ok((0..users).map(accounts::name).collect())
        } else {
            accounts::make(self.process.address, users)
        }
    }

    /// Sockets of as many senders as users, and of one user who only receives.
    pub(crate) fn crowd(&self, crowd: Workload, pace: Pace) -> anyhow::Result<Generator> {
        let tokens = self.tokens(crowd.senders + 1)?;
        let (address, mut generator) = (self.process.address, Generator::new(pace)?);
        for _ in 0..crowd.receivers {
            generator.connect(address, &tokens[crowd.senders])?;
        }
        for (number, token) in tokens[..crowd.senders].iter().enumerate() {
            generator.connect_sender(address, token, &accounts::name(number), crowd.in_flight)?;
        }
        // The bare program has no past to show, and nobody online.
        if !self.is_limit {
            generator.settle_until_live()?;
        }
        Ok(generator)
    }
}

/// A directory for data: here, because the system's temporary one may be in memory, where nothing waits for a disk.
pub(crate) fn data() -> anyhow::Result<tempfile::TempDir> {
    Ok(tempfile::tempdir_in(".")?)
}

fn limit() -> anyhow::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("limit");
    Ok(command)
}
