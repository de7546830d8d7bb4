//! Requests that two readers could take differently: a proxy in front for one, the server behind it for another. There is one
//! answer to each, it is a refusal in the form that every refusal has, and then the connection is over.

use crate::harness::raw::Wire;
use crate::harness::{Asks, Server, User};

/// A request hidden in what one reader takes for a body. Its answer has a word that no refusal has.
const SMUGGLED: &str = "0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";

const HANDSHAKE: &str = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
                         Sec-WebSocket-Version: 13\r\n";

/// The request line's rest and the fields of requests that have no single meaning.
const MALFORMED: [&str; 32] = [
    "HTTP/1.1\r\n",
    "HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n",
    "HTTP/1.1\r\nHost: localhost\r\nhost: evil.example\r\n",
    "HTTP/1.1\r\nHost:\r\n",
    "HTTP/1.1\r\nHost: local host\r\n",
    "HTTP/1.1\r\nHost: localhost, evil.example\r\n",
    "HTTP/1.1\r\nHost: localhost/\r\n",
    "HTTP/1.1\r\nHost: me@localhost\r\n",
    "HTTP/1.1\r\nHost: localhost:http\r\n",
    "HTTP/1.1\r\nHost: [::1\r\n",
    "HTTP/1.1\r\nHost : localhost\r\n",
    "HTTP/1.0\r\nHost: localhost\r\nHost: localhost\r\n",
    "HTTP/1.1\nHost: localhost\r\n",
    "HTTP/1.1\r\nHost: localhost\r\nX: y\n",
    "HTTP/1.1\r\nHost: localhost\r\nX: y\r\n folded\r\n",
    "HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n",
    "HTTP/1.1\r\nHost: localhost\r\nX\r\n",
    "HTTP/3.0\r\nHost: localhost\r\n",
    "HTTP/1.1\r\nHost: localhost\r\nContent-Length: 6\r\nContent-Length: 6\r\n",
    "HTTP/1.1\r\nHost: localhost\r\nContent-Length: 6\r\nContent-Length: 0\r\n",
    "HTTP/1.1\r\nHost: localhost\r\nContent-Length: 6, 6\r\n",
    "HTTP/1.1\r\nHost: localhost\r\nContent-Length: +6\r\n",
    "HTTP/1.1\r\nHost: localhost\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n",
    "HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 6\r\n",
    "HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: xchunked\r\n",
    "HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked, identity\r\n",
    "HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: identity\r\n",
    "HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip, chunked\r\n",
    "HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
    "HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding:\x0bchunked\r\n",
    "HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n",
    "HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding : chunked\r\n",
];

/// Says these bytes on a new connection, and hears everything until the server hangs up.
async fn says(server: &Server, bytes: &str) -> String {
    let mut wire = Wire::connect(server.address).await;
    wire.send(bytes.as_bytes()).await;
    wire.rest().await
}

/// The answer is one problem document with every header that protects an answer, and nothing comes behind it.
fn is_one_refusal(answer: &str, status: u16, code: &str, what: &str) {
    assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{what}: {answer}");
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    for field in [
        "content-type: application/problem+json",
        "connection: close",
        "cache-control: no-store",
        "x-content-type-options: nosniff",
        "cross-origin-resource-policy: same-origin",
        "content-security-policy: default-src 'none'",
        "date: ",
        &*format!("content-length: {}", body.len()),
    ] {
        assert!(head.to_ascii_lowercase().contains(&format!("\r\n{field}")), "{what}: {field} is not in {answer}");
    }
    let problem: serde_json::Value = serde_json::from_str(body).unwrap_or_else(|_| panic!("{what}: {answer}"));
    assert_eq!((&problem["status"], &problem["code"]), (&status.into(), &code.into()), "{what}");
    assert!(problem["detail"].as_str().unwrap().len() > 10, "{problem}");
}

/// A request for a socket that would be granted but for these fields.
fn handshake(ada: &User, rest: &str) -> String {
    format!("GET /ws?token={} {rest}{HANDSHAKE}\r\n", ada.token)
}

#[tokio::test]
async fn x15_a_request_without_a_single_meaning_is_refused_by_http() {
    let server = Server::start().await;
    for rest in MALFORMED {
        for line in ["GET /healthz", "POST /login", "GET /ui/chat.html", "BREW /nothing"] {
            let answer = says(&server, &format!("{line} {rest}\r\n{SMUGGLED}")).await;
            is_one_refusal(&answer, 400, "malformed_request", &format!("{line} {rest:?}"));
        }
    }
    server.gets("/healthz").await;
}

#[tokio::test]
async fn x15_a_request_without_a_single_meaning_opens_no_socket() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    for rest in MALFORMED {
        let answer = says(&server, &format!("{}{SMUGGLED}", handshake(&ada, rest))).await;
        is_one_refusal(&answer, 400, "malformed_request", rest);
    }
    let mut wire = Wire::connect(server.address).await;
    wire.send(handshake(&ada, "HTTP/1.1\r\nHost: localhost\r\n").as_bytes()).await;
    assert!(wire.head().await.starts_with("HTTP/1.1 101 "), "what all of them were but for one thing");
}

