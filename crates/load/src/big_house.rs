//! A house with many people, some in many rooms, and rooms with many members: what coming, being seen to come and speaking cost
//! there, and how that grows.

use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use rusqlite::{Connection, Transaction};

use crate::accounts;
use crate::audience::Audience;
use crate::crowds;
use crate::entrance::Entrance;
use crate::report::ReportLine;
use crate::rooms::{self, LOBBY, Resident};
use crate::under::{Under, data};

pub(crate) const NAME: &str = "a house of 10,000 people";

const PEOPLE: usize = 10_000;

/// Rooms that those have who come again and again.
const ROOMS_HAD: [usize; 3] = [50, 100, 200];

/// What each of these rooms has in its log.
const LAST_OF_SMALL: u64 = 1;

/// Rooms with many members, and how many: the first so many people.
const LARGE: [(u64, usize); 3] = [(1_001, 1_000), (1_002, 3_000), (1_003, PEOPLE)];

/// How many of a large room's members are there in each case, if not all of them.
const FEW: usize = 100;

/// How often each of those comes.
const COMINGS: u32 = 100;

/// How many see somebody come.
const SEEING: [usize; 3] = [1_250, 2_500, 5_000];

/// So many of them come at once: each is told of all who are there already, unless they say whom they draw.
const TOGETHER: usize = 250;

/// How many of them a page draws who is not drawn by all.
const SOME: u64 = 100;

/// How often somebody comes while others are there.
const CHANGES: usize = 6;

/// More than lies between two tellings of who is there.
const BETWEEN_COMINGS: Duration = Duration::from_millis(150);

/// What has come with coming has been done.
const SETTLED: Duration = Duration::from_secs(2);

/// Longer than this nobody speaks in one room.
const SPEAKING_MAX: Duration = Duration::from_secs(2);

/// Everybody's session, and the number of the last change in the house's log.
struct Furnished {
    people: Vec<Resident>,
    house: u64,
}

/// Measures coming, being seen and speaking, one after the other, in one house.
pub(crate) fn run(server: &Path, time: Duration) -> anyhow::Result<Vec<ReportLine>> {
    let data = data()?;
    let house = furnish(server, data.path())?;
    let mut lines = Vec::new();
    let mut under = Under::server_on(server, data)?;
    for (resident, rooms) in house.people.iter().zip(ROOMS_HAD) {
        // Of what the first one needs, nothing was read before.
        under = Under::server_on(server, under.into_data()?)?;
        for follows in [Follows::OnScreen, Follows::All] {
            lines.extend(coming(&under, &house, resident, rooms, follows)?);
        }
    }
    for drawn in [Drawn::ByWhoDrawsThem, Drawn::ByEverybody] {
        // Whoever was there before has gone, and is told as gone much later.
        under = Under::server_on(server, under.into_data()?)?;
        lines.extend(being_seen(&under, &house, drawn)?);
    }
    under = Under::server_on(server, under.into_data()?)?;
    for (room, members) in LARGE {
        for followers in [FEW, members] {
            lines.extend(speaking(&under, &house, (room, members), followers, time.min(SPEAKING_MAX))?);
        }
    }
    Ok(lines)
}

fn furnish(server: &Path, data: &Path) -> anyhow::Result<Furnished> {
    accounts::import(server, data, PEOPLE, 0)?;
    let mut connection = Connection::open(data.join("chatterbox.db"))?;
    let transaction = connection.transaction()?;
    let most = ROOMS_HAD[ROOMS_HAD.len() - 1];
    let small: Vec<u64> = (LOBBY + 1..LOBBY + most as u64).collect();
    for id in small.iter().copied().chain(LARGE.map(|(id, _)| id)) {
        rooms::write_room(&transaction, id)?;
    }
    let mut people = Vec::new();
    for user in 1..=PEOPLE {
        let had = ROOMS_HAD.get(user - 1).map_or(0, |had| had - 1);
        people.push(Resident { token: format!("{user:0>43}"), rooms: small[..had].to_vec() });
        rooms::write_resident(&transaction, i64::try_from(user)?, &people[user - 1])?;
    }
    for (user, resident) in (1..).zip(&people[..ROOMS_HAD.len()]) {
        write_marks(&transaction, user, resident)?;
    }
    for (room, members) in LARGE {
        write_members(&transaction, room, members)?;
    }
    let house = transaction.query_row("SELECT max(card_seq) FROM users", [], |row| row.get::<_, i64>(0))?;
    transaction.commit()?;
    Ok(Furnished { people, house: u64::try_from(house)? })
}

