//! One bad peer harms nobody: who resets, who stops reading, who reads slowly.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::net::{TcpSocket, TcpStream};

use crate::harness::checker::in_order_and_once;
use crate::harness::raw::Wire;
use crate::harness::{Server, Socket, User};

/// The longest text, of the widest characters: 32,000 bytes.
fn longest(number: u32) -> String {
    let mut text = "🦀".repeat(7_990);
    text.push_str(&format!("{number:010}"));
    text
}

/// A connection from a machine that takes little at a time, and the port it has there.
async fn straw(user: &User) -> (TcpStream, u16) {
    let straw = TcpSocket::new_v4().unwrap();
    straw.set_recv_buffer_size(16 * 1024).unwrap();
    let stream = straw.connect(user.address).await.unwrap();
    let port = stream.local_addr().unwrap().port();
    (stream, port)
}

/// A socket whose owner's machine takes little at a time, and the port it has there.
async fn connects_through_a_straw(user: &User) -> (Socket, u16) {
    let (stream, port) = straw(user).await;
    let path = format!("/ws?token={}", user.token);
    (Socket::try_over(&user.name, stream, user.address, &path, &[]).await.expect("the socket opens"), port)
}

/// Bytes that the server's kernel still has for this client.
fn unsent(server: &Server, port: u16) -> usize {
    let (local, remote) = (format!(":{:04X}", server.address.port()), format!(":{port:04X}"));
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let line = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let mut line = line.filter(|fields| fields[1].ends_with(&local) && fields[2].ends_with(&remote));
    line.next().map_or(0, |fields| usize::from_str_radix(fields[4].split(':').next().unwrap(), 16).unwrap())
}

/// Sends so much that no machine's buffers hold it, at the pace of one who reads. Ends when the server has 320 KB more
/// for who does not read than the kernels took, which is more than one may owe, and returns how many messages that were. It
/// does not go on: once the server has given somebody up, they have ten seconds to learn why.
async fn says_too_much(user: &User, pace: &mut Socket, is_stuck: impl Fn() -> usize) -> u32 {
    let mut socket = user.connects_for_more().await;
    let (mut number, mut taken, mut rounds_stuck) = (0, 0, 0);
    while rounds_stuck < 10 {
        socket.does(json!({"type": "send", "text": longest(number)})).await;
        assert_eq!(pace.hears("message").await["text"], longest(number));
        number += 1;
        let takes = is_stuck();
        rounds_stuck = if takes == taken { rounds_stuck + 1 } else { 0 };
        taken = takes;
    }
    number
}

#[tokio::test]
async fn i2_a_reset_in_the_midst_of_a_broadcast_harms_nobody() {
    let mut random = fastrand::Rng::with_seed(crate::harness::seed());
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let linus = server.register("linus").await;
    let (mut says, mut hears) = (ada.connects_for_more().await, grace.arrives().await);
    for round in 0..10 {
        let mut doomed = Vec::new();
        for _ in 0..6 {
            doomed.push(linus.wire().await);
        }
        for number in 0..30 {
            says.say(json!({"type": "send", "text": format!("{round}:{number}"), "ref": number})).await;
            if random.u8(..4) == 0 && !doomed.is_empty() {
                doomed.swap_remove(random.usize(..doomed.len())).reset();
            }
        }
        says.hears_where("the last answer", |event| event["ref"] == 29).await;
        doomed.into_iter().for_each(|wire| wire.reset());
    }
    let heard: Vec<Value> = hears.hears_until_now().await;
    in_order_and_once(&heard);
    assert_eq!(heard.len(), 300);
}

#[tokio::test]
async fn i1_a_reader_that_falls_behind_is_told_with_4008_and_the_others_go_on() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let linus = server.register("linus").await;
    let mut hears = grace.arrives().await;
    let (mut slow, port) = connects_through_a_straw(&linus).await;
    slow.hears_where("users", |event| event["type"] == "users").await;
    hears.hears_users(&["grace", "linus"]).await;
    let said = says_too_much(&ada, &mut hears, || unsent(&server, port)).await;
    hears.hears_users(&["grace"]).await;
    // From now on it reads, and comes to the reason why there is no more.
    assert_eq!(slow.is_closed().await.0, 4008);
    let kept = slow.unasked().len();
    assert!(kept < said as usize, "all {said} were kept for a reader that does not read");
    hears.says("And on.").await;
    // Whoever was told so resumes, and misses nothing.
    let mut back = linus.connects_with_hello().await;
    back.hears("hello").await;
    assert_eq!(back.hears("history").await["seq"], said + 1);
}

#[tokio::test]
async fn i1_a_reader_that_never_reads_is_soon_gone() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let linus = server.register("linus").await;
    let mut hears = grace.arrives().await;
    let (_stuck, port) = connects_through_a_straw(&linus).await;
    hears.hears_users(&["grace", "linus"]).await;
    says_too_much(&ada, &mut hears, || unsent(&server, port)).await;
    let begin = Instant::now();
    hears.hears_users(&["grace"]).await;
    // Ten seconds for the connection, and three for which its user counts as online without one.
    assert!(begin.elapsed() < Duration::from_secs(13), "it took {:?}", begin.elapsed());
}

#[tokio::test]
async fn i3_who_is_given_up_on_gets_a_reset_and_not_an_end_behind_a_full_queue() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let linus = server.register("linus").await;
    let (mut says, mut hears) = (ada.connects_for_more().await, grace.arrives().await);
    let (stream, port) = straw(&linus).await;
    let mut silent = Wire::over(stream, linus.address);
    assert!(silent.upgrade(&format!("/ws?token={}", linus.token), &[]).await.starts_with("HTTP/1.1 101 "));
    hears.hears_users(&["grace", "linus"]).await;
    // Late enough that the server gives up before its kernel does, and less than would be too much to owe.
    tokio::time::sleep(Duration::from_secs(10)).await;
    for number in 0..7 {
        says.does(json!({"type": "send", "text": longest(number)})).await;
    }
    assert!(unsent(&server, port) > 0, "the queue is not full");
    hears.hears_users(&["grace"]).await;
    assert_eq!(unsent(&server, port), 0);
    let end = silent.end().await.map_err(|error| error.kind());
    assert_eq!(end, Err(std::io::ErrorKind::ConnectionReset));
}

#[tokio::test]
async fn a_history_is_shown_at_the_pace_of_who_reads_it() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let mut says = ada.connects_for_more().await;
    for number in 0..50 {
        says.does(json!({"type": "send", "text": longest(number)})).await;
    }
    let (mut slow, _) = connects_through_a_straw(&grace).await;
    let shown = slow.history().await;
    in_order_and_once(&shown);
    assert_eq!(shown.len(), 50);
}
