//! The workloads, each against the server and, where there is one, against its limit.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Context;

use crate::accounts;
use crate::generator::{Counts, Generator};
use crate::herd;
use crate::process::Process;
use crate::report::{self, Line};

/// Before measuring: caches fill, branches are learned.
const WARM_UP: Duration = Duration::from_secs(1);

/// Receivers, senders and messages in flight for each sender.
#[derive(Debug, Clone, Copy)]
struct Crowd {
    receivers: usize,
    senders: usize,
    in_flight: usize,
}

const DELIVERIES: [(&str, Crowd); 3] = [
    ("200 receivers, 16 in flight", Crowd { receivers: 200, senders: 1, in_flight: 16 }),
    ("200 receivers, 1 in flight", Crowd { receivers: 200, senders: 1, in_flight: 1 }),
    ("2,000 receivers, 4 in flight", Crowd { receivers: 2_000, senders: 1, in_flight: 4 }),
];

const ANSWERS: [(&str, Crowd); 2] = [
    ("1 sender, 1 in flight", Crowd { receivers: 0, senders: 1, in_flight: 1 }),
    ("8 senders, 16 in flight", Crowd { receivers: 0, senders: 8, in_flight: 16 }),
];

/// Workloads that have no limit to be compared with: they are given the server's program and the time to load for.
type Measure = fn(&Path, Duration) -> anyhow::Result<Vec<Line>>;
const OTHERS: [(&str, Measure); 5] = [
    ("connecting and idle", connecting_and_idle),
    ("stopped readers", stopped_readers),
    ("reconnecting", reconnecting),
    ("newcomer", newcomer),
    (FULL_ROOM, full_room),
];

const FULL_ROOM: &str = "10,000 receivers, 16 in flight";

/// Messages that those who return have missed at the most.
const MISSED_MAX: u64 = 200;

const IDLE: usize = 5_000;

/// Stored messages that a newcomer must not have to wait for.
const STORED: u32 = 1_000_000;

/// Runs all workloads whose name contains `only`, prints the table and writes the JSON.
pub(crate) fn run(server: &Path, seconds: u64, json: &Path, only: &str) -> anyhow::Result<()> {
    let time = Duration::from_secs(seconds);
    let mut lines = Vec::new();
    for (workload, crowd) in DELIVERIES.into_iter().filter(|(name, _)| name.contains(only)) {
        let limit = per_delivery_us(&mut Under::limit(None)?, crowd, time)?;
        let ours = per_delivery_us(&mut Under::server(server)?, crowd, time)?;
        let figure = "processor µs a delivery";
        lines.push(Line { workload, figure, limit: Some(limit), ours, less_is_better: true });
    }
    for (workload, crowd) in ANSWERS.into_iter().filter(|(name, _)| name.contains(only)) {
        let log = tempfile::tempdir_in(".")?;
        let limit = answers_per_second(&mut Under::limit(Some(&log.path().join("log.db")))?, crowd, time)?;
        let ours = answers_per_second(&mut Under::server(server)?, crowd, time)?;
        let figure = "durable answers a second";
        lines.push(Line { workload, figure, limit: Some(limit), ours, less_is_better: false });
    }
    for (name, measure) in OTHERS.into_iter().filter(|(name, _)| name.contains(only)) {
        lines.extend(measure(server, time).context(name)?);
    }
    report::print(&lines);
    report::write(&lines, json)
}

/// A program under load.
struct Under {
    process: Process,
    is_limit: bool,
    /// Removed with the program.
    data: Option<tempfile::TempDir>,
}

impl Under {
    fn server(program: &Path) -> anyhow::Result<Self> {
        // Here, because the system's temporary directory may be in memory, where nothing waits for a disk.
        Self::server_on(program, tempfile::tempdir_in(".")?)
    }

    fn server_on(program: &Path, data: tempfile::TempDir) -> anyhow::Result<Self> {
        let mut command = Command::new(program);
        command.args(["serve", "--listen", "127.0.0.1:0", "--rate-limits", "off", "--data"]).arg(data.path());
        let process = Process::start(&mut command)?;
        Ok(Self { process, is_limit: false, data: Some(data) })
    }

