//! Crowds in one room: how long a message takes until it has arrived, and what that costs.

use std::path::Path;
use std::time::Duration;

use crate::generator::{Counts, Pace};
use crate::process::Process;
use crate::report::ReportLine;
use crate::under::{Under, Workload};

/// Before measuring: caches fill, branches are learned.
pub(crate) const WARM_UP: Duration = Duration::from_secs(1);

/// Each of these in two forms of the limit, and the server.
const WORKLOADS: [(&str, Workload, Pace); 7] = [
    ("10 receivers, 1 in flight", Workload { receivers: 10, senders: 1, in_flight: 1 }, Pace::AtEverybody),
    ("200 receivers, 1 in flight", Workload { receivers: 200, senders: 1, in_flight: 1 }, Pace::AtEverybody),
    ("200 receivers, 16 in flight", Workload { receivers: 200, senders: 1, in_flight: 16 }, Pace::AtEverybody),
    ("2,000 receivers, 4 in flight", Workload { receivers: 2_000, senders: 1, in_flight: 4 }, Pace::AtEverybody),
    ("1 sender waits for its echo", Workload { receivers: 0, senders: 1, in_flight: 1 }, Pace::AtSender),
    ("8 senders × 16 wait for their echoes", Workload { receivers: 0, senders: 8, in_flight: 16 }, Pace::AtSender),
    (
        "8 senders × 16 wait for answers, 200 listen",
        Workload { receivers: 200, senders: 8, in_flight: 16 },
        Pace::AsAnswer,
    ),
];

/// What was measured of a crowd.
pub(crate) struct Measured {
    /// Sorted.
    times: Vec<Duration>,
    deliveries: u64,
    time: Duration,
    processor: Duration,
}

/// Runs the workloads whose name contains `only`.
pub(crate) fn run(server: &Path, time: Duration, only: &str) -> anyhow::Result<Vec<ReportLine>> {
    let mut lines = Vec::new();
    for (name, crowd, pace) in WORKLOADS.into_iter().filter(|(name, ..)| name.contains(only)) {
        let limit = measure(&Under::limit()?, crowd, pace, time)?;
        let stored = measure(&Under::limit_with_store()?, crowd, pace, time)?;
        let ours = measure(&Under::server(server)?, crowd, pace, time)?;
        lines.extend(report(name, pace, &ours, &limit, &stored));
    }
    Ok(lines)
}

/// What is said of a crowd, beside the bare program without a store and with one.
pub(crate) fn report(name: &str, pace: Pace, ours: &Measured, limit: &Measured, stored: &Measured) -> Vec<ReportLine> {
    let line =
        |(figure, of): Figure| ReportLine::ours(name, figure, of(ours)).beside(Some(of(limit)), Some(of(stored)));
    figures(pace).into_iter().map(line).collect()
}

/// What is said of a crowd that there is nothing to compare with.
pub(crate) fn alone(name: &str, ours: &Measured) -> Vec<ReportLine> {
    let a_message = ours.processor.as_secs_f64() * 1e6 / ours.times.len() as f64;
    let [a_delivery, _, median, ..] = figures(Pace::AtEverybody).map(|(figure, of)| (figure, of(ours)));
    let figures = [("processor µs a message", a_message), a_delivery, median];
    figures.into_iter().map(|(figure, value)| ReportLine::ours(name, figure, value)).collect()
}

type Figure = (&'static str, fn(&Measured) -> f64);

fn figures(pace: Pace) -> [Figure; 6] {
    let (processor, rate): (Figure, Figure) = match pace {
        Pace::AtEverybody => (
            ("processor µs a delivery", |of| of.processor.as_secs_f64() * 1e6 / of.deliveries as f64),
            ("deliveries a second", |of| of.deliveries as f64 / of.time.as_secs_f64()),
        ),
        Pace::AtSender | Pace::AsAnswer => (
            ("processor µs a message", |of| of.processor.as_secs_f64() * 1e6 / of.times.len() as f64),
            ("messages a second", |of| of.times.len() as f64 / of.time.as_secs_f64()),
        ),
    };
    [
        processor,
        rate,
        ("ms until it has arrived, median", |of| of.time_of(0.5)),
        ("the same, p99", |of| of.time_of(0.99)),
        ("the same, p99.9", |of| of.time_of(0.999)),
        ("the same, longest", |of| of.time_of(1.0)),
    ]
}

impl Measured {
    /// In milliseconds: this share of the messages took no longer.
    fn time_of(&self, share: f64) -> f64 {
        let index = (self.times.len() as f64 * share) as usize;
        self.times.get(index.min(self.times.len().saturating_sub(1))).map_or(0.0, |time| time.as_secs_f64() * 1e3)
    }
}

fn measure(under: &Under, crowd: Workload, pace: Pace, time: Duration) -> anyhow::Result<Measured> {
    let mut generator = under.crowd(crowd, pace)?;
    measure_load(&under.process, time, |time| generator.load(time))
}

/// What a load takes that was warmed up before.
pub(crate) fn measure_load(
    process: &Process,
    time: Duration,
    mut load: impl FnMut(Duration) -> anyhow::Result<Counts>,
) -> anyhow::Result<Measured> {
    load(WARM_UP)?;
    let before = process.processor_time()?;
    let Counts { mut times, deliveries, .. } = load(time)?;
    let processor = process.processor_time()? - before;
    times.sort_unstable();
    Ok(Measured { times, deliveries, time, processor })
}
