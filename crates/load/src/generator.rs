//! The load: sockets that send with a fixed number of messages in flight, and sockets that only receive; one thread,
//! one epoll. Every receiver's messages are checked: each once, in the order of the room's log, without a gap.

use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use crate::frames;

const TEXT: &str = "The quick brown fox jumps over the lazy dog, and over the other one.";

/// What a run of the generator has counted.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counts {
    /// Messages that reached a socket.
    pub(crate) deliveries: u64,
    /// Messages that were acknowledged.
    pub(crate) answers: u64,
    /// From sending a message to its acknowledgement, for each.
    pub(crate) latencies: Vec<Duration>,
    /// The longest time in which some receiver heard nothing while messages were sent.
    pub(crate) longest_silence: Duration,
}

struct Peer {
    stream: TcpStream,
    received: Vec<u8>,
    last_seq: Option<u64>,
    last_heard: Instant,
    /// When each message in flight was sent, oldest first; a sender's alone.
    sent: std::collections::VecDeque<Instant>,
    in_flight_max: usize,
    is_reading: bool,
}

/// Connected sockets, ready to load.
pub(crate) struct Generator {
    poll: Poll,
    peers: Vec<Peer>,
    command: Vec<u8>,
    is_checked: bool,
    is_sending: bool,
    scratch: Vec<u8>,
}

impl Generator {
    /// A generator without sockets. The bare program's frames are all the same; `is_checked` is false for them.
    pub(crate) fn new(is_checked: bool) -> anyhow::Result<Self> {
        let command = frames::masked(format!(r#"{{"type":"send","text":"{TEXT}","ref":1}}"#).as_bytes());
        Ok(Self {
            poll: Poll::new()?,
            peers: Vec::new(),
            command,
            is_checked,
            is_sending: false,
            scratch: vec![0; 256 * 1024],
        })
    }

    /// Opens a socket. `in_flight` is 0 for one that only receives.
    pub(crate) fn connect(&mut self, server: SocketAddr, token: &str, in_flight: usize) -> anyhow::Result<()> {
        let mut stream = std::net::TcpStream::connect(server)?;
        stream.set_nodelay(true)?;
        let request = format!(
            "GET /ws?token={token} HTTP/1.1\r\nhost: {server}\r\nupgrade: websocket\r\nconnection: upgrade\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        );
        stream.write_all(request.as_bytes())?;
        let mut received = Vec::new();
        let end = loop {
            let count = stream.read(&mut self.scratch)?;
            if count == 0 {
                bail!("the server closed the connection during the handshake");
            }
            received.extend_from_slice(&self.scratch[..count]);
            if let Some(end) = received.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
        };
        if !received.starts_with(b"HTTP/1.1 101") {
            bail!("the handshake was refused: {}", String::from_utf8_lossy(&received[..end.min(200)]));
        }
        received.drain(..end);
        stream.set_nonblocking(true)?;
        let mut stream = TcpStream::from_std(stream);
        self.poll.registry().register(&mut stream, Token(self.peers.len()), Interest::READABLE)?;
        self.peers.push(Peer {
            stream,
            received,
            last_seq: None,
            last_heard: Instant::now(),
            sent: Default::default(),
            in_flight_max: in_flight,
            is_reading: true,
        });
        Ok(())
    }

    /// Makes every n-th receiver stop reading.
    pub(crate) fn stop_reading(&mut self, every: usize) {
        for peer in self.peers.iter_mut().filter(|peer| peer.in_flight_max == 0).step_by(every) {
            peer.is_reading = false;
        }
    }

    /// Receives for a while without sending, and adds to the counts what comes.
    pub(crate) fn settle(&mut self, time: Duration, counts: &mut Counts) -> anyhow::Result<()> {
        self.is_sending = false;
        self.run_for(time, counts)
    }

    /// Receives until the sockets have got this many messages together.
    pub(crate) fn settle_until_heard(&mut self, messages: u64) -> anyhow::Result<()> {
        let mut counts = Counts::default();
        let deadline = Instant::now() + Duration::from_secs(10);
        // The first page may have come together with the answer to the handshake.
        for index in 0..self.peers.len() {
            self.receive(index, &mut counts)?;
        }
        while counts.deliveries < messages {
            if Instant::now() > deadline {
                bail!("only {} of {messages} messages came", counts.deliveries);
            }
            self.run_for(Duration::from_millis(1), &mut counts)?;
        }
        Ok(())
    }

    /// Loads for a while, then waits for what is in flight.
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
        self.run_for(time, &mut counts)?;
        Ok(counts)
    }

    fn run_for(&mut self, time: Duration, counts: &mut Counts) -> anyhow::Result<()> {
        let deadline = Instant::now() + time;
        let mut events = Events::with_capacity(4_096);
        loop {
            let Some(left) = deadline.checked_duration_since(Instant::now()) else { return Ok(()) };
            self.poll.poll(&mut events, Some(left))?;
            for event in &events {
                let index = event.token().0;
                if self.peers[index].is_reading {
                    self.receive(index, counts).with_context(|| format!("socket {index}"))?;
                }
            }
        }
    }

    fn send(&mut self, index: usize) -> anyhow::Result<()> {
        let peer = &mut self.peers[index];
        let written = peer.stream.write(&self.command)?;
        if written != self.command.len() {
            bail!("the server does not take commands");
        }
        peer.sent.push_back(Instant::now());
        Ok(())
    }

    fn receive(&mut self, index: usize, counts: &mut Counts) -> anyhow::Result<()> {
        loop {
            let peer = &mut self.peers[index];
            match peer.stream.read(&mut self.scratch) {
                Ok(0) => bail!("the server closed the connection"),
                Ok(count) => peer.received.extend_from_slice(&self.scratch[..count]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error.into()),
            }
        }
        let received = std::mem::take(&mut self.peers[index].received);
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
        self.peers[index].received = received[at..].to_vec();
        Ok(())
    }

    fn heard(&mut self, index: usize, payload: &[u8], counts: &mut Counts) -> anyhow::Result<()> {
        if payload.starts_with(br#"{"type":"message""#) {
            counts.deliveries += 1;
            let peer = &mut self.peers[index];
            let silence = peer.last_heard.elapsed();
            counts.longest_silence = counts.longest_silence.max(silence);
            peer.last_heard = Instant::now();
            if self.is_checked {
                let seq = seq_of(payload).context("a message without a sequence number")?;
                if peer.last_seq.is_some_and(|last| last + 1 != seq) {
                    bail!("after message {:?} came message {seq}", peer.last_seq);
                }
                peer.last_seq = Some(seq);
            }
        } else if payload.starts_with(br#"{"type":"ok""#) {
            let sent = self.peers[index].sent.pop_front().context("an answer to nothing")?;
            counts.answers += 1;
            counts.latencies.push(sent.elapsed());
            if self.is_sending {
                self.send(index)?;
            }
        } else if payload.starts_with(br#"{"type":"error""#) {
            bail!("refused: {}", String::from_utf8_lossy(payload));
        }
        Ok(())
    }
}

fn seq_of(payload: &[u8]) -> Option<u64> {
    let key = br#""seq":"#;
    let start = payload.windows(key.len()).rposition(|window| window == key)? + key.len();
    let digits = payload[start..].iter().take_while(|byte| byte.is_ascii_digit());
    Some(digits.fold(0, |number, digit| number * 10 + u64::from(digit - b'0')))
}
