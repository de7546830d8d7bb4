//! The bare program: an epoll loop on one thread that answers every frame with ready ones to all sockets. What it takes is
//! what the kernel takes; no chat can be cheaper on one thread without other system calls. It plays by the server's rules:
//! every message has the next number and its sender's name, whoever sent it gets an answer before it, in the same write,
//! and with a database nothing is told before it is on the disk.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::path::Path;

use anyhow::{Context, ensure};
use mio::event::Event;
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};
use rusqlite::Connection;

use crate::frames;

const LISTENER: Token = Token(usize::MAX);

/// The first message's number: as many digits as a room in use has, and never one more.
const FIRST_SEQ: u64 = 1_000_000;

/// What stands behind the name in a message as large as the ones that the server makes of the load's.
const REST: &str = r#""text":"The quick brown fox jumps over the lazy dog, and over the other one.","time":"2026-11-23T15:51:50.628Z","seen":false,"room":1,"seq":"#;

const OK: &str = r#"{"type":"ok","ref":1,"id":891340024334471,"seq":1000000,"time":"2026-11-23T15:51:50.628Z"}"#;

const UPGRADED: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n";

struct BareConnection {
    stream: TcpStream,
    received: Vec<u8>,
    /// Frames of its messages, but for the number at their end. Empty before the handshake.
    message: Vec<u8>,
}

/// Serves until it is killed. Each who connects is shown `page` messages at once.
pub(crate) fn run(database: Option<&Path>, page: usize) -> anyhow::Result<()> {
    let mut listener = TcpListener::bind("127.0.0.1:0".parse()?)?;
    println!("{}", listener.local_addr()?);
    let mut database = database.map(open_database).transpose()?;
    let (mut poll, mut events) = (Poll::new()?, Events::with_capacity(1_024));
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    let mut peers: HashMap<Token, BareConnection> = HashMap::new();
    let ok = frames::plain(OK.as_bytes());
    let greeting = [UPGRADED, &page_of(page)[..]].concat();
    let (mut next, mut seq) = (0, FIRST_SEQ + page as u64);
    loop {
        poll.poll(&mut events, None)?;
        let mut asked: HashMap<Token, usize> = HashMap::new();
        let mut all = Vec::new();
        for event in &events {
            if event.token() == LISTENER {
                accept(&listener, &poll, &mut peers, &mut next)?;
            } else if let Some(count) = hear(event, &mut peers, &greeting)? {
                for _ in 0..count {
                    all.extend_from_slice(&peers[&event.token()].message);
                    end_message(&mut all, seq);
                    seq += 1;
                }
                asked.insert(event.token(), count);
            }
        }
        let total: usize = asked.values().sum();
        if total == 0 {
            continue;
        }
        if let Some(database) = &mut database {
            store(database, total)?;
        }
        for (token, peer) in peers.iter_mut().filter(|(_, peer)| !peer.message.is_empty()) {
            match asked.get(token) {
                Some(count) => write(peer, &[&ok.repeat(*count)[..], &all].concat())?,
                None => write(peer, &all)?,
            }
        }
    }
}

/// The frame of a message up to its number.
fn message_of(name: &str) -> Vec<u8> {
    let text = format!(r#"{{"type":"message","id":891340024334471,"user":"{name}",{REST}"#);
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
    let (message, mut page) = (message_of("load-0"), Vec::new());
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

fn accept(
    listener: &TcpListener,
    poll: &Poll,
    peers: &mut HashMap<Token, BareConnection>,
    next: &mut usize,
) -> io::Result<()> {
    loop {
        match listener.accept() {
            Ok((mut stream, _)) => {
                stream.set_nodelay(true)?;
                let token = Token(*next);
                *next += 1;
                poll.registry().register(&mut stream, token, Interest::READABLE)?;
                peers.insert(token, BareConnection { stream, received: Vec::new(), message: Vec::new() });
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error),
        }
    }
}

/// Reads what a peer says. Answers how many frames it was; nothing if the peer is gone.
fn hear(event: &Event, peers: &mut HashMap<Token, BareConnection>, greeting: &[u8]) -> anyhow::Result<Option<usize>> {
    let Some(peer) = peers.get_mut(&event.token()) else { return Ok(None) };
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
                peers.remove(&event.token());
                return Ok(None);
            }
        }
    }
    if peer.message.is_empty() {
        let Some(end) = peer.received.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(None) };
        peer.message = message_of(name_in(&peer.received[..end])?);
        peer.received.drain(..end + 4);
        write(peer, greeting)?;
    }
    let (mut at, mut count) = (0, 0);
    while let Some(frame) = frames::first(&peer.received[at..]) {
        at += frame.size;
        count += usize::from(frame.opcode == 1);
    }
    peer.received.drain(..at);
    Ok(Some(count))
}

/// Who asks: the load shows its name instead of a token.
fn name_in(request: &[u8]) -> anyhow::Result<&str> {
    let request = std::str::from_utf8(request)?;
    let (_, rest) = request.split_once("token=").context("a request without a token")?;
    rest.split([' ', '&']).next().context("a request without a name")
}
