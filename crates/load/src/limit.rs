//! The bare program: an epoll loop on one thread that answers every frame with ready ones to all sockets. What it takes is
//! what the kernel takes; no chat can be cheaper on one thread without other system calls. It plays by the server's rules:
//! every message has the next number and its sender's name, whoever sent it gets an answer before it, in the same write,
//! and with a database nothing is told before it is on the disk. Who names rooms when connecting is told of these alone.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::path::Path;

use anyhow::{Context, ensure};
use mio::event::Event;
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};
use rusqlite::Connection;

use crate::frames;
use crate::rooms::LOBBY;

const LISTENER: Token = Token(usize::MAX);

/// A room's first message's number: as many digits as a room in use has, and never one more.
pub(crate) const FIRST_SEQ: u64 = 1_000_000;

/// What stands behind the name in a message as large as the ones that the server makes of the load's.
const REST: &str = r#""text":"The quick brown fox jumps over the lazy dog, and over the other one.","time":"2026-11-23T15:51:50.628Z","seen":false,"room":"#;

const OK: &str = r#"{"type":"ok","ref":1,"id":891340024334471,"seq":1000000,"time":"2026-11-23T15:51:50.628Z"}"#;

const UPGRADED: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n";

struct BareConnection {
    stream: TcpStream,
    received: Vec<u8>,
    name: String,
    /// Frames of its messages in this room, but for the number at their end. Empty before the handshake.
    message: (u64, Vec<u8>),
}

/// By their numbers; none in the place of one that is gone.
type BareConnections = Vec<Option<BareConnection>>;

struct BareRoom {
    followers: Vec<usize>,
    /// The next message's number.
    seq: u64,
}

impl Default for BareRoom {
    fn default() -> Self {
        Self { followers: Vec::new(), seq: FIRST_SEQ }
    }
}

/// Serves until it is killed. Each who connects is shown `page` messages at once.
pub(crate) fn run(database: Option<&Path>, page: usize) -> anyhow::Result<()> {
    let mut listener = TcpListener::bind("127.0.0.1:0".parse()?)?;
    println!("{}", listener.local_addr()?);
    let mut database = database.map(open_database).transpose()?;
    let (mut poll, mut events) = (Poll::new()?, Events::with_capacity(1_024));
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    let mut peers = BareConnections::new();
    let lobby = BareRoom { seq: FIRST_SEQ + page as u64, ..BareRoom::default() };
    let mut rooms = HashMap::from([(LOBBY, lobby)]);
    let ok = frames::plain(OK.as_bytes());
    let greeting = [UPGRADED, &page_of(page)[..]].concat();
    loop {
        poll.poll(&mut events, None)?;
        let mut asked: HashMap<(u64, usize), usize> = HashMap::new();
        let mut said: HashMap<u64, Vec<u8>> = HashMap::new();
        for event in &events {
            if event.token() == LISTENER {
                accept(&listener, &poll, &mut peers)?;
                continue;
            }
            for room in hear(event, &mut peers, &mut rooms, &greeting)? {
                let (number, all) = (event.token().0, said.entry(room).or_default());
                let Some(peer) = &mut peers[number] else { continue };
                let seq = &mut rooms.entry(room).or_default().seq;
                peer.say(room, *seq, all);
                *seq += 1;
                *asked.entry((room, number)).or_default() += 1;
            }
        }
        let total: usize = asked.values().sum();
        if total == 0 {
            continue;
        }
        if let Some(database) = &mut database {
            store(database, total)?;
        }
        for (room, all) in &said {
            for number in &rooms.entry(*room).or_default().followers {
                let Some(peer) = &mut peers[*number] else { continue };
                match asked.get(&(*room, *number)) {
                    Some(count) => write(peer, &[&ok.repeat(*count)[..], all].concat())?,
                    None => write(peer, all)?,
                }
            }
        }
    }
}

impl BareConnection {
    fn say(&mut self, room: u64, seq: u64, all: &mut Vec<u8>) {
        if self.message.0 != room {
            self.message = (room, message_of(&self.name, room));
        }
        all.extend_from_slice(&self.message.1);
        end_message(all, seq);
    }
}

