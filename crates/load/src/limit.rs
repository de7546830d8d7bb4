//! The bare program: an epoll loop that answers every frame with a ready one to all sockets. What it takes is what the
//! kernel takes; no chat can be cheaper on one thread without other system calls.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::path::Path;

use mio::event::Event;
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};
use rusqlite::Connection;

use crate::frames;

const LISTENER: Token = Token(usize::MAX);

/// A message as large as the ones that the server makes of the load's.
const MESSAGE: &str = r#"{"type":"message","id":891340024334471,"user":"load-0","text":"The quick brown fox jumps over the lazy dog, and over the other one.","time":"2026-11-23T15:51:50.628Z","seen":false,"room":1,"seq":100000}"#;

const OK: &str = r#"{"type":"ok","ref":1,"id":891340024334471,"seq":100000,"time":"2026-11-23T15:51:50.628Z"}"#;

const UPGRADED: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n";

struct Peer {
    stream: TcpStream,
    received: Vec<u8>,
    is_upgraded: bool,
}

/// Serves until it is killed.
pub(crate) fn run(log: Option<&Path>) -> anyhow::Result<()> {
    let mut listener = TcpListener::bind("127.0.0.1:0".parse()?)?;
    println!("{}", listener.local_addr()?);
    let mut log = log.map(open_log).transpose()?;
    let (mut poll, mut events) = (Poll::new()?, Events::with_capacity(1_024));
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    let mut peers: HashMap<Token, Peer> = HashMap::new();
    let (message, ok) = (frames::plain(MESSAGE.as_bytes()), frames::plain(OK.as_bytes()));
    let mut next = 0;
    loop {
        poll.poll(&mut events, None)?;
        let mut asked: Vec<(Token, usize)> = Vec::new();
        for event in &events {
            if event.token() == LISTENER {
                accept(&listener, &poll, &mut peers, &mut next)?;
            } else if let Some(count) = hear(event, &mut peers) {
                asked.push((event.token(), count));
            }
        }
        let total: usize = asked.iter().map(|(_, count)| count).sum();
        if total == 0 {
            continue;
        }
        if let Some(log) = &mut log {
            store(log, total)?;
        }
        for (token, count) in asked {
            if let Some(peer) = peers.get_mut(&token) {
                let _ = peer.stream.write(&ok.repeat(count));
            }
        }
        let all = message.repeat(total);
        for peer in peers.values_mut().filter(|peer| peer.is_upgraded) {
            let _ = peer.stream.write(&all);
        }
    }
}

/// A database as durable as the server's, and as plain as one can be.
fn open_log(path: &Path) -> anyhow::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.execute_batch("CREATE TABLE messages (id INTEGER PRIMARY KEY, text TEXT NOT NULL)")?;
    Ok(connection)
}

/// What a round of the loop has gathered, as one commit.
fn store(log: &mut Connection, count: usize) -> rusqlite::Result<()> {
    let transaction = log.transaction()?;
    let mut insert = transaction.prepare_cached("INSERT INTO messages (text) VALUES (?1)")?;
    for _ in 0..count {
        insert.execute([MESSAGE])?;
    }
    drop(insert);
    transaction.commit()
}

fn accept(listener: &TcpListener, poll: &Poll, peers: &mut HashMap<Token, Peer>, next: &mut usize) -> io::Result<()> {
    loop {
        match listener.accept() {
            Ok((mut stream, _)) => {
                stream.set_nodelay(true)?;
                let token = Token(*next);
                *next += 1;
                poll.registry().register(&mut stream, token, Interest::READABLE)?;
                peers.insert(token, Peer { stream, received: Vec::new(), is_upgraded: false });
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error),
        }
    }
}

/// Reads what a peer says. Answers how many frames it was; nothing if the peer is gone.
fn hear(event: &Event, peers: &mut HashMap<Token, Peer>) -> Option<usize> {
    let peer = peers.get_mut(&event.token())?;
    let mut scratch = [0; 16 * 1024];
    loop {
        match peer.stream.read(&mut scratch) {
            Ok(0) => {
                peers.remove(&event.token());
                return None;
            }
            Ok(count) => peer.received.extend_from_slice(&scratch[..count]),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
            Err(_) => {
                peers.remove(&event.token());
                return None;
            }
        }
    }
    if !peer.is_upgraded {
        let end = peer.received.windows(4).position(|window| window == b"\r\n\r\n")?;
        peer.received.drain(..end + 4);
        peer.is_upgraded = true;
        let _ = peer.stream.write(UPGRADED);
    }
    let (mut at, mut count) = (0, 0);
    while let Some(frame) = frames::first(&peer.received[at..]) {
        at += frame.size;
        count += usize::from(frame.opcode == 1);
    }
    peer.received.drain(..at);
    Some(count)
}
