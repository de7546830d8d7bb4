//! Every door of HTTP, as the server's own source has them, and every way to knock wrongly: whatever is refused is refused in
//! one form. A new door is walked through as well.

use std::collections::BTreeSet;

use chatterbox_protocol::errors::ErrorCode;
use serde_json::Value;

use crate::harness::doors::doors;
use crate::harness::raw::Wire;
use crate::harness::{Plan, Server};

/// What some doors take, and what none of them does.
const METHODS: [&str; 9] = ["GET", "POST", "DELETE", "PATCH", "PUT", "HEAD", "OPTIONS", "TRACE", "BREW"];

/// What stands where a door takes a name: no text, no name, too much of one, a way out, and what nobody has.
const NAMES: [&str; 9] =
    ["%ff", "%c3", "%00", "%zz", "..%2f..%2fchatterbox.db", "99999999999999999999", "-1", "x.html.br", "77"];

const QUERIES: [&str; 7] =
    ["", "?%ff", "?before=%ff&limit=", "?before=1&before=1", "?before=1&after=1", "?token=%ff", "?token=a&token=b"];

/// Lines of a head, and what comes after it.
const REST: [(&str, &[u8]); 15] = [
    ("", b""),
    ("Authorization: Bearer nobody\r\n", b""),
    ("Authorization: \u{e9}\r\n", b""),
    ("Cookie: cb=nobody; cb=\u{e9}\r\n", b""),
    ("Origin: https://evil.example\r\nCookie: cb=x\r\n", b""),
    ("Origin: null\r\n", b""),
    ("Origin: https://evil.example\r\nAccess-Control-Request-Method: POST\r\n", b""),
    ("Upgrade: websocket\r\n", b""),
    ("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 8\r\n", b""),
    ("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x\r\n", b""),
    ("If-None-Match: \u{e9}\r\nAccept-Encoding: \u{e9}\r\nRange: bytes=5-1\r\n", b""),
    ("Content-Type: application/json\r\n", b"{\"username\":"),
    ("Content-Type: application/json\r\n", b"\xff\xfe"),
    ("Content-Type: application/x-www-form-urlencoded\r\n", b"username=ada&password=x"),
    ("Content-Type: \u{e9}\r\nX-Forwarded-For: nobody\r\n", b"[]"),
];

/// The paths of all doors, with something where they take a name.
fn paths() -> Vec<String> {
    let mut paths = BTreeSet::from(["/nowhere", "/%ff", "/ws/"].map(str::to_owned));
    for door in doors() {
        paths.extend(NAMES.iter().map(|name| door.path_of(name)));
    }
    let mut paths = Vec::from_iter(paths);
    // Going out is the last thing that a session does.
    paths.sort_by_key(|path| path == "/logout");
    paths
}

/// Checks an answer; whether it was a refusal.
fn check(asked: &str, answer: &str, codes: &BTreeSet<&str>) -> bool {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{asked} has no answer: {answer}"));
    let status: u16 = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect(asked);
    assert!(status != 500 && status >= 200, "{asked}: {answer}");
    if status < 400 {
        return false;
    }
    let head = head.to_ascii_lowercase();
    assert!(head.contains("\r\ncontent-type: application/problem+json\r\n"), "{asked}: {answer}");
    assert!(head.contains("\r\nx-content-type-options: nosniff"), "{asked}: {answer}");
    if !asked.starts_with("HEAD ") {
        let problem: Value = serde_json::from_str(body).unwrap_or_else(|_| panic!("{asked}: {answer}"));
        assert_eq!(problem["status"], status, "{asked}: {answer}");
        assert!(problem["code"].as_str().is_some_and(|code| codes.contains(code)), "{asked}: {answer}");
        assert!(problem["detail"].as_str().is_some_and(|detail| detail.len() > 10), "{asked}: {answer}");
    }
    true
}

#[tokio::test]
async fn every_refusal_at_every_door_is_a_problem_with_its_code() {
    // With a list of allowed origins, so that their rules are among the doors.
    let server = Plan::new().with("--allowed-origins", "https://friend.example").start().await;
    let shown = format!("Authorization: Bearer {}\r\n", server.register("ada").await.token);
    let codes: BTreeSet<&str> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
    let taken: BTreeSet<String> = doors().into_iter().map(|door| door.method).collect();
    let (mut asked, mut refused) = (0, 0);
    for path in paths() {
        for method in METHODS {
            for session in ["", &shown] {
                let queries = QUERIES.iter().map(|query| (*query, REST[0]));
                let ways = queries.chain(REST[1..].iter().map(|rest| ("", *rest)));
                // The way does not matter where the method is refused.
                let count = if taken.contains(method) { usize::MAX } else { 2 };
                for (query, (lines, body)) in ways.take(count) {
                    let request = format!("{method} {path}{query} HTTP/1.1\r\n{session}{lines}");
                    refused += u32::from(check(&request, &knocks(&server, &request, body).await, &codes));
                    asked += 1;
                }
            }
        }
    }
    assert!(refused > asked / 2, "{refused} of {asked} were refused");
}

async fn knocks(server: &Server, request: &str, body: &[u8]) -> String {
    let (host, length) = (server.address, body.len());
    let head = format!("{request}Host: {host}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n");
    // Each sign of the head is one byte, also where that makes no UTF-8.
    let head: Vec<u8> = head.chars().map(|sign| u8::try_from(u32::from(sign)).expect("Latin-1")).collect();
    let mut wire = Wire::connect(server.address).await;
    wire.send(&[&head, body].concat()).await;
    wire.rest().await
}
