//! A house with many people, some in many rooms, and a room with many members: what coming, being seen to come and speaking cost
//! there, and how that grows.

use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use rusqlite::Connection;

use crate::accounts;
use crate::audience::Audience;
use crate::report::ReportLine;
use crate::rooms::{self, LOBBY, Resident};
use crate::under::{Under, data};

pub(crate) const NAME: &str = "a house of 10,000 people";

const PEOPLE: u64 = 10_000;

/// Rooms that those have who come again and again: as many as somebody may have to have, and twice as many.
const ROOMS_HAD: [usize; 3] = [1, 200, 400];

/// The room that everybody belongs to by a row of their own.
const LARGE: u64 = 1_000;

/// How often each of those comes.
const COMINGS: u32 = 100;

/// How often somebody comes and goes while others are there.
const CHANGES: u32 = 4;

/// Longer than the server gathers what it tells of who is there, and shorter than it takes somebody who left for gone.
const TOLD: Duration = Duration::from_millis(1_200);

/// What has come with coming has been done.
const SETTLED: Duration = Duration::from_secs(3);

/// Everybody's session, and the number of the last change in the house's log.
struct Furnished {
    people: Vec<Resident>,
    house: u64,
}

/// Measures coming, being seen and speaking, one after the other, in one house.
pub(crate) fn run(server: &Path, time: Duration) -> anyhow::Result<Vec<ReportLine>> {
    let data = data()?;
    let house = furnish(server, data.path())?;
    let under = Under::server_on(server, data)?;
    let mut lines = Vec::new();
    for (resident, rooms) in house.people.iter().zip(ROOMS_HAD) {
        lines.extend(coming(&under, &house, resident, rooms)?);
    }
    for people in [2_500, 5_000] {
        lines.push(being_seen(&under, &house, people)?);
    }
    for followers in [100, 200, 1_000, 2_000] {
        lines.extend(speaking(&under, &house, followers, time)?);
    }
    Ok(lines)
}

fn furnish(server: &Path, data: &Path) -> anyhow::Result<Furnished> {
    let count = usize::try_from(PEOPLE)?;
    accounts::import(server, data, count, 0)?;
    let mut connection = Connection::open(data.join("chatterbox.db"))?;
    let transaction = connection.transaction()?;
    let most = ROOMS_HAD[ROOMS_HAD.len() - 1];
    let ids: Vec<u64> = (LOBBY + 1..=LOBBY + most as u64).collect();
    for id in ids.iter().copied().chain([LARGE]) {
        rooms::write_room(&transaction, id)?;
    }
    let mut people = Vec::new();
    for user in 1..=count {
        let had = ROOMS_HAD.get(user - 1).map_or(0, |had| had - 1);
        let rooms = ids[..had].iter().copied().chain([LARGE]).collect();
        people.push(Resident { token: format!("{user:0>43}"), rooms });
        rooms::write_resident(&transaction, i64::try_from(user)?, &people[user - 1])?;
    }
    let house = transaction.query_row("SELECT max(card_seq) FROM users", [], |row| row.get::<_, i64>(0))?;
    transaction.commit()?;
    Ok(Furnished { people, house: u64::try_from(house)? })
}

/// Somebody with so many rooms comes again and again, and looks at one of them.
fn coming(under: &Under, house: &Furnished, resident: &Resident, rooms: usize) -> anyhow::Result<Vec<ReportLine>> {
    let mut bytes = 0;
    let (processor, reads) = (under.process.processor_time()?, under.process.reads()?);
    for _ in 0..COMINGS {
        let mut audience = Audience::new(under.process.address)?;
        audience.call(&resident.token, &[LARGE], house.house)?;
        audience.settle_until_there()?;
        bytes = audience.bytes();
    }
    let each = |total: f64| total / f64::from(COMINGS);
    let processor = each((under.process.processor_time()? - processor).as_secs_f64() * 1e6);
    let reads = each((under.process.reads()? - reads) as f64);
    let line = |figure: &str, value| ReportLine::ours(&format!("`hello` with {rooms} rooms"), figure, value);
    Ok(vec![
        line("processor µs, with its socket", processor),
        line("calls that read, of files and sockets", reads),
        line("bytes", bytes as f64),
    ])
}

/// So many people are there and see somebody come and go.
fn being_seen(under: &Under, house: &Furnished, people: usize) -> anyhow::Result<ReportLine> {
    let mut audience = Audience::new(under.process.address)?;
    for Resident { token, .. } in house.people.iter().skip(1).take(people) {
        audience.call(token, &[LOBBY], house.house)?;
    }
    audience.settle_until_there()?;
    audience.settle(SETTLED)?;
    let comer = &house.people.last().context("nobody is there")?.token;
    let before = under.process.processor_time()?;
    audience.settle(TOLD * CHANGES)?;
    let idle = under.process.processor_time()? - before;
    let before = under.process.processor_time()?;
    for _ in 0..CHANGES {
        let mut comes = Audience::new(under.process.address)?;
        comes.call(comer, &[LOBBY], house.house)?;
        comes.settle_until_there()?;
        drop(comes);
        // Until they count as gone, too.
        audience.settle(SETTLED + TOLD)?;
    }
    let took = (under.process.processor_time()? - before).saturating_sub(idle);
    // Each comes and goes.
    let each = took.as_secs_f64() * 1e3 / f64::from(2 * CHANGES);
    Ok(ReportLine::ours(&format!("{people} people see somebody come or go"), "processor ms", each))
}

/// Somebody speaks in the large room, which so many of its members follow.
fn speaking(under: &Under, house: &Furnished, followers: usize, time: Duration) -> anyhow::Result<Vec<ReportLine>> {
    let mut audience = Audience::new(under.process.address)?;
    for Resident { token, .. } in house.people.iter().skip(ROOMS_HAD.len()).take(followers) {
        audience.call(token, &[LARGE], house.house)?;
    }
    audience.settle_until_there()?;
    audience.settle(SETTLED)?;
    let before = under.process.processor_time()?;
    let counts = audience.talk(1, time)?;
    let took = under.process.processor_time()? - before;
    let messages = counts.times.len().max(1) as f64;
    let line = |figure: &str, value| {
        ReportLine::ours(&format!("a message among {PEOPLE} members, {followers} of whom follow"), figure, value)
    };
    Ok(vec![
        line("processor µs", took.as_secs_f64() * 1e6 / messages),
        line("processor µs a delivery", took.as_secs_f64() * 1e6 / counts.deliveries.max(1) as f64),
    ])
}
