//! People who follow rooms: one thread, one epoll. Somebody in a room says something, and the next thing is said once all who
//! follow that room have it. What each hears is checked: of the rooms that it follows alone, each message once, in the order
//! of the room's log, without a gap.

use std::collections::HashMap;
use std::io::{ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use fastrand::Rng;
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use serde_json::{Value, json};

use crate::entrance::Entrance;
use crate::frames;
use crate::generator::{Counts, TEXT};
use crate::handshake;
use crate::limit::FIRST_SEQ;

/// How long a message may be on its way: one that is lost ends the measurement.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long it may take until all follow all.
const PATIENCE_WITH_COMING: Duration = Duration::from_secs(120);

/// In which rooms something is said, and by whom, is the same in every run.
const SEED: u64 = 18;

/// Somebody who follows rooms.
struct Follower {
    stream: TcpStream,
    received: Vec<u8>,
    stage: FollowerStage,
    /// The last message that it has, in each room that it follows.
    known: HashMap<u64, Option<u64>>,
    /// Logs of which its last page has not come.
    behind: usize,
    /// Its messages that were not acknowledged yet.
    unanswered: usize,
}

#[derive(PartialEq, Eq)]
enum FollowerStage {
    /// It is to say this once it is connected, and this once that is answered.
    Connecting([Vec<u8>; 2]),
    Upgrading(Vec<u8>),
    Upgraded,
}

/// A room, and who follows it.
#[derive(Default)]
struct FollowedRoom {
    followers: Vec<usize>,
    /// The last message that is stored there or on its way.
    last: u64,
}

/// A message on its way.
struct UnderWay {
    sent: Instant,
    /// How many of the room's followers do not have it.
    lacking: usize,
}

/// All who follow rooms of one server.
pub(crate) struct Audience {
    server: SocketAddr,
    poll: Poll,
    people: Vec<Follower>,
    rooms: HashMap<u64, FollowedRoom>,
    /// The rooms that somebody follows, in the order in which they were first named.
    named: Vec<u64>,
    patience: Duration,
    /// By its room and number.
    under_way: HashMap<(u64, u64), UnderWay>,
    rng: Rng,
    /// Whether something new is said when something has arrived.
    is_talking: bool,
    counts: Counts,
    /// How often somebody was told that somebody is there otherwise.
    tellings: u64,
    /// What all of them have received.
    bytes: u64,
    events: Events,
    scratch: Vec<u8>,
}

impl Audience {
    /// Nobody yet.
    pub(crate) fn new(server: SocketAddr) -> anyhow::Result<Self> {
        Ok(Self {
            server,
            poll: Poll::new()?,
            people: Vec::new(),
            rooms: HashMap::new(),
            named: Vec::new(),
            patience: PATIENCE,
            under_way: HashMap::new(),
            rng: Rng::with_seed(SEED),
            is_talking: false,
            counts: Counts::default(),
            tellings: 0,
            bytes: 0,
            events: Events::with_capacity(4_096),
            scratch: vec![0; 256 * 1024],
        })
    }

    /// Somebody sets out.
    pub(crate) fn call(&mut self, entrance: Entrance<'_>) -> anyhow::Result<()> {
        let Entrance { token, rooms, .. } = entrance;
        let query = format!("hello&token={token}");
        // The two other logs as well.
        self.set_out(&query, frames::masked(entrance.hello().as_bytes()), rooms, None, rooms.len() + 2)
    }

    /// The same to the bare program, which asks for no `hello` and tells no past.
    pub(crate) fn call_bare(&mut self, name: &str, rooms: &[u64]) -> anyhow::Result<()> {
        let named: Vec<String> = rooms.iter().map(u64::to_string).collect();
        for room in rooms {
            self.rooms.entry(*room).or_default().last = FIRST_SEQ - 1;
        }
        let query = format!("token={name}&rooms={}", named.join(","));
        self.set_out(&query, Vec::new(), rooms, Some(FIRST_SEQ - 1), 0)
    }

    fn set_out(
        &mut self,
        query: &str,
        hello: Vec<u8>,
        rooms: &[u64],
        known: Option<u64>,
        behind: usize,
    ) -> anyhow::Result<()> {
        let request = handshake::request(self.server, query);
        let mut stream = TcpStream::connect(self.server)?;
        let (interests, number) = (Interest::READABLE | Interest::WRITABLE, self.people.len());
        self.poll.registry().register(&mut stream, Token(number), interests)?;
        for room in rooms {
            let followed = self.rooms.entry(*room).or_default();
            if followed.followers.is_empty() {
                self.named.push(*room);
            }
            followed.followers.push(number);
        }
        self.people.push(Follower {
            stream,
            received: Vec::new(),
            stage: FollowerStage::Connecting([request, hello]),
            known: rooms.iter().map(|room| (*room, known)).collect(),
            behind,
            unanswered: 0,
        });
        // Each is a program of its own, which asks as soon as it is connected.
        self.turn(Duration::ZERO)
    }

    /// Until everybody has the last page of everything that they follow.
    pub(crate) fn settle_until_there(&mut self) -> anyhow::Result<()> {
        let is_there = |person: &Follower| person.stage == FollowerStage::Upgraded && person.behind == 0;
        let is_there = |followers: &Self| followers.people.iter().all(is_there);
        self.run_until(PATIENCE_WITH_COMING, is_there)
    }

    /// How often somebody was told, all together, that somebody is there otherwise.
    pub(crate) fn tellings(&self) -> u64 {
        self.tellings
    }

    /// Until [`Self::tellings`] are so many, and then for a while in which there are no more. Answers how long the first took.
    pub(crate) fn settle_until_told(&mut self, tellings: u64, then: Duration) -> anyhow::Result<Duration> {
        let began = Instant::now();
        self.run_until(self.patience, |audience| audience.tellings >= tellings)?;
        let took = began.elapsed();
        self.settle(then)?;
        ensure!(self.tellings == tellings, "people were told {} times, and not {tellings} times", self.tellings);
        Ok(took)
    }

    /// Bytes that all of them have received.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Receives for a while without saying anything.
    pub(crate) fn settle(&mut self, time: Duration) -> anyhow::Result<()> {
        let moment = Instant::now() + time;
        while let Some(left) = moment.checked_duration_since(Instant::now()) {
            self.turn(left)?;
        }
        Ok(())
    }

    /// Everybody is heard of at this moment, so that nobody is asked for a while whether they are there.
    pub(crate) fn all_give_a_sign(&mut self) -> anyhow::Result<()> {
        for person in &mut self.people {
            person.stream.write_all(&frames::masked_pong())?;
        }
        Ok(())
    }

    /// Has so many messages on their way at a time, each in any of the rooms, for a while and until all who are to have them
    /// have them.
    pub(crate) fn talk(&mut self, in_flight: usize, time: Duration) -> anyhow::Result<Counts> {
        self.is_talking = true;
        let moment = Instant::now() + time;
        for _ in 0..in_flight {
            self.say()?;
        }
        while let Some(left) = moment.checked_duration_since(Instant::now()) {
            self.turn(left.min(self.patience))?;
            self.is_nothing_lost()?;
        }
        self.is_talking = false;
        self.run_until(self.patience, |followers| {
            followers.under_way.is_empty() && followers.people.iter().all(|person| person.unanswered == 0)
        })?;
        self.everybody_knows_everything()?;
        Ok(std::mem::take(&mut self.counts))
    }

    fn run_until(&mut self, patience: Duration, is_done: impl Fn(&Self) -> bool) -> anyhow::Result<()> {
        let deadline = Instant::now() + patience;
        while !is_done(self) {
            let Some(left) = deadline.checked_duration_since(Instant::now()) else {
                self.is_nothing_lost()?;
                bail!("after {patience:?} something has not arrived yet");
            };
            self.turn(left)?;
        }
        Ok(())
    }

    fn is_nothing_lost(&self) -> anyhow::Result<()> {
        for ((room, seq), message) in &self.under_way {
            let (lacking, waited) = (message.lacking, message.sent.elapsed());
            ensure!(waited < self.patience, "after {waited:?}, {lacking} lack message {seq} of room {room}");
        }
        Ok(())
    }

    fn everybody_knows_everything(&self) -> anyhow::Result<()> {
        for (room, FollowedRoom { followers, last }) in &self.rooms {
            for number in followers {
                let known = self.people[*number].known.get(room).copied().flatten();
                ensure!(known == Some(*last), "socket {number} knows room {room} up to {known:?}, and not to {last}");
            }
        }
        Ok(())
    }

    /// Does what can be done at once for each.
    fn turn(&mut self, patience: Duration) -> anyhow::Result<()> {
        let mut events = std::mem::replace(&mut self.events, Events::with_capacity(0));
        // A process that was stopped and goes on has been interrupted: it looks again.
        let waited = self.poll.poll(&mut events, Some(patience));
        waited.or_else(|error| if error.kind() == ErrorKind::Interrupted { Ok(()) } else { Err(error) })?;
        for event in &events {
            let number = event.token().0;
            let person = &mut self.people[number];
            if let FollowerStage::Connecting([request, hello]) = &mut person.stage
                && event.is_writable()
            {
                person.stream.set_nodelay(true)?;
                person.stream.write_all(request)?;
                person.stage = FollowerStage::Upgrading(std::mem::take(hello));
                self.poll.registry().reregister(&mut person.stream, event.token(), Interest::READABLE)?;
            }
            self.receive(number).with_context(|| format!("socket {number}"))?;
        }
        self.events = events;
        Ok(())
    }

    fn receive(&mut self, number: usize) -> anyhow::Result<()> {
        let person = &mut self.people[number];
        let mut received = std::mem::take(&mut person.received);
        loop {
            match person.stream.read(&mut self.scratch) {
                Ok(0) => bail!("the server closed the connection"),
                Ok(count) => {
                    received.extend_from_slice(&self.scratch[..count]);
                    self.bytes += count as u64;
                    // That was all; the kernel tells when there is more.
                    if count < self.scratch.len() {
                        break;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error.into()),
            }
        }
        if let FollowerStage::Upgrading(hello) = &person.stage
            && handshake::take_answer(&mut received)?
        {
            person.stream.write_all(hello)?;
            person.stage = FollowerStage::Upgraded;
        }
        let mut at = 0;
        if person.stage == FollowerStage::Upgraded {
            while let Some(frame) = frames::first(&received[at..]) {
                at += frame.size;
                match frame.opcode {
                    1 => self.heard(number, frame.payload)?,
                    9 => self.people[number].stream.write_all(&frames::masked_pong())?,
                    8 => bail!("closed: {}", String::from_utf8_lossy(frame.payload)),
                    _ => {}
                }
            }
        }
        received.drain(..at);
        self.people[number].received = received;
        Ok(())
    }

    fn heard(&mut self, number: usize, payload: &[u8]) -> anyhow::Result<()> {
        if payload.starts_with(br#"{"type":"message""#) {
            let room = frames::number(payload, br#""room":"#).context("a message without a room")?;
            let seq = frames::number(payload, br#""seq":"#).context("a message without a number")?;
            self.people[number].has_message(room, seq)?;
            return self.one_less_lacks(room, seq);
        }
        let event: Value = serde_json::from_slice(payload).context("no event")?;
        let person = &mut self.people[number];
        match event["type"].as_str() {
            Some("ok") => person.unanswered = person.unanswered.checked_sub(1).context("an answer to nothing")?,
            Some("history") => {
                let (room, seq) = (event["room"].as_u64(), event["seq"].as_u64());
                let (room, seq) = (room.context("no room")?, seq.context("no number")?);
                let known = person.known.get_mut(&room).context("a page of a room that is not followed")?;
                ensure!(event["live"] == true && known.replace(seq).is_none(), "room {room} has one page");
                person.behind -= 1;
                let followed = self.rooms.entry(room).or_default();
                followed.last = followed.last.max(seq);
            }
            Some("people") => self.tellings += u64::from(event["reset"] != true),
            Some("states") => person.behind -= usize::from(event["live"] == true),
            Some("error" | "unfollowed") => bail!("refused: {event}"),
            _ => {}
        }
        Ok(())
    }

    /// Somebody says something in a room.
    fn say(&mut self) -> anyhow::Result<()> {
        let Self { rooms, named, rng, people, under_way, .. } = self;
        let room = rng.choice(named.as_slice()).context("nobody follows a room")?;
        let followed = rooms.entry(*room).or_default();
        let speaker = &mut people[*rng.choice(&followed.followers).context("nobody follows the room")?];
        let said = json!({"type": "send", "room": room, "text": TEXT, "ref": 1}).to_string();
        speaker.stream.write_all(&frames::masked(said.as_bytes()))?;
        speaker.unanswered += 1;
        followed.last += 1;
        under_way.insert((*room, followed.last), UnderWay { sent: Instant::now(), lacking: followed.followers.len() });
        Ok(())
    }

    /// One more of those who follow the room has this message.
    fn one_less_lacks(&mut self, room: u64, seq: u64) -> anyhow::Result<()> {
        self.counts.deliveries += 1;
        let message = self.under_way.get_mut(&(room, seq)).context("a message that nobody has sent")?;
        message.lacking -= 1;
        if message.lacking == 0 {
            self.counts.times.push(message.sent.elapsed());
            self.under_way.remove(&(room, seq));
            if self.is_talking {
                self.say()?;
            }
        }
        Ok(())
    }
}

impl Follower {
    fn has_message(&mut self, room: u64, seq: u64) -> anyhow::Result<()> {
        let known = self.known.get_mut(&room).with_context(|| format!("room {room} is not followed"))?;
        let before = known.replace(seq).context("a message before its room's page")?;
        ensure!(seq == before + 1, "in room {room}, message {seq} came after message {before}");
        Ok(())
    }
}

#[cfg(test)]
mod tests;
