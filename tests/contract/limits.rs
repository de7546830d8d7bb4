//! Limits: each is reached without harm and passed with a clear error.

use serde_json::{Value, json};

use crate::harness::raw::Wire;
use crate::harness::{Asks, Server};

#[tokio::test]
async fn a_text_may_have_eight_thousand_characters_of_any_kind() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let (mut ada, mut grace) = (ada.arrives().await, grace.arrives().await);
    for character in ["x", "é", "語", "🦀", "\"", "\\", "\u{1}x"] {
        let longest: String = character.chars().cycle().take(8_000).collect();
        let message = ada.says(&longest).await;
        assert_eq!(grace.hears("message").await["text"], longest.as_str());
        let longer = format!("{longest}x");
        ada.is_denied(json!({"type": "send", "text": longer}), "invalid_field").await;
        ada.edits(&message, &format!("y{}", &longest[..longest.len() - character.len()])).await;
        ada.is_denied(json!({"type": "edit", "id": message["id"], "text": longer}), "invalid_field").await;
        grace.hears("edit").await;
    }
    grace.hears_nothing().await;
}

#[tokio::test]
async fn a_nonce_and_a_ref_may_have_64_characters() {
    let server = Server::start().await;
    let mut ada = server.register("ada").await.arrives().await;
    let (fits, too_long) = ("語".repeat(64), "n".repeat(65));
    ada.does(json!({"type": "send", "text": "x", "nonce": fits})).await;
    assert_eq!(ada.hears("message").await["nonce"], fits.as_str());
    ada.is_denied(json!({"type": "send", "text": "x", "nonce": too_long}), "invalid_field").await;
    ada.say(json!({"type": "send", "text": "x", "ref": fits})).await;
    assert_eq!(ada.hears("ok").await["ref"], fits.as_str());
    ada.hears("message").await;
    ada.say(json!({"type": "send", "text": "x", "ref": too_long})).await;
    assert_eq!(ada.is_refused("invalid_field").await["field"], "ref");
    ada.say(json!({"type": "send", "text": "x", "ref": 1_u64 << 53})).await;
    assert_eq!(ada.is_refused("invalid_field").await["field"], "ref");
    ada.hears_nothing().await;
}

#[tokio::test]
async fn x76_hello_may_name_500_rooms() {
    let server = Server::start().await;
    let mut ada = server.register("ada").await.arrives().await;
    let rooms = |count: u64| -> Value { (1..=count).map(|room| (room.to_string(), json!(1))).collect() };
    ada.say(json!({"type": "hello", "rooms": rooms(501)})).await;
    assert_eq!(ada.is_refused("invalid_field").await["field"], "rooms");
    ada.say(json!({"type": "hello", "rooms": rooms(500)})).await;
    ada.hears("hello").await;
    ada.hears("history").await;
}

#[tokio::test]
async fn a_body_may_have_sixteen_kib() {
    let server = Server::start().await;
    for (path, fits) in [("/register", 422), ("/login", 401)] {
        let mut body = br#"{"username":"ada","password":"x"}"#.to_vec();
        body.resize(16 * 1024, b' ');
        assert_eq!(server.posts_bytes(path, body.clone()).await.status, fits);
        body.push(b' ');
        server.posts_bytes(path, body.clone()).await.refused(413, "too_large");
        // The rest of a megabyte is not waited for.
        let mut wire = Wire::connect(server.address).await;
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1048576\r\n\r\n"
        );
        wire.send(&[head.as_bytes(), &body].concat()).await;
        let answer = wire.head().await;
        assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    }
}

#[tokio::test]
async fn x78_a_head_may_have_sixteen_kib_and_a_hundred_fields() {
    let server = Server::start().await;
    for (lines, expected) in [
        ("X: y\r\n".repeat(95), "200"),
        ("X: y\r\n".repeat(150), "431"),
        (format!("X: {}\r\n", "y".repeat(12 * 1024)), "200"),
        (format!("X: {}\r\n", "y".repeat(40 * 1024)), "431"),
    ] {
        let mut wire = Wire::connect(server.address).await;
        wire.send(format!("GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{lines}\r\n").as_bytes())
            .await;
        let status = wire.head().await.split(' ').nth(1).unwrap().to_owned();
        assert_eq!(status, expected, "{} bytes", lines.len());
    }
    let mut wire = Wire::connect(server.address).await;
    wire.send(format!("GET /{} HTTP/1.1\r\nHost: localhost\r\n\r\n", "y".repeat(60 * 1024)).as_bytes()).await;
    let answer = wire.rest().await;
    assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
    server.gets("/healthz").await;
}

#[tokio::test]
async fn a1_a_head_that_does_not_come_is_not_waited_for_for_long() {
    let server = Server::start().await;
    let mut silent = Wire::connect(server.address).await;
    let mut slow = Wire::connect(server.address).await;
    slow.send(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: ").await;
    let (silent, slow) = tokio::join!(silent.rest(), slow.rest());
    assert!(!silent.contains(" 200 ") && !slow.contains(" 200 "), "{silent} {slow}");
}
