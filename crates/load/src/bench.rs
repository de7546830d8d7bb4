//! The workloads, each against the server and, where there is one, against its limit.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context;

use crate::accounts;
use crate::big_house;
use crate::crowds::{self, WARM_UP};
use crate::generator::{Generator, Pace};
use crate::herd;
use crate::many_rooms;
use crate::report::{self, ReportLine};
use crate::under::{Under, Workload, data};

/// Workloads of their own kind: they are given the server's program and the time to load for.
type Measure = fn(&Path, Duration) -> anyhow::Result<Vec<ReportLine>>;
const OTHERS: [(&str, Measure); 8] = [
    (OPENING, opening),
    (IDLE_SOCKETS, idle),
    (STOPPED, stopped_readers),
    (RETURNING, returning),
    (NEWCOMER, newcomer),
    (FULL_ROOM, full_room),
    (many_rooms::NAME, many_rooms::run),
    (big_house::NAME, big_house::run),
];

const OPENING: &str = "opening a socket, different people one after the other";
const IDLE_SOCKETS: &str = "5,000 idle sockets";
const STOPPED: &str = "10 % stop reading";
const RETURNING: &str = "5,000 return at once after a restart";
const NEWCOMER: &str = "a newcomer to 1,000,000 messages";
const FULL_ROOM: &str = "10,000 receivers, 16 in flight";

/// People who come one after the other.
const PEOPLE: usize = 500;

/// Between two of them: what is put off is not put off for all of them together.
const BETWEEN_PEOPLE: Duration = Duration::from_millis(10);

/// Messages that each of them is shown.
const PAGE: usize = 50;

/// Messages that those who return have missed at the most.
const MISSED_MAX: u64 = 200;

const IDLE: usize = 5_000;

/// Stored messages that a newcomer must not have to wait for.
const STORED: u32 = 1_000_000;

/// Runs all workloads whose name contains `only`, as often as asked for, prints the table and writes the JSON.
pub(crate) fn run(server: &Path, seconds: u64, runs: usize, json: &Path, only: &str) -> anyhow::Result<()> {
    let time = Duration::from_secs(seconds);
    let mut lines = Vec::new();
    for _ in 0..runs {
        report::add(&mut lines, crowds::run(server, time, only)?);
        for (name, measure) in OTHERS.into_iter().filter(|(name, _)| name.contains(only)) {
            report::add(&mut lines, measure(server, time).context(name)?);
        }
    }
    report::print(&lines);
    report::write(&lines, json)
}

fn opening(server: &Path, _: Duration) -> anyhow::Result<Vec<ReportLine>> {
    let limit = open_one_by_one(&Under::limit_with_page(PAGE)?)?;
    let data = data()?;
    accounts::import(server, data.path(), 0, PAGE as u32)?;
    let ours = open_one_by_one(&Under::server_on(server, data)?)?;
    Ok(vec![
        ReportLine::ours(OPENING, "processor µs, with session check and first page", ours).beside(Some(limit), None),
    ])
}

/// Opens sockets of different people, each once the one before has its first page. Answers the processor µs that each took.
fn open_one_by_one(under: &Under) -> anyhow::Result<f64> {
    let tokens = under.tokens(PEOPLE)?;
    let mut generator = Generator::new(Pace::AtSender)?;
    let before = under.process.processor_time()?;
    for token in &tokens {
        generator.connect(under.process.address, token)?;
        generator.settle_until_heard(PAGE as u64)?;
        generator.settle(BETWEEN_PEOPLE)?;
    }
    generator.settle(Duration::from_secs(2))?;
    Ok((under.process.processor_time()? - before).as_secs_f64() * 1e6 / PEOPLE as f64)
}

/// Memory of sockets that nothing happens on.
fn idle(server: &Path, _: Duration) -> anyhow::Result<Vec<ReportLine>> {
    let limit = memory_of_idle(&Under::limit()?)?;
    let ours = memory_of_idle(&Under::server(server)?)?;
    Ok(vec![ReportLine::ours(IDLE_SOCKETS, "KiB of process memory each", ours).beside(Some(limit), None)])
}

