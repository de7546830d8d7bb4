//! A page that is damaged while the server runs, and is met by somebody who reads: everybody is told what is the matter, the
//! server is not ready, and writes no more.

use std::os::unix::fs::FileExt;

use rustix::process::Signal;
use serde_json::json;

use crate::harness::{Asks, Server};

const PAGE: u64 = 4096;

/// As many as no cache holds.
const SAID: usize = 200;

#[tokio::test]
async fn d2_a_damaged_page_that_somebody_meets_stops_all_writing_and_everybody_is_told() {
    let mut server = Server::start().await;
    let ada = server.register("ada").await;
    let mut socket = ada.connects_for_more().await;
    for number in 0..SAID {
        let text = format!("{number} {}", "x".repeat(7_000));
        socket.does(json!({"type": "send", "text": text, "nonce": format!("{number}")})).await;
    }
    // Then everything is in the file, and in nobody's memory.
    server.stop().await;
    let mut server = server.again().await;
    let ada = ada.at(&server);
    let mut socket = ada.arrives().await;
    socket.says("Before the damage.").await;
    let file = std::fs::OpenOptions::new().write(true).open(server.database()).unwrap();
    let pages = file.metadata().unwrap().len() / PAGE;
    for page in pages / 2..pages {
        file.write_all_at(&[0xa5; PAGE as usize], page * PAGE).unwrap();
    }
    let told = ada.gets("/api/rooms/1/messages?limit=100&before=150").await.refused(503, "storage_failed");
    assert!(told["detail"].as_str().unwrap().contains("damaged"), "{told}");
    let red = server.readiness().await.refused(503, "storage_failed");
    assert!(red["detail"].as_str().unwrap().contains("restore a backup"), "{red}");
    let log = || std::fs::read(server.data().join("chatterbox.db-wal")).unwrap();
    let before = log();
    for _ in 0..3 {
        let error = socket.is_denied(json!({"type": "send", "text": "After it."}), "storage_failed").await;
        assert!(error["message"].as_str().unwrap().contains("damaged"), "{error}");
    }
    assert!(log() == before, "something was written");
    assert_eq!(server.gets("/healthz").await.status, 200);
    let before = std::fs::read(server.database()).unwrap();
    server.signal(Signal::TERM);
    assert_eq!(server.ended().await.code(), Some(0));
    assert!(std::fs::read(server.database()).unwrap() == before, "the log was moved into a damaged database");
    let said = server.log();
    assert_eq!(said.matches("the database is damaged").count(), 1, "{said}");
    assert!(said.contains("restore a backup"), "{said}");
}
