//! The load: sockets that send and sockets that only receive; one thread, one epoll. The loops are closed: a message leaves
//! when the one before it in its place has arrived, at everybody or at its sender, so that whoever is slow is seen to be
//! slow. Every receiver's messages are checked: each once, in the order of the room's log, without a gap.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use memchr::memmem::Finder;
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use crate::frames;
use crate::handshake;

/// What everybody says.
pub(crate) const TEXT: &str = "The quick brown fox jumps over the lazy dog, and over the other one.";

/// How long a message that has left may be on its way: one that is lost ends the measurement.
const PATIENCE: Duration = Duration::from_secs(10);

/// When a message has arrived, so that the next one leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    /// Once every socket that reads has it. One sender alone can load so.
    AtEverybody,
    /// Once its sender has it.
    AtSender,
    /// Once it is acknowledged.
    AsAnswer,
}

/// What a run of the generator has counted.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counts {
    /// Messages that reached a socket.
    pub(crate) deliveries: u64,
    /// From sending a message to its arrival, for each.
    pub(crate) times: Vec<Duration>,
    /// The longest time in which some receiver heard nothing while messages were sent.
    pub(crate) longest_silence: Duration,
}

struct LoadConnection {
    stream: TcpStream,
    received: Vec<u8>,
    /// What its messages carry as their sender: a sender's alone.
    mark: Finder<'static>,
    last_seq: Option<u64>,
    last_heard: Instant,
    /// When each of its messages was sent that has not arrived, oldest first.
    sent: VecDeque<Instant>,
    /// Its messages that were not acknowledged yet.
    unanswered: usize,
    in_flight_max: usize,
    is_reading: bool,
    /// Whether it has been told who is online, which comes behind the past: from then on it hears whatever is said.
    is_live: bool,
}

/// Connected sockets, ready to load.
pub(crate) struct Generator {
    poll: Poll,
    peers: Vec<LoadConnection>,
    command: Vec<u8>,
    pace: Pace,
    /// The last one that connected to send.
    sender: usize,
    /// Sockets that read.
    readers: usize,
    /// How many readers each message lacks that some have and some have not, oldest first; the first one's number.
    lacking: VecDeque<usize>,
    first_lacking: Option<u64>,
    is_sending: bool,
    scratch: Vec<u8>,
}