/// The frame of a message up to its number.
fn message_of(name: &str, room: u64) -> Vec<u8> {
    let text = format!(r#"{{"type":"message","id":891340024334471,"user":"{name}",{REST}{room},"seq":"#);
    let whole = frames::plain(format!("{text}{FIRST_SEQ}}}").as_bytes());
    whole[..whole.len() - END_BYTES].to_vec()
}

/// Bytes of a number and of the brace behind it.
const END_BYTES: usize = 8;

fn end_message(frames: &mut Vec<u8>, seq: u64) {
    let end = format!("{seq}}}");
    debug_assert_eq!(end.len(), END_BYTES, "the frame's header tells its length");
    frames.extend_from_slice(end.as_bytes());
}

fn page_of(count: usize) -> Vec<u8> {
    let (message, mut page) = (message_of("load-0", LOBBY), Vec::new());
    for seq in (FIRST_SEQ..).take(count) {
        page.extend_from_slice(&message);
        end_message(&mut page, seq);
    }
    page
}

/// The load has nobody wait who does not read: what is not taken at once is a fault of the measurement.
fn write(peer: &mut BareConnection, bytes: &[u8]) -> anyhow::Result<()> {
    let written = peer.stream.write(bytes)?;
    ensure!(written == bytes.len(), "a receiver takes no more");
    Ok(())
}

/// A database as durable as the server's, and as plain as one can be.
fn open_database(path: &Path) -> anyhow::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.execute_batch("CREATE TABLE messages (id INTEGER PRIMARY KEY, text TEXT NOT NULL)")?;
    Ok(connection)
}

/// What a round of the loop has gathered, as one commit.
fn store(database: &mut Connection, count: usize) -> rusqlite::Result<()> {
    let transaction = database.transaction()?;
    let mut insert = transaction.prepare_cached("INSERT INTO messages (text) VALUES (?1)")?;
    for _ in 0..count {
        insert.execute([REST])?;
    }
    drop(insert);
    transaction.commit()
}

fn accept(listener: &TcpListener, poll: &Poll, peers: &mut BareConnections) -> io::Result<()> {
    loop {
        match listener.accept() {
            Ok((mut stream, _)) => {
                stream.set_nodelay(true)?;
                poll.registry().register(&mut stream, Token(peers.len()), Interest::READABLE)?;
                let (received, name, message) = (Vec::new(), String::new(), (LOBBY, Vec::new()));
                peers.push(Some(BareConnection { stream, received, name, message }));
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error),
        }
    }
}

/// Reads what a peer says. Answers the room of each frame.
fn hear(
    event: &Event,
    peers: &mut BareConnections,
    rooms: &mut HashMap<u64, BareRoom>,
    greeting: &[u8],
) -> anyhow::Result<Vec<u64>> {
    let number = event.token().0;
    let Some(peer) = &mut peers[number] else { return Ok(Vec::new()) };
    let mut scratch = [0; 16 * 1024];
    loop {
        match peer.stream.read(&mut scratch) {
            Ok(count) if count > 0 => {
                peer.received.extend_from_slice(&scratch[..count]);
                if count < scratch.len() {
                    break;
                }
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
            Ok(_) | Err(_) => {
                peers[number] = None;
                rooms.values_mut().for_each(|room| room.followers.retain(|follower| *follower != number));
                return Ok(Vec::new());
            }
        }
    }
    if peer.message.1.is_empty() {
        let Some(end) = peer.received.windows(4).position(|window| window == b"\r\n\r\n") else {
            return Ok(Vec::new());
        };
        let request = std::str::from_utf8(&peer.received[..end])?;
        name_in(request)?.clone_into(&mut peer.name);
        for room in rooms_in(request)? {
            rooms.entry(room).or_default().followers.push(number);
        }
        peer.message.1 = message_of(&peer.name, LOBBY);
        peer.received.drain(..end + 4);
        write(peer, greeting)?;
    }
    let (mut at, mut said) = (0, Vec::new());
    while let Some(frame) = frames::first(&peer.received[at..]) {
        at += frame.size;
        if frame.opcode == 1 {
            said.push(frames::number(frame.payload, br#""room":"#).unwrap_or(LOBBY));
        }
    }
    peer.received.drain(..at);
    Ok(said)
}

/// Who asks: the load shows its name instead of a token.
fn name_in(request: &str) -> anyhow::Result<&str> {
    value_in(request, "token=").context("a request without a token")
}

/// The rooms that they follow.
fn rooms_in(request: &str) -> anyhow::Result<Vec<u64>> {
    let Some(named) = value_in(request, "rooms=") else { return Ok(vec![LOBBY]) };
    named.split(',').map(|room| room.parse().context("a room without a number")).collect()
}

fn value_in<'a>(request: &'a str, key: &str) -> Option<&'a str> {
    let (_, rest) = request.split_once(key)?;
    rest.split([' ', '&']).next()
}
