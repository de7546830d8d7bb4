//! What following costs a core: many people in many rooms beside as many deliveries in one.
//!
//! `cargo run --release -p chatterbox-core --example many_rooms`

#![expect(clippy::print_stdout, reason = "It tells what it has measured.")]

use std::time::{Duration, Instant};

use bytes::Bytes;
use chatterbox_core::logs::{Epoch, LogId};
use chatterbox_core::shard::{Input, LogPage, Output, Past, Published, Replay, Shard, View, Wanted};
use chatterbox_protocol::commands::{Called, Command, Hello};
use chatterbox_protocol::events::{History, Me};
use chatterbox_protocol::ids::{RoomId, Seq, SessionId, UserId};
use chatterbox_protocol::logs::Followed;
use chatterbox_protocol::users::Role;

const EPOCH: Epoch = Epoch(1);
/// Rounds of each measure.
const ROUNDS: u32 = 1_000;
/// Bytes of an event.
const EVENT: &[u8] = &[b'.'; 180];

/// People who follow rooms: each one so many of all there are.
struct House {
    shard: Shard,
    out: Vec<Output>,
    rooms: u64,
    said: u64,
}

impl House {
    fn new(people: u64, rooms: u64, each: u64) -> Self {
        let shard = Shard::new(|_| Bytes::from_static(b"page"), Replay::Newest(50), EPOCH);
        let mut house = Self { shard, out: Vec::new(), rooms, said: 0 };
        for person in 0..people {
            house.comes(person, each);
        }
        house
    }

    fn comes(&mut self, person: u64, each: u64) {
        let (user, session) = (UserId(person + 1), SessionId(person + 1));
        let peer = self.shard.open(user, session, Role::Member, View::Full, Bytes::new(), &mut self.out);
        let room = |number| RoomId(1 + (person * each + number) % self.rooms);
        let follow = (0..each).map(|number| Followed { room: room(number), seq: None }).collect();
        let hello = Command::Hello(Box::new(Hello { follow: Some(follow), ..Hello::default() }));
        let called = Called { reference: None, command: Ok(hello), turn: None };
        self.shard.handle(0, Input::Said { peer, called, budget: Ok(()) }, &mut self.out);
        loop {
            let wanted = self.out.drain(..).find_map(|output| match output {
                Output::Read { wanted, .. } => Some(wanted),
                _ => None,
            });
            let Some(wanted) = wanted else { return };
            self.shard.handle(
                0,
                Input::Read { epoch: EPOCH, peer, past: Box::new(past(&wanted, user)) },
                &mut self.out,
            );
            self.shard.wrote_all(peer, &mut self.out);
        }
    }

    /// How long one delivery takes, with so many messages before each telling.
    fn delivers(&mut self, together: u64) -> Duration {
        let (mut delivered, begin) = (0_u32, Instant::now());
        for _ in 0..ROUNDS {
            for _ in 0..together {
                self.said += 1;
                let (room, seq) = (RoomId(1 + self.said % self.rooms), Seq(self.said));
                let frame = Bytes::from_static(EVENT);
                // Whatever was said before was overtaken: the numbers need not be counted for each room.
                let entry = Published { seq, since: Seq(0), lost: None, came: None, is_quiet: false, frame };
                self.shard.handle(0, Input::Published { epoch: EPOCH, log: LogId::Room(room), entry }, &mut self.out);
            }
            let count = |bytes: usize| u32::try_from(bytes / EVENT.len()).unwrap_or_default();
            let left = self.shard.tell_listeners(|_, piece| {
                delivered += count(piece.len());
                piece.len()
            });
            // What does not lie in one piece.
            for peer in left {
                delivered += count(self.shard.unsent(peer).map(<[u8]>::len).sum());
                self.shard.wrote_all(peer, &mut self.out);
            }
        }
        begin.elapsed() / delivered
    }

    fn ticks(&mut self) -> Duration {
        let begin = Instant::now();
        for round in 0..ROUNDS {
            self.shard.handle(1_000 * i64::from(round + 1), Input::Tick, &mut self.out);
            self.out.clear();
        }
        begin.elapsed() / ROUNDS
    }
}

/// What a store with empty rooms answers.
fn past(wanted: &Wanted, user: UserId) -> Past {
    let page = |log| match log {
        LogId::Room(room) => {
            let (messages, deleted, states) = (Vec::new(), Vec::new(), Vec::new());
            let history =
                History { room, reset: true, more: false, messages, deleted, states, seq: Seq(0), live: true };
            Some(LogPage::Room(history))
        }
        LogId::Own(_) | LogId::House => None,
    };
    match wanted {
        Wanted::Welcome { first, .. } => Past::Welcome {
            user: Me { id: user, username: "somebody".to_owned(), role: Role::Member },
            epoch: "one".to_owned(),
            rooms: Vec::new(),
            page: page(first.log),
            public_url: None,
        },
        Wanted::Page(wanted) => Past::Page(page(wanted.log)),
        Wanted::Newest(_) | Wanted::After(_) => Past::Failed,
    }
}

/// Bytes of memory that the process has in use.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or_default() * 1024
}

fn main() {
    println!("people × rooms of all | a delivery | of 100 together | a tick | bytes a followed room");
    for (people, rooms, each) in [(40, 1, 1), (2_000, 10_000, 200), (2_000, 1, 1), (2_000, 2_000, 200)] {
        let before = resident();
        let mut house = House::new(people, rooms, each);
        let bytes = resident().saturating_sub(before) / (people * each);
        let tick = house.ticks();
        let (one, many) = (house.delivers(1), house.delivers(100));
        println!("{people} × {each} of {rooms} | {one:?} | {many:?} | {tick:?} | {bytes}");
    }
}