/// Somebody has read all that there is in their rooms; behind their account, that is what their own log has.
fn write_marks(transaction: &Transaction<'_>, user: i64, resident: &Resident) -> anyhow::Result<()> {
    let mut mark = transaction.prepare_cached(
        "INSERT INTO marks (user_id, room_id, up_to, seen, listed, changed_seq) VALUES (?1, ?2, ?3, ?3, 1, ?4)",
    )?;
    for (seq, room) in (2_i64..).zip(&resident.rooms) {
        mark.execute((user, room.cast_signed(), LAST_OF_SMALL.cast_signed(), seq))?;
    }
    Ok(())
}

/// So many have come into the room, one after the other, after what was said there.
fn write_members(transaction: &Transaction<'_>, room: u64, members: usize) -> anyhow::Result<()> {
    let mut member = transaction.prepare_cached(
        "INSERT INTO memberships (room_id, user_id, changed_seq, changed_at, by_id) VALUES (?1, ?2, ?2 + 1, ?2, ?2)",
    )?;
    for user in 1..=i64::try_from(members)? {
        member.execute((room.cast_signed(), user))?;
    }
    Ok(())
}

/// What somebody who comes follows of their rooms.
#[derive(Clone, Copy)]
enum Follows {
    /// The one that they look at, and nothing of the others yet.
    OnScreen,
    /// All of them, of which they know all.
    All,
}

/// Somebody with so many rooms comes again and again.
fn coming(
    under: &Under,
    house: &Furnished,
    resident: &Resident,
    rooms: usize,
    follows: Follows,
) -> anyhow::Result<Vec<ReportLine>> {
    let (looks_at, known, what) = match follows {
        Follows::OnScreen => (&resident.rooms[..1], None, "the one on screen"),
        Follows::All => (&resident.rooms[..], Some(LAST_OF_SMALL), "all of them, known to the last"),
    };
    let entrance = Entrance {
        token: &resident.token,
        rooms: looks_at,
        known,
        own: 1 + resident.rooms.len() as u64,
        house: house.house,
        watches: Some(&[]),
    };
    let come = || -> anyhow::Result<u64> {
        let mut audience = Audience::new(under.process.address)?;
        audience.call(entrance)?;
        audience.settle_until_there()?;
        Ok(audience.bytes())
    };
    let before = under.process.reads()?;
    let bytes = come()?;
    let reads = under.process.reads()?;
    let first_reads = reads - before;
    let processor = under.process.processor_time()?;
    for _ in 0..COMINGS {
        come()?;
    }
    let processor = (under.process.processor_time()? - processor).as_secs_f64() * 1e6 / f64::from(COMINGS);
    let again = (under.process.reads()? - reads) as f64 / f64::from(COMINGS);
    let line =
        |figure: &str, value| ReportLine::ours(&format!("`hello` with {rooms} rooms, follows {what}"), figure, value);
    Ok(vec![
        line("processor µs, with its socket", processor),
        line("reads of files, the first time", first_reads as f64),
        line("reads of files, again", again),
        line("bytes", bytes as f64),
    ])
}

/// Who is told of those who come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Drawn {
    /// Whoever says that they draw them, as the page does.
    ByWhoDrawsThem,
    /// Everybody, as clients are that do not say whom they draw.
    ByEverybody,
}

/// For each number of people that are there, those who come to be seen by so many of them: none of those who are there already.
fn comers(kind: usize) -> [Range<usize>; SEEING.len()] {
    std::array::from_fn(|size| {
        let first = SEEING[SEEING.len() - 1] + (kind * SEEING.len() + size) * CHANGES;
        first..first + CHANGES
    })
}

fn ids(comers: &[Range<usize>]) -> Vec<u64> {
    comers.iter().cloned().flatten().map(|number| number as u64 + 1).collect()
}

