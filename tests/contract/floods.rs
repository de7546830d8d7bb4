//! Floods: whoever takes too much is refused, cheaply and in clear words, and keeps nobody else out. Each address of 127/8 is
//! another network to the server; 127.0.0.1 is its operator's.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::task::JoinSet;

use crate::harness::raw::{Wire, stream_from};
use crate::harness::{Asks, Plan, Socket, User};

/// A silent connection is given up after ten seconds. Who has to wait for that is kept out by it.
const AT_ONCE: Duration = Duration::from_secs(5);

const ALIVE: &str = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// A request whose body does not come.
const NEVER_WHOLE: &str = "POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 40\r\n\r\n{";

/// Checks a refusal that ends its connection: it has all that an answer has.
fn is_refused(answer: &str, status: u16, code: &str) {
    let (head, body) = answer.split_once("\r\n\r\n").expect(answer);
    let head = head.to_ascii_lowercase();
    assert!(head.starts_with(&format!("http/1.1 {status} ")), "{answer}");
    for field in ["content-type: application/problem+json", "connection: close", "x-content-type-options: nosniff"] {
        assert!(head.contains(&format!("\r\n{field}")), "no {field} in {answer}");
    }
    let problem: Value = serde_json::from_str(body).expect(answer);
    assert_eq!((&problem["status"], &problem["code"]), (&status.into(), &code.into()), "{answer}");
    assert!(head.contains(&format!("\r\nretry-after: {}", problem["retry_after"])), "{answer}");
}

/// Opens connections that keep the server waiting, from one network after the other, until one of them is refused.
async fn occupies(server: SocketAddr, networks: impl Iterator<Item = (u8, u8)>) -> (Vec<Wire>, String) {
    let mut busy = Vec::new();
    for network in networks {
        let mut wire = Wire::connect_from(network, server).await;
        wire.send(NEVER_WHOLE.as_bytes()).await;
        // Long enough for a refusal; if not, the next one is refused as well.
        if let Ok(answer) = tokio::time::timeout(Duration::from_millis(100), wire.rest()).await {
            return (busy, answer);
        }
        busy.push(wire);
    }
    panic!("nobody is refused");
}

/// Asks for one thing after the other until that is too often, which is the end of the connection: how much was granted.
async fn asks_too_often(from: (u8, u8), server: SocketAddr) -> usize {
    let mut wire = Wire::connect_from(from, server).await;
    let mut granted = 0;
    loop {
        wire.send(ALIVE.as_bytes()).await;
        if wire.head().await.contains("HTTP/1.1 429 ") {
            wire.rest().await;
            return granted;
        }
        granted += 1;
    }
}

