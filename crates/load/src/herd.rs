//! Clients that all come back at once, each with what it knew: they connect, say `hello`, and are there once they have
//! been shown what they missed.

use std::io::{ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use serde_json::{Value, json};

use crate::frames;
use crate::handshake;

/// How long it may take until all are there.
const PATIENCE: Duration = Duration::from_secs(60);

struct HerdClient {
    stream: TcpStream,
    received: Vec<u8>,
    stage: HerdStage,
    /// The last change that it knows.
    seq: u64,
}

#[derive(PartialEq, Eq)]
enum HerdStage {
    Connecting,
    Upgrading,
    CatchingUp,
    Live,
}

/// Where a room's log stands.
pub(crate) struct LogEnd {
    epoch: String,
    pub(crate) seq: u64,
}

/// Asks where the first room's log stands.
pub(crate) fn known(server: SocketAddr, token: &str) -> anyhow::Result<LogEnd> {
    let mut herd = Herd::new(server, token)?;
    let nothing = LogEnd { epoch: String::new(), seq: 0 };
    herd.call(&nothing, 0)?;
    herd.run(&nothing)
}

/// Has this many clients come back at once, of which each has missed another number of messages, up to `missed_max`.
/// Answers how long it takes until all of them know everything.
pub(crate) fn returns(
    server: SocketAddr,
    token: &str,
    known: &LogEnd,
    count: u64,
    missed_max: u64,
) -> anyhow::Result<Duration> {
    let began = Instant::now();
    let mut herd = Herd::new(server, token)?;
    for number in 0..count {
        herd.call(known, known.seq.saturating_sub(number % (missed_max + 1)))?;
    }
    let now = herd.run(known)?;
    ensure!(now.seq == known.seq && now.epoch == known.epoch, "the server has lost something");
    Ok(began.elapsed())
}

struct Herd {
    server: SocketAddr,
    poll: Poll,
    clients: Vec<HerdClient>,
    /// Those of them who are not there yet.
    left: usize,
    /// Where the log stands, as far as they have heard.
    now: LogEnd,
    events: Events,
    request: Vec<u8>,
    scratch: Vec<u8>,
}

impl Herd {
    fn new(server: SocketAddr, token: &str) -> anyhow::Result<Self> {
        Ok(Self {
            server,
            poll: Poll::new()?,
            clients: Vec::new(),
            left: 0,
            now: LogEnd { epoch: String::new(), seq: 0 },
            events: Events::with_capacity(4_096),
            request: handshake::request(server, &format!("hello&token={token}")),
            scratch: vec![0; 256 * 1024],
        })
    }

    /// A client that knows everything up to `seq` sets out.
    fn call(&mut self, known: &LogEnd, seq: u64) -> anyhow::Result<()> {
        ensure!(seq <= known.seq, "nobody knows what has not happened");
        let mut stream = TcpStream::connect(self.server)?;
        let interests = Interest::READABLE | Interest::WRITABLE;
        self.poll.registry().register(&mut stream, Token(self.clients.len()), interests)?;
        self.clients.push(HerdClient { stream, received: Vec::new(), stage: HerdStage::Connecting, seq });
        self.left += 1;
        // Each is a program of its own, which asks as soon as it is connected.
        self.turn(known, Duration::ZERO)
    }

    /// Runs until everybody is there. Answers where the log stands.
    fn run(mut self, known: &LogEnd) -> anyhow::Result<LogEnd> {
        let deadline = Instant::now() + PATIENCE;
        while self.left > 0 {
            let patience = deadline.checked_duration_since(Instant::now());
            let Some(patience) = patience else { bail!("{} are not there after {PATIENCE:?}", self.left) };
            self.turn(known, patience)?;
        }
        Ok(self.now)
    }

    /// Does what can be done at once for each: who is connected asks, and who is answered takes in what comes.
    fn turn(&mut self, known: &LogEnd, patience: Duration) -> anyhow::Result<()> {
        self.poll.poll(&mut self.events, Some(patience))?;
        for event in &self.events {
            let client = &mut self.clients[event.token().0];
            if client.stage == HerdStage::Connecting && event.is_writable() {
                client.stream.set_nodelay(true)?;
                client.stream.write_all(&self.request)?;
                client.stage = HerdStage::Upgrading;
            }
            let was_live = client.stage == HerdStage::Live;
            client.receive(&mut self.scratch, known, &mut self.now)?;
            self.left -= usize::from(!was_live && client.stage == HerdStage::Live);
        }
        Ok(())
    }
}

impl HerdClient {
    fn receive(&mut self, scratch: &mut [u8], known: &LogEnd, now: &mut LogEnd) -> anyhow::Result<()> {
        loop {
            match self.stream.read(scratch) {
                Ok(0) => bail!("the server closed the connection"),
                Ok(count) => self.received.extend_from_slice(&scratch[..count]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error.into()),
            }
        }
        if self.stage == HerdStage::Upgrading && handshake::take_answer(&mut self.received)? {
            let rooms = if self.seq == 0 { json!({}) } else { json!({"1": self.seq}) };
            let mut hello = json!({"type": "hello", "rooms": rooms});
            if !known.epoch.is_empty() {
                hello["epoch"] = json!(known.epoch);
            }
            self.stream.write_all(&frames::masked(hello.to_string().as_bytes()))?;
            self.stage = HerdStage::CatchingUp;
        }
        let mut at = 0;
        while self.stage == HerdStage::CatchingUp
            && let Some(frame) = frames::first(&self.received[at..])
        {
            at += frame.size;
            let event: Value = serde_json::from_slice(frame.payload).context("no event")?;
            let is_live = hear(&mut self.seq, &event, now)?;
            if is_live {
                self.stage = HerdStage::Live;
            }
        }
        self.received.drain(..at);
        Ok(())
    }
}

/// Takes in an event. Answers whether it was the last of what was missed.
fn hear(seq: &mut u64, event: &Value, now: &mut LogEnd) -> anyhow::Result<bool> {
    match event["type"].as_str() {
        Some("hello") => now.epoch = event["epoch"].as_str().context("no epoch")?.to_owned(),
        Some("history") => {
            let is_new = *seq == 0;
            for message in event["messages"].as_array().context("no messages")? {
                let next = message["seq"].as_u64().context("no number")?;
                ensure!(is_new || next == *seq + 1, "after message {seq} came message {next}");
                *seq = next;
            }
            now.seq = event["seq"].as_u64().context("no number")?;
            let is_live = event["live"] == true;
            ensure!(!is_live || is_new || *seq == now.seq, "{seq} is the last of {}", now.seq);
            return Ok(is_live);
        }
        Some("error") => bail!("refused: {event}"),
        _ => {}
    }
    Ok(false)
}