impl Generator {
    /// A generator without sockets.
    pub(crate) fn new(pace: Pace) -> anyhow::Result<Self> {
        let command = frames::masked(format!(r#"{{"type":"send","text":"{TEXT}","ref":1}}"#).as_bytes());
        Ok(Self {
            poll: Poll::new()?,
            peers: Vec::new(),
            command,
            pace,
            sender: 0,
            readers: 0,
            lacking: VecDeque::new(),
            first_lacking: None,
            is_sending: false,
            scratch: vec![0; 256 * 1024],
        })
    }

    /// Opens a socket of one who only receives.
    pub(crate) fn connect(&mut self, server: SocketAddr, token: &str) -> anyhow::Result<()> {
        self.connect_sender(server, token, "", 0)
    }

    /// Opens a socket of a sender with this name, who has so many messages in flight.
    pub(crate) fn connect_sender(
        &mut self,
        server: SocketAddr,
        token: &str,
        name: &str,
        in_flight_max: usize,
    ) -> anyhow::Result<()> {
        let mut stream = std::net::TcpStream::connect(server)?;
        stream.set_nodelay(true)?;
        stream.write_all(&handshake::request(server, &format!("token={token}")))?;
        let received = self.answer(&mut stream)?;
        stream.set_nonblocking(true)?;
        let mut stream = TcpStream::from_std(stream);
        self.poll.registry().register(&mut stream, Token(self.peers.len()), Interest::READABLE)?;
        self.readers += 1;
        if in_flight_max > 0 {
            self.sender = self.peers.len();
        }
        self.peers.push(LoadConnection {
            stream,
            received,
            mark: Finder::new(&format!(r#""user":"{name}""#)).into_owned(),
            last_seq: None,
            last_heard: Instant::now(),
            sent: VecDeque::new(),
            unanswered: 0,
            in_flight_max,
            is_reading: true,
            is_live: false,
        });
        Ok(())
    }

    /// Waits for the handshake's answer. Answers what came behind it.
    fn answer(&mut self, stream: &mut std::net::TcpStream) -> anyhow::Result<Vec<u8>> {
        let mut received = Vec::new();
        while !handshake::take_answer(&mut received)? {
            let count = stream.read(&mut self.scratch)?;
            ensure!(count > 0, "the server closed the connection during the handshake");
            received.extend_from_slice(&self.scratch[..count]);
        }
        Ok(received)
    }

    /// Makes every n-th receiver stop reading. Nothing waits for them any more.
    pub(crate) fn stop_reading(&mut self, every: usize) {
        for peer in self.peers.iter_mut().filter(|peer| peer.in_flight_max == 0).step_by(every) {
            peer.is_reading = false;
            self.readers -= 1;
        }
    }

    /// Receives for a while without sending.
    pub(crate) fn settle(&mut self, time: Duration) -> anyhow::Result<()> {
        self.is_sending = false;
        self.run_until(Some(Instant::now() + time), &mut Counts::default(), |_, _| false)
    }

    /// Receives until every socket hears what is said. Of what is said before, it may be shown the newest alone.
    pub(crate) fn settle_until_live(&mut self) -> anyhow::Result<()> {
        self.run_until(None, &mut Counts::default(), |generator, _| generator.peers.iter().all(|peer| peer.is_live))
    }

    /// Receives until the newest socket has got this many messages.
    pub(crate) fn settle_until_heard(&mut self, messages: u64) -> anyhow::Result<()> {
        let mut counts = Counts::default();
        // The first page may have come together with the answer to the handshake.
        let newest = self.peers.len() - 1;
        self.receive(newest, &mut counts)?;
        self.run_until(None, &mut counts, |_, counts| counts.deliveries >= messages)
    }

    /// Loads for a while, and until everything that has left has arrived.
    pub(crate) fn load(&mut self, time: Duration) -> anyhow::Result<Counts> {
        let mut counts = Counts::default();
        self.is_sending = true;
        let now = Instant::now();
        for index in 0..self.peers.len() {
            self.peers[index].last_heard = now;
            while self.peers[index].sent.len() < self.peers[index].in_flight_max {
                self.send(index)?;
            }
        }
        self.run_until(Some(now + time), &mut counts, |_, _| false)?;
        self.is_sending = false;
        self.run_until(None, &mut counts, |generator, _| {
            generator.lacking.is_empty()
                && generator.peers.iter().all(|peer| peer.sent.is_empty() && peer.unanswered == 0)
        })?;
        Ok(counts)
    }

    /// Receives until a moment, or until something is so; that must be so before the patience is over.
    fn run_until(
        &mut self,
        moment: Option<Instant>,
        counts: &mut Counts,
        is_done: impl Fn(&Self, &Counts) -> bool,
    ) -> anyhow::Result<()> {
        let deadline = moment.unwrap_or_else(|| Instant::now() + PATIENCE);
        let mut events = Events::with_capacity(4_096);
        while !is_done(self, counts) {
            let Some(left) = deadline.checked_duration_since(Instant::now()) else {
                ensure!(moment.is_some(), "after {PATIENCE:?} something has not arrived yet");
                return Ok(());
            };
            self.poll.poll(&mut events, Some(left))?;
            for event in &events {
                let index = event.token().0;
                if self.peers[index].is_reading {
                    self.receive(index, counts).with_context(|| format!("socket {index}"))?;
                }
            }
        }
        Ok(())
    }

    fn send(&mut self, index: usize) -> anyhow::Result<()> {
        let peer = &mut self.peers[index];
        let written = peer.stream.write(&self.command)?;
        ensure!(written == self.command.len(), "the server does not take commands");
        peer.sent.push_back(Instant::now());
        peer.unanswered += 1;
        Ok(())
    }

    fn receive(&mut self, index: usize, counts: &mut Counts) -> anyhow::Result<()> {
        let mut received = std::mem::take(&mut self.peers[index].received);
        loop {
            match self.peers[index].stream.read(&mut self.scratch) {
                Ok(0) => bail!("the server closed the connection"),
                Ok(count) => {
                    received.extend_from_slice(&self.scratch[..count]);
                    // That was all; the kernel tells when there is more.
                    if count < self.scratch.len() {
                        break;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error.into()),
            }
        }
        let mut at = 0;
        while let Some(frame) = frames::first(&received[at..]) {
            at += frame.size;
            match frame.opcode {
                1 => self.heard(index, frame.payload, counts)?,
                9 => self.peers[index].stream.write_all(&frames::masked_pong())?,
                8 => bail!("closed: {}", String::from_utf8_lossy(frame.payload)),
                _ => {}
            }
        }
        received.drain(..at);
        self.peers[index].received = received;
        Ok(())
    }

    fn heard(&mut self, index: usize, payload: &[u8], counts: &mut Counts) -> anyhow::Result<()> {
        let peer = &mut self.peers[index];
        if payload.starts_with(br#"{"type":"message""#) {
            counts.deliveries += 1;
            let now = Instant::now();
            counts.longest_silence = counts.longest_silence.max(now - peer.last_heard);
            peer.last_heard = now;
            let seq = frames::number(payload, br#""seq":"#).context("a message without a sequence number")?;
            if peer.last_seq.is_some_and(|last| last + 1 != seq) {
                bail!("after message {:?} came message {seq}", peer.last_seq);
            }
            peer.last_seq = Some(seq);
            match self.pace {
                Pace::AtEverybody => self.one_less_lacks(seq, now, counts)?,
                Pace::AtSender if peer.mark.find(payload).is_some() => self.arrived(index, now, counts)?,
                Pace::AtSender | Pace::AsAnswer => {}
            }
        } else if payload.starts_with(br#"{"type":"ok""#) {
            peer.unanswered = peer.unanswered.checked_sub(1).context("an answer to nothing")?;
            if self.pace == Pace::AsAnswer {
                self.arrived(index, Instant::now(), counts)?;
            }
        } else if payload.starts_with(br#"{"type":"users""#) {
            peer.is_live = true;
        } else if payload.starts_with(br#"{"type":"error""#) {
            bail!("refused: {}", String::from_utf8_lossy(payload));
        }
        Ok(())
    }

    /// One more reader has this message. Those of before the load are nobody's.
    fn one_less_lacks(&mut self, seq: u64, now: Instant, counts: &mut Counts) -> anyhow::Result<()> {
        let sender = self.sender;
        if self.peers[sender].sent.is_empty() {
            return Ok(());
        }
        let first = *self.first_lacking.get_or_insert(seq);
        let place = usize::try_from(seq.checked_sub(first).context("a message comes again")?)?;
        if place == self.lacking.len() {
            self.lacking.push_back(self.readers);
        }
        let lacking = self.lacking.get_mut(place).context("a message comes before others")?;
        *lacking -= 1;
        while self.lacking.front() == Some(&0) {
            self.lacking.pop_front();
            self.first_lacking = self.first_lacking.map(|first| first + 1);
            self.arrived(sender, now, counts)?;
        }
        Ok(())
    }

    /// The oldest message of this sender has arrived.
    fn arrived(&mut self, sender: usize, now: Instant, counts: &mut Counts) -> anyhow::Result<()> {
        let sent = self.peers[sender].sent.pop_front().context("a message that nobody has sent")?;
        counts.times.push(now - sent);
        if self.is_sending {
            self.send(sender)?;
        }
        Ok(())
    }
}