#[tokio::test]
async fn x15_an_address_that_names_a_host_names_the_one_that_host_names() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    for (place, host, is_right) in [
        ("http://localhost", "localhost", true),
        ("http://LOCALHOST:80", "localhost", true),
        ("https://localhost:8443", "localhost:8443", true),
        ("http://127.0.0.1:8000", "127.0.0.1:8000", true),
        ("http://evil.example", "localhost", false),
        ("http://localhost", "127.0.0.1", false),
        ("http://localhost:8000", "localhost", false),
        ("http://me@localhost", "localhost", false),
        ("ftp://localhost", "localhost", false),
        ("//localhost", "localhost", true),
    ] {
        let fields = format!("HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        let answer = says(&server, &format!("GET {place}/healthz {fields}")).await;
        let socket = format!("GET {place}/ws?token={} HTTP/1.1\r\nHost: {host}\r\n{HANDSHAKE}\r\n", ada.token);
        let mut wire = Wire::connect(server.address).await;
        wire.send(socket.as_bytes()).await;
        let opened = wire.head().await;
        match (is_right, place.starts_with("//")) {
            // A path that begins with two slashes is a path all the same.
            (_, true) => assert!(answer.starts_with("HTTP/1.1 404 "), "{place}: {answer}"),
            (true, _) => {
                assert!(answer.starts_with("HTTP/1.1 200 "), "{place} {host}: {answer}");
                assert!(opened.starts_with("HTTP/1.1 101 "), "{place} {host}: {opened}");
            }
            (false, _) => {
                is_one_refusal(&answer, 400, "malformed_request", place);
                assert!(opened.starts_with("HTTP/1.1 400 "), "{place} {host}: {opened}");
            }
        }
    }
    for line in ["GET localhost", "GET *", "GET /healthz#x", "GET localhost:80"] {
        let answer = says(&server, &format!("{line} HTTP/1.1\r\nHost: localhost\r\n\r\n")).await;
        is_one_refusal(&answer, 400, "malformed_request", line);
    }
}

#[tokio::test]
async fn x15_a_request_for_a_socket_has_no_body() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    for (fields, body) in [
        ("Content-Length: 1\r\n", "x"),
        ("Content-Length: 46\r\n", "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n..."),
        ("Transfer-Encoding: chunked\r\n", SMUGGLED),
    ] {
        let head = handshake(&ada, &format!("HTTP/1.1\r\nHost: localhost\r\n{fields}"));
        let answer = says(&server, &format!("{head}{body}")).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{fields}: {answer}");
        assert!(answer.contains("\r\nconnection: close\r\n") && !answer.contains("alive"), "{fields}: {answer}");
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
    }
    let mut wire = Wire::connect(server.address).await;
    wire.send(handshake(&ada, "HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n").as_bytes()).await;
    assert!(wire.head().await.starts_with("HTTP/1.1 101 "), "an empty one is none");
}

#[tokio::test]
async fn x15_behind_what_may_be_another_protocol_or_never_ends_no_further_request_is_answered() {
    let server = Server::start().await;
    let next = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
    for first in [
        "GET /ui/chat.html HTTP/1.1\r\nHost: localhost\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n".to_owned(),
        format!("GET /ws?token=none HTTP/1.1\r\nHost: localhost\r\n{HANDSHAKE}\r\n"),
        "POST /login HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n".to_owned(),
    ] {
        let answer = says(&server, &format!("{first}{next}")).await;
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
        assert!(answer.to_ascii_lowercase().contains("connection: close"), "{answer}");
    }
}

#[tokio::test]
async fn requests_in_one_breath_are_answered_in_turn_and_the_one_that_is_none_last() {
    let server = Server::start().await;
    let good = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let body = "POST /logout HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}";
    for bad in [
        "GET / HTTP/1.1\r\n\r\n",
        "nothing at all\r\n",
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n",
    ] {
        let answer = says(&server, &format!("{good}{body}{good}{bad}{good}")).await;
        let statuses: Vec<&str> = answer.split("HTTP/1.1 ").skip(1).map(|answer| &answer[..3]).collect();
        assert_eq!(statuses, ["200", "401", "200", "400"], "{answer}");
        let last = answer.rfind("HTTP/1.1 ").unwrap();
        is_one_refusal(&answer[last..], 400, "malformed_request", bad);
    }
    // Byte by byte it is the same.
    let mut wire = Wire::connect(server.address).await;
    for byte in format!("{body}{good}").bytes() {
        wire.send(&[byte]).await;
    }
    assert!(wire.head().await.starts_with("HTTP/1.1 401 "));
}

#[tokio::test]
async fn x78_what_is_too_long_for_a_head_is_told_so_in_the_form_of_every_refusal() {
    let server = Server::start().await;
    for (line, fields, status) in [
        ("/healthz", format!("X: {}\r\n", "y".repeat(40 * 1024)), 431),
        ("/healthz", "X: y\r\n".repeat(150), 431),
        (&*format!("/{}", "y".repeat(10 * 1024)), String::new(), 414),
    ] {
        let answer = says(&server, &format!("GET {line} HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n")).await;
        is_one_refusal(&answer, status, "too_large", &format!("{status}"));
    }
}

#[tokio::test]
async fn x15_a_body_whose_chunks_are_none_is_refused_and_the_last_of_its_connection() {
    let server = Server::start().await;
    let head = "POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    for chunks in
        ["x\r\n{}\r\n0\r\n\r\n", "2\n{}\n0\n\n", "-2\r\n{}\r\n0\r\n\r\n", "ffffffffffffffff1\r\n{}", "2\r\n{}0\r\n\r\n"]
    {
        let answer = says(&server, &format!("{head}{chunks}GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")).await;
        is_one_refusal(&answer, 400, "malformed_request", chunks);
    }
}