/// Somebody comes while so many people are there, all of whom, some of whom or none of whom are told of it.
fn being_seen(under: &Under, house: &Furnished, drawn: Drawn) -> anyhow::Result<Vec<ReportLine>> {
    let [of_none, of_some, of_all] = [0, 1, 2].map(comers);
    let all = ids(&of_all);
    let both = [ids(&of_some), all.clone()].concat();
    let mut audience = Audience::new(under.process.address)?;
    let (mut there, mut lines) = (Vec::new(), Vec::new());
    let mut present = 0;
    for (size, people) in SEEING.into_iter().enumerate() {
        for number in present..people {
            let drawn_by_them = if (number as u64) < SOME { &both } else { &all };
            let watches = (drawn == Drawn::ByWhoDrawsThem).then_some(&drawn_by_them[..]);
            audience.call(at_the_lobby(&house.people[number], house, watches))?;
            if number % TOGETHER == 0 {
                audience.settle_until_there()?;
            }
        }
        present = people;
        audience.settle_until_there()?;
        audience.settle(SETTLED)?;
        let kinds = match drawn {
            Drawn::ByWhoDrawsThem => {
                vec![
                    (of_none[size].clone(), 0, "none"),
                    (of_some[size].clone(), SOME, "100"),
                    (of_all[size].clone(), people as u64, "all"),
                ]
            }
            Drawn::ByEverybody => vec![(of_all[size].clone(), people as u64, "all, who watch nobody in particular,")],
        };
        for (comers, seen_by, who) in kinds {
            let name = format!("somebody comes where {people} people are, {who} of whom see it");
            lines.extend(come_one_by_one((under, house), &mut audience, (comers, seen_by), &mut there, &name)?);
        }
    }
    Ok(lines)
}

fn at_the_lobby<'a>(resident: &'a Resident, house: &Furnished, watches: Option<&'a [u64]>) -> Entrance<'a> {
    Entrance { token: &resident.token, rooms: &[LOBBY], known: None, own: 1, house: house.house, watches }
}

/// They come one after the other, each of whom so many are told of, and stay: among those who are there.
fn come_one_by_one(
    (under, house): (&Under, &Furnished),
    audience: &mut Audience,
    (comers, seen_by): (Range<usize>, u64),
    there: &mut Vec<Audience>,
    name: &str,
) -> anyhow::Result<Vec<ReportLine>> {
    let idle_from = under.process.processor_time()?;
    audience.settle(SETTLED)?;
    let idle = (under.process.processor_time()? - idle_from).as_secs_f64() / SETTLED.as_secs_f64();
    let (before, began) = (under.process.processor_time()?, std::time::Instant::now());
    let mut times = Vec::new();
    for resident in &house.people[comers] {
        let tellings = audience.tellings() + seen_by;
        let mut comes = Audience::new(under.process.address)?;
        comes.call(at_the_lobby(resident, house, Some(&[])))?;
        comes.settle_until_there()?;
        times.push(audience.settle_until_told(tellings, BETWEEN_COMINGS)?);
        there.push(comes);
    }
    let took = (under.process.processor_time()? - before).as_secs_f64() - idle * began.elapsed().as_secs_f64();
    times.sort_unstable();
    let until_told = times.get(times.len() / 2).context("nobody has come")?.as_secs_f64() * 1e3;
    Ok(vec![
        ReportLine::ours(name, "processor ms", took * 1e3 / CHANGES as f64),
        ReportLine::ours(name, "ms until the last is told", until_told),
    ])
}

/// Somebody speaks in a large room, which so many of its members follow.
fn speaking(
    under: &Under,
    house: &Furnished,
    (room, members): (u64, usize),
    followers: usize,
    time: Duration,
) -> anyhow::Result<Vec<ReportLine>> {
    let mut audience = Audience::new(under.process.address)?;
    for (number, resident) in house.people.iter().take(followers).enumerate() {
        let entrance = Entrance { rooms: &[room], ..at_the_lobby(resident, house, Some(&[])) };
        audience.call(entrance)?;
        if number % TOGETHER == 0 {
            audience.settle_until_there()?;
        }
    }
    audience.settle_until_there()?;
    audience.settle(SETTLED)?;
    let measured = crowds::measure_load(&under.process, time, |time| audience.talk(1, time))?;
    let name = format!("a message among {members} members, {followers} of whom follow");
    Ok(crowds::alone(&name, &measured))
}