    fn limit(log: Option<&Path>) -> anyhow::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("limit");
        if let Some(log) = log {
            command.arg("--log").arg(log);
        }
        Ok(Self { process: Process::start(&mut command)?, is_limit: true, data: None })
    }

    /// Sockets of as many senders as users, and of one user who only receives.
    fn crowd(&self, crowd: Crowd) -> anyhow::Result<Generator> {
        let users = crowd.senders + 1;
        let address = self.process.address;
        let tokens = if self.is_limit { vec![String::new(); users] } else { accounts::make(address, users)? };
        let mut generator = Generator::new(!self.is_limit)?;
        for _ in 0..crowd.receivers {
            generator.connect(address, &tokens[crowd.senders], 0)?;
        }
        for token in &tokens[..crowd.senders] {
            generator.connect(address, token, crowd.in_flight)?;
        }
        Ok(generator)
    }
}

/// Loads, and answers the counts with the processor time that they took.
fn measure(under: &mut Under, crowd: Crowd, time: Duration) -> anyhow::Result<(Counts, Duration)> {
    let mut generator = under.crowd(crowd)?;
    generator.load(WARM_UP)?;
    generator.settle(Duration::from_millis(500), &mut Counts::default())?;
    let before = under.process.processor_time()?;
    let mut counts = generator.load(time)?;
    generator.settle(Duration::from_millis(500), &mut counts)?;
    Ok((counts, under.process.processor_time()? - before))
}

fn per_delivery_us(under: &mut Under, crowd: Crowd, time: Duration) -> anyhow::Result<f64> {
    let (counts, processor) = measure(under, crowd, time)?;
    Ok(processor.as_secs_f64() * 1e6 / counts.deliveries as f64)
}

fn answers_per_second(under: &mut Under, crowd: Crowd, time: Duration) -> anyhow::Result<f64> {
    let (counts, _) = measure(under, crowd, time)?;
    Ok(counts.answers as f64 / time.as_secs_f64())
}

fn line(workload: &'static str, figure: &'static str, ours: f64) -> Line {
    Line { workload, figure, limit: None, ours, less_is_better: true }
}

fn connecting_and_idle(server: &Path, _: Duration) -> anyhow::Result<Vec<Line>> {
    let (limit_us, limit_kib) = idle(&Under::limit(None)?)?;
    let (us, kib) = idle(&Under::server(server)?)?;
    let beside = |limit, line| Line { limit: Some(limit), ..line };
    Ok(vec![
        beside(limit_us, line("connecting, with session check and first page", "processor µs", us)),
        beside(limit_kib, line("5,000 idle sockets", "KiB of process memory each", kib)),
    ])
}

/// Connects one after another. Answers the processor µs and the KiB of memory that each took.
fn idle(under: &Under) -> anyhow::Result<(f64, f64)> {
    let address = under.process.address;
    let token = if under.is_limit { String::new() } else { accounts::make(address, 1)?.remove(0) };
    let mut generator = Generator::new(!under.is_limit)?;
    // What the logins have needed is given back, and what grows in steps has grown.
    for _ in 0..1_000 {
        generator.connect(address, &token, 0)?;
    }
    generator.settle(Duration::from_secs(2), &mut Counts::default())?;
    let (memory, processor) = (under.process.memory_kib()?, under.process.processor_time()?);
    for _ in 0..IDLE {
        generator.connect(address, &token, 0)?;
    }
    generator.settle(Duration::from_secs(1), &mut Counts::default())?;
    let us = (under.process.processor_time()? - processor).as_secs_f64() * 1e6 / IDLE as f64;
    Ok((us, under.process.memory_kib()?.saturating_sub(memory) as f64 / IDLE as f64))
}