/// The answer to a request for this path with this field, over a connection of its own.
async fn answer(from: (u8, u8), server: SocketAddr, path: &str, field: &str) -> String {
    let mut wire = Wire::connect_from(from, server).await;
    wire.send(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{field}\r\n").as_bytes()).await;
    wire.rest().await
}

async fn status(from: (u8, u8), server: SocketAddr, path: &str, field: &str) -> String {
    answer(from, server, path, field).await.split(' ').nth(1).unwrap_or_default().to_owned()
}

fn bearer(user: &User) -> String {
    format!("Authorization: Bearer {}\r\n", user.token)
}

async fn opens_a_socket(user: &User, from: (u8, u8)) {
    let stream = stream_from(from, user.address).await;
    let path = format!("/ws?token={}", user.token);
    let mut socket = Socket::try_over(&user.name, stream, user.address, &path, &[]).await.expect("a socket");
    socket.history().await;
    socket.says("I am in.").await;
}

/// How many there are of a thing, as the operator sees it.
async fn held(user: &User, what: &str) -> f64 {
    let metrics = user.gets("/metrics").await.text();
    let line = metrics.lines().find(|line| line.starts_with(&format!("chatterbox_held{{what=\"{what}\"}}")));
    line.and_then(|line| line.rsplit(' ').next()).and_then(|count| count.parse().ok()).expect(what)
}

#[tokio::test]
async fn a2_idle_connections_of_one_network_keep_nobody_out() {
    let server = Plan::new().with_rate_limits().with_descriptors(1_024).start().await;
    let (ada, _) = server.ada_and_grace().await;
    let mut flood = Vec::new();
    for number in 0..1_200 {
        let mut wire = Wire::connect_from((0, 2), server.address).await;
        // Some say nothing, some begin to say something, some have asked for something once.
        match number % 3 {
            0 => {}
            1 => wire.send(&ALIVE.as_bytes()[..9]).await,
            _ => wire.send(ALIVE.as_bytes()).await,
        }
        flood.push(wire);
    }
    let begin = Instant::now();
    assert_eq!(status((0, 3), server.address, "/healthz", "").await, "200");
    assert_eq!(status((0, 3), server.address, "/api/me", &bearer(&ada)).await, "200");
    opens_a_socket(&ada, (0, 3)).await;
    opens_a_socket(&ada, (0, 2)).await;
    assert_eq!(status((0, 2), server.address, "/healthz", "").await, "200", "the oldest of its own network goes");
    assert!(held(&ada, "connections").await < 200.0);
    assert!(begin.elapsed() < AT_ONCE, "it took {:?}", begin.elapsed());
}

#[tokio::test]
async fn a2_connections_of_many_networks_leave_room_for_who_is_signed_in_and_for_the_operator() {
    let server = Plan::new().with_rate_limits().with_descriptors(256).start().await;
    let (ada, _) = server.ada_and_grace().await;
    // One network has half of the places at the most, and is told so.
    let (_some, answer) = occupies(server.address, std::iter::repeat((0, 2))).await;
    is_refused(&answer, 429, "rate_limited");
    let (_more, answer) = occupies(server.address, (3..250).map(|network| (0, network))).await;
    is_refused(&answer, 503, "overloaded");
    let begin = Instant::now();
    assert_eq!(status((1, 2), server.address, "/api/me", &bearer(&ada)).await, "200");
    assert_eq!(status((0, 1), server.address, "/healthz", "").await, "200");
    opens_a_socket(&ada, (1, 3)).await;
    assert!(begin.elapsed() < AT_ONCE, "it took {:?}", begin.elapsed());
}

#[tokio::test]
async fn a2_a_trusted_proxy_is_not_limited_as_one_network_but_those_behind_it_are() {
    let plan = Plan::new().with_rate_limits().with_descriptors(1_024).with("--trusted-proxies", "127.0.0.9");
    let server = plan.start().await;
    let mut proxied = Vec::new();
    for round in 0..2 {
        for number in 0..80 {
            if round == 0 {
                proxied.push(Wire::connect_from((0, 9), server.address).await);
            }
            let field = format!("Host: localhost\r\nX-Forwarded-For: 198.51.100.{number}\r\n");
            proxied[number].send(ALIVE.replace("Host: localhost\r\n", &field).as_bytes()).await;
            assert!(proxied[number].head().await.contains("HTTP/1.1 200 "), "{number} in round {round}");
        }
    }
    let one = "Host: localhost\r\nX-Forwarded-For: 203.0.113.7\r\n";
    for wire in &mut proxied[..60] {
        wire.send(NEVER_WHOLE.replace("Host: localhost\r\n", one).as_bytes()).await;
    }
    let over = &mut proxied[60];
    let begin = Instant::now();
    loop {
        over.send(ALIVE.replace("Host: localhost\r\n", one).as_bytes()).await;
        let answer = over.head().await;
        if answer.contains("HTTP/1.1 429 ") {
            break;
        }
        assert!(begin.elapsed() < AT_ONCE, "{answer}");
    }
    let field = "Host: localhost\r\nX-Forwarded-For: 203.0.113.8\r\n";
    proxied[61].send(ALIVE.replace("Host: localhost\r\n", field).as_bytes()).await;
    assert!(proxied[61].head().await.contains("HTTP/1.1 200 "));
}

#[tokio::test]
async fn x75_a_flood_of_requests_ends_at_its_network_and_at_its_user() {
    let server = Plan::new().with_rate_limits().start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let flood: JoinSet<usize> = (0..4).map(|_| asks_too_often((0, 2), server.address)).collect();
    let granted: usize = flood.join_all().await.into_iter().sum();
    assert!(granted >= 2_000, "{granted}");
    // Whatever else comes from there is refused in one word, unless it is from somebody who has signed in.
    let begin = Instant::now();
    loop {
        let answer = answer((0, 2), server.address, "/healthz", "").await;
        if !answer.starts_with("HTTP/1.1 200 ") {
            break is_refused(&answer, 429, "rate_limited");
        }
        asks_too_often((0, 2), server.address).await;
        assert!(begin.elapsed() < AT_ONCE, "it is never refused");
    }
    assert_eq!(status((0, 2), server.address, "/api/me", &bearer(&ada)).await, "200");
    opens_a_socket(&ada, (0, 2)).await;
    assert_eq!(status((0, 3), server.address, "/healthz", "").await, "200");
    let mut granted = 0;
    let refusal = loop {
        match grace.gets("/api/me").await {
            answer if answer.status == 200 => granted += 1,
            answer => break answer,
        }
    };
    assert_eq!(refusal.refused(429, "rate_limited")["retry_after"], 1);
    assert!(granted >= 200, "{granted}");
    ada.gets("/api/me").await.ok();
}