fn memory_of_idle(under: &Under) -> anyhow::Result<f64> {
    let (address, token) = (under.process.address, under.tokens(1)?.remove(0));
    let mut generator = Generator::new(Pace::AtSender)?;
    // What the logins have needed is given back, and what grows in steps has grown.
    for _ in 0..1_000 {
        generator.connect(address, &token)?;
    }
    generator.settle(Duration::from_secs(2))?;
    let before = under.process.memory_kib()?;
    for _ in 0..IDLE {
        generator.connect(address, &token)?;
    }
    generator.settle(Duration::from_secs(1))?;
    Ok(under.process.memory_kib()?.saturating_sub(before) as f64 / IDLE as f64)
}

fn stopped_readers(server: &Path, time: Duration) -> anyhow::Result<Vec<ReportLine>> {
    let under = Under::server(server)?;
    let mut generator = under.crowd(Workload { receivers: 200, senders: 1, in_flight: 16 }, Pace::AtEverybody)?;
    generator.load(WARM_UP)?;
    let memory = under.process.memory_kib()?;
    generator.stop_reading(10);
    let counts = generator.load(time)?;
    let grown = under.process.memory_kib()?.saturating_sub(memory) as f64 / 20.0;
    let silence = counts.longest_silence.as_secs_f64() * 1e3;
    Ok(vec![
        ReportLine::ours(STOPPED, "longest silence of the others, ms", silence),
        ReportLine::ours(STOPPED, "KiB of process memory for each that stopped", grown),
    ])
}

fn returning(server: &Path, _: Duration) -> anyhow::Result<Vec<ReportLine>> {
    let under = Under::server(server)?;
    let token = under.tokens(1)?.remove(0);
    let mut generator = Generator::new(Pace::AtSender)?;
    generator.connect_sender(under.process.address, &token, &accounts::name(0), 16)?;
    generator.load(Duration::from_millis(500))?;
    let known = herd::known(under.process.address, &token)?;
    drop(generator);
    let under = Under::server_on(server, under.into_data()?)?;
    let took = herd::returns(under.process.address, &token, &known, IDLE as u64, MISSED_MAX)?;
    Ok(vec![ReportLine::ours(RETURNING, "seconds until all know everything", took.as_secs_f64())])
}

/// Nothing but numbers that others tell of themselves: how much gets through when everybody listens and one room is full.
fn full_room(server: &Path, time: Duration) -> anyhow::Result<Vec<ReportLine>> {
    let begun = Instant::now();
    let under = Under::server(server)?;
    let start = begun.elapsed();
    std::thread::sleep(Duration::from_secs(1));
    let idle = under.process.memory_kib()?;
    let crowd = Workload { receivers: 10_000, senders: 1, in_flight: 16 };
    let mut generator = under.crowd(crowd, Pace::AtEverybody)?;
    generator.settle(Duration::from_secs(1))?;
    let each = under.process.memory_kib()?.saturating_sub(idle) as f64 / crowd.receivers as f64;
    generator.load(WARM_UP)?;
    let counts = generator.load(time)?;
    Ok(vec![
        ReportLine::ours(FULL_ROOM, "deliveries a second", counts.deliveries as f64 / time.as_secs_f64()),
        ReportLine::ours(FULL_ROOM, "KiB of process memory for each, before anybody speaks", each),
        ReportLine::ours("no connections", "KiB of process memory", idle as f64),
        ReportLine::ours("start", "ms until it answers", start.as_secs_f64() * 1e3),
    ])
}

fn newcomer(server: &Path, _: Duration) -> anyhow::Result<Vec<ReportLine>> {
    const TIMES: u32 = 50;
    let data = data()?;
    accounts::import(server, data.path(), 0, STORED)?;
    let under = Under::server_on(server, data)?;
    let token = under.tokens(1)?.remove(0);
    let processor = under.process.processor_time()?;
    let mut slowest = Duration::ZERO;
    for _ in 0..TIMES {
        let mut generator = Generator::new(Pace::AtSender)?;
        let began = Instant::now();
        generator.connect(under.process.address, &token)?;
        generator.settle_until_heard(PAGE as u64)?;
        slowest = slowest.max(began.elapsed());
    }
    let each = (under.process.processor_time()? - processor).as_secs_f64() * 1e3 / f64::from(TIMES);
    Ok(vec![
        ReportLine::ours(NEWCOMER, "ms until the first page is there, slowest of 50", slowest.as_secs_f64() * 1e3),
        ReportLine::ours(NEWCOMER, "processor ms", each),
    ])
}