fn stopped_readers(server: &Path, time: Duration) -> anyhow::Result<Vec<Line>> {
    let under = Under::server(server)?;
    let mut generator = under.crowd(Crowd { receivers: 200, senders: 1, in_flight: 16 })?;
    generator.load(WARM_UP)?;
    let memory = under.process.memory_kib()?;
    generator.stop_reading(10);
    let counts = generator.load(time)?;
    let grown = under.process.memory_kib()?.saturating_sub(memory) as f64 / 20.0;
    Ok(vec![
        line("10 % stop reading", "longest silence of the others, ms", counts.longest_silence.as_secs_f64() * 1e3),
        line("10 % stop reading", "KiB of process memory for each that stopped", grown),
    ])
}

fn reconnecting(server: &Path, _: Duration) -> anyhow::Result<Vec<Line>> {
    let mut under = Under::server(server)?;
    let token = accounts::make(under.process.address, 1)?.remove(0);
    let mut generator = Generator::new(true)?;
    generator.connect(under.process.address, &token, 16)?;
    generator.load(Duration::from_millis(500))?;
    generator.settle(Duration::from_millis(500), &mut Counts::default())?;
    let known = herd::known(under.process.address, &token)?;
    let data = under.data.take().context("the server has no data directory")?;
    drop((generator, under));
    let under = Under::server_on(server, data)?;
    let took = herd::returns(under.process.address, &token, &known, IDLE as u64, MISSED_MAX)?;
    Ok(vec![line("5,000 return at once after a restart", "seconds until all know everything", took.as_secs_f64())])
}

/// Nothing but numbers that others tell of themselves: how much gets through when everybody listens and one room is full.
fn full_room(server: &Path, time: Duration) -> anyhow::Result<Vec<Line>> {
    let begun = Instant::now();
    let under = Under::server(server)?;
    let start = begun.elapsed();
    std::thread::sleep(Duration::from_secs(1));
    let idle = under.process.memory_kib()?;
    let crowd = Crowd { receivers: 10_000, senders: 1, in_flight: 16 };
    let mut generator = under.crowd(crowd)?;
    generator.settle(Duration::from_secs(1), &mut Counts::default())?;
    let each = under.process.memory_kib()?.saturating_sub(idle) as f64 / crowd.receivers as f64;
    generator.load(WARM_UP)?;
    let counts = generator.load(time)?;
    let figure = |figure, ours, less_is_better| Line { workload: FULL_ROOM, figure, limit: None, ours, less_is_better };
    Ok(vec![
        figure("deliveries a second", counts.deliveries as f64 / time.as_secs_f64(), false),
        figure("KiB of process memory for each, before anybody speaks", each, true),
        figure("KiB of process memory without connections", idle as f64, true),
        figure("ms until a started server answers", start.as_secs_f64() * 1e3, true),
    ])
}

fn newcomer(server: &Path, _: Duration) -> anyhow::Result<Vec<Line>> {
    let data = tempfile::tempdir_in(".")?;
    let old = data.path().join("chat.db");
    accounts::write_old_database(&old, STORED)?;
    let status =
        Command::new(server).args(["import", "chatterbox"]).arg(&old).arg("--data").arg(data.path()).output()?;
    anyhow::ensure!(status.status.success(), "the import failed: {}", String::from_utf8_lossy(&status.stderr));
    let under = Under::server_on(server, data)?;
    let token = accounts::make(under.process.address, 1)?.remove(0);
    const TIMES: u32 = 50;
    let processor = under.process.processor_time()?;
    let mut slowest = Duration::ZERO;
    for _ in 0..TIMES {
        let mut generator = Generator::new(true)?;
        let began = Instant::now();
        generator.connect(under.process.address, &token, 0)?;
        generator.settle_until_heard(50)?;
        slowest = slowest.max(began.elapsed());
    }
    let each = (under.process.processor_time()? - processor).as_secs_f64() * 1e3 / f64::from(TIMES);
    Ok(vec![
        line(
            "a newcomer to 1,000,000 messages",
            "ms until the first page is there, slowest of 50",
            slowest.as_secs_f64() * 1e3,
        ),
        line("a newcomer to 1,000,000 messages", "processor ms", each),
    ])
}
