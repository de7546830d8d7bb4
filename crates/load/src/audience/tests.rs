//! A server that does not tell everybody everything once and in order is found out.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use super::{Audience, Counts, FIRST_SEQ, PATIENCE, TEXT, frames};

const ROOM: u64 = 2;

/// Somebody says something in a room that two follow, whereupon each of the two is told of these messages.
fn told(each: [&[(u64, u64)]; 2], patience: Duration) -> anyhow::Result<Counts> {
    let frames = each.map(|messages| messages.iter().flat_map(|(room, seq)| message(*room, *seq)).collect::<Vec<u8>>());
    heard(frames, patience, |_| Ok(())).map(|(counts, ())| counts)
}

/// The same with any frames, after which something else is looked for.
fn heard<T>(
    frames: [Vec<u8>; 2],
    patience: Duration,
    then: impl FnOnce(&mut Audience) -> anyhow::Result<T>,
) -> anyhow::Result<(Counts, T)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let mut followers = Audience { patience, ..Audience::new(listener.local_addr()?)? };
    let server = thread::spawn(move || serve(&listener, &frames));
    for name in ["ada", "grace"] {
        followers.call_bare(name, &[ROOM])?;
    }
    followers.settle_until_there()?;
    let told = followers.talk(1, Duration::ZERO).and_then(|counts| Ok((counts, then(&mut followers)?)));
    drop(followers);
    server.join().expect("the server has failed")?;
    told
}

fn message(room: u64, seq: u64) -> Vec<u8> {
    frames::plain(format!(r#"{{"type":"message","text":"{TEXT}","room":{room},"seq":{seq}}}"#).as_bytes())
}

fn serve(listener: &TcpListener, frames: &[Vec<u8>; 2]) -> std::io::Result<()> {
    let (mut sockets, mut scratch) = (Vec::new(), [0; 1_024]);
    for _ in frames {
        let (mut socket, _) = listener.accept()?;
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            let count = socket.read(&mut scratch)?;
            request.extend_from_slice(&scratch[..count]);
        }
        socket.write_all(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")?;
        socket.set_nonblocking(true)?;
        sockets.push(socket);
    }
    // Whichever of the two it is that speaks.
    let speaker = loop {
        let speaks = |socket: &mut TcpStream| socket.read(&mut scratch).is_ok_and(|count| count > 0);
        if let Some(speaker) = sockets.iter_mut().position(speaks) {
            break speaker;
        }
        thread::yield_now();
    };
    sockets[speaker].write_all(&frames::plain(br#"{"type":"ok","ref":1}"#))?;
    for (socket, frames) in sockets.iter_mut().zip(frames) {
        socket.write_all(frames)?;
    }
    for socket in &mut sockets {
        socket.set_nonblocking(false)?;
        // Until they have gone, however they go.
        while socket.read(&mut scratch).is_ok_and(|count| count > 0) {}
    }
    Ok(())
}

/// What is found wrong with what each of the two is told.
fn wrong(each: [&[(u64, u64)]; 2]) -> String {
    // Nobody waits for what comes at once; and for what does not come, not long.
    let patience = if each.contains(&&[][..]) { Duration::from_millis(100) } else { PATIENCE };
    format!("{:#}", told(each, patience).map(|_| ()).expect_err("nothing was found wrong"))
}

#[test]
fn whoever_misses_a_message_or_hears_one_twice_too_early_or_of_a_strange_room_is_noticed() {
    let first = (ROOM, FIRST_SEQ);
    assert!(wrong([&[first], &[]]).contains("1 lack message 1000000 of room 2"));
    assert!(wrong([&[first], &[first, first]]).contains("message 1000000 came after message 1000000"));
    assert!(wrong([&[first], &[(ROOM, FIRST_SEQ + 1)]]).contains("message 1000001 came after message 999999"));
    assert!(wrong([&[first], &[(ROOM + 1, FIRST_SEQ)]]).contains("room 3 is not followed"));
    assert!(wrong([&[first], &[first, (ROOM, FIRST_SEQ + 1)]]).contains("a message that nobody has sent"));
}

#[test]
fn what_everybody_hears_once_is_counted() {
    let first: &[(u64, u64)] = &[(ROOM, FIRST_SEQ)];
    let counts = told([first, first], PATIENCE).expect("nothing is wrong");
    assert_eq!((counts.deliveries, counts.times.len()), (2, 1));
}

#[test]
fn whoever_is_not_told_of_somebody_who_comes_or_is_told_twice_is_noticed() {
    let people = || frames::plain(br#"{"type":"people","people":[{"id":3,"state":"online"}]}"#);
    let message = || message(ROOM, FIRST_SEQ);
    let told = |times: [usize; 2]| {
        let frames = times.map(|times| [vec![people(); times].concat(), message()].concat());
        heard(frames, Duration::from_millis(200), |followers| followers.settle_until_told(2, Duration::from_millis(50)))
    };
    assert!(told([1, 1]).is_ok());
    assert!(format!("{:#}", told([1, 0]).unwrap_err()).contains("something has not arrived"));
    assert!(format!("{:#}", told([1, 2]).unwrap_err()).contains("told 3 times, and not 2"));
}
