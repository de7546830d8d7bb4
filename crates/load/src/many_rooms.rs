//! Many people in many rooms, of which each follows some: what that costs beside as many deliveries in one room.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::audience::Audience;
use crate::crowds::{self, Measured};
use crate::entrance::Entrance;
use crate::generator::Pace;
use crate::report::ReportLine;
use crate::rooms::{self, LOBBY, PEOPLE, ROOMS_EACH, Resident, Residents};
use crate::under::{Under, data};

pub(crate) const NAME: &str = "2,000 people follow 200 of 10,000 rooms each";
const ONE_EACH: &str = "2,000 people follow one room";
const ONE_ROOM: &str = "40 people follow one room";

/// As many as follow each of the many rooms on the average.
const IN_ONE_ROOM: usize = 40;

/// What comes with coming (who is here, what is put in order later) has been told and done.
const SETTLED: Duration = Duration::from_secs(3);

/// How long nobody does anything: less than what passes until the server asks somebody silent whether they are there.
const IDLE: Duration = Duration::from_secs(10);

/// What it is to have people there who do nothing.
struct Calm {
    /// From the first one's coming until everybody follows everything.
    took: Duration,
    /// Processor time of that.
    processor: Duration,
    memory_kib: u64,
    /// The share of one processor.
    idle: f64,
}

/// Who is there, and what they follow.
#[derive(Clone, Copy)]
enum Gathering {
    /// Everybody, in their rooms.
    InManyRooms,
    /// Everybody, in the one room that all may read.
    InOneRoom,
    /// As many in that one room as are in each of the many.
    FewInOneRoom,
}

/// Messages that are under way at a time.
const IN_FLIGHT: [usize; 2] = [1, 16];

/// All in one room and doing nothing, then all in many rooms, and then as many as are in each of these in one. What is said in
/// many rooms and in one is measured beside the bare program, with the same people in the same rooms.
pub(crate) fn run(server: &Path, time: Duration) -> anyhow::Result<Vec<ReportLine>> {
    let data = data()?;
    let residents = rooms::furnish(server, data.path())?;
    let under = Under::server_on(server, data)?;
    let (_, one_each) = come(&under, &residents, Gathering::InOneRoom)?;
    let under = Under::server_on(server, under.into_data()?)?;
    let (followers, quiet) = come(&under, &residents, Gathering::InManyRooms)?;
    let many = talk(&under, followers, time)?;
    let under = Under::server_on(server, under.into_data()?)?;
    let few = gather(&under, &residents, Gathering::FewInOneRoom)?;
    let few = talk(&under, few, time)?;
    let mut lines = told(&one_each, &quiet);
    for (name, gathering, ours) in [(NAME, Gathering::InManyRooms, many), (ONE_ROOM, Gathering::FewInOneRoom, few)] {
        let limit = |under: Under| talk(&under, gather(&under, &residents, gathering)?, time);
        let (limit, stored) = (limit(Under::limit()?)?, limit(Under::limit_with_store()?)?);
        for (((in_flight, ours), limit), stored) in IN_FLIGHT.iter().zip(&ours).zip(&limit).zip(&stored) {
            let name = format!("{name}, {in_flight} in flight");
            lines.extend(crowds::report(&name, Pace::AtEverybody, ours, limit, stored));
        }
    }
    Ok(lines)
}

/// All set out at once.
fn gather(under: &Under, residents: &Residents, gathering: Gathering) -> anyhow::Result<Audience> {
    let mut followers = Audience::new(under.process.address)?;
    let count = if matches!(gathering, Gathering::FewInOneRoom) { IN_ONE_ROOM } else { PEOPLE };
    for Resident { token, rooms } in residents.people.iter().take(count) {
        let rooms = if matches!(gathering, Gathering::InManyRooms) { rooms } else { &[LOBBY][..] };
        if under.is_limit() {
            followers.call_bare(token, rooms)?;
        } else {
            followers.call(Entrance { token, rooms, known: None, own: 1, house: residents.house, watches: None })?;
        }
    }
    followers.settle_until_there()?;
    Ok(followers)
}

/// All come at once, are there, and then do nothing.
fn come(under: &Under, residents: &Residents, gathering: Gathering) -> anyhow::Result<(Audience, Calm)> {
    let (before, began) = (under.process.processor_time()?, Instant::now());
    let mut followers = gather(under, residents, gathering)?;
    let took = began.elapsed();
    followers.settle(SETTLED)?;
    followers.all_give_a_sign()?;
    followers.settle(Duration::from_secs(1))?;
    let (processor, idle_from) = (under.process.processor_time()? - before, under.process.processor_time()?);
    followers.settle(IDLE)?;
    let idle = (under.process.processor_time()? - idle_from).as_secs_f64() / IDLE.as_secs_f64();
    Ok((followers, Calm { took, processor, memory_kib: under.process.memory_kib()?, idle }))
}

/// With one message under way, and then with several.
fn talk(under: &Under, mut followers: Audience, time: Duration) -> anyhow::Result<Vec<Measured>> {
    let talk = |in_flight| crowds::measure_load(&under.process, time, |time| followers.talk(in_flight, time));
    IN_FLIGHT.into_iter().map(talk).collect()
}

fn told(one_each: &Calm, quiet: &Calm) -> Vec<ReportLine> {
    let more = (PEOPLE * (ROOMS_EACH - 1)) as f64;
    let grown = quiet.memory_kib.saturating_sub(one_each.memory_kib) as f64;
    let mut lines = vec![ReportLine::ours(NAME, "KiB of process memory a followed room", grown / more)];
    for (name, of) in [(NAME, quiet), (ONE_EACH, one_each)] {
        let each = of.processor.as_secs_f64() * 1e3 / PEOPLE as f64;
        lines.extend([
            ReportLine::ours(name, "seconds until all who come at once follow all", of.took.as_secs_f64()),
            ReportLine::ours(name, "processor ms of each coming", each),
            ReportLine::ours(name, "% of a processor while nothing happens", of.idle * 100.0),
            ReportLine::ours(name, "MiB of process memory", of.memory_kib as f64 / 1024.0),
        ]);
    }
    lines
}
