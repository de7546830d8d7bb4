//! SIGTERM: no new sockets, every accepted command answered, everybody sent on, and a good end within ten seconds.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::json;
use tokio::net::TcpStream;

use crate::harness::{Server, User, within};

/// Talks as fast as it can until the server says goodbye. What was acknowledged, by nonce, and the goodbye.
async fn talks(user: User, number: usize) -> (BTreeMap<String, u64>, (u16, String)) {
    let mut socket = user.connects_for_more().await;
    let mut acked = BTreeMap::new();
    let mut said = 0;
    loop {
        for _ in 0..20 {
            let nonce = format!("{number}-{said}");
            socket.try_say(&json!({"type": "send", "text": "Hurry!", "nonce": nonce, "ref": nonce})).await;
            said += 1;
        }
        for _ in 0..20 {
            let Some(event) = socket.next().await else { return (acked, socket.is_closed().await) };
            match event["type"].as_str() {
                Some("ok") => {
                    acked.insert(event["ref"].as_str().unwrap().to_owned(), event["id"].as_u64().unwrap());
                }
                _ => assert_eq!(event["code"], "draining", "{event}"),
            }
        }
    }
}

#[tokio::test]
async fn d10_a_stop_under_load_answers_everything_that_it_stores() {
    let mut server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let mut listener = grace.arrives().await;
    let mut talkers = tokio::task::JoinSet::new();
    for number in 0..4 {
        talkers.spawn(talks(ada.clone(), number));
    }
    // Until the load is really there.
    for _ in 0..100 {
        listener.hears("message").await;
    }
    let begin = Instant::now();
    server.signal(Signal::TERM);
    let (code, reason) = listener.is_closed().await;
    assert_eq!(code, 1012);
    assert!(reason.parse::<u64>().is_ok_and(|wait_ms| wait_ms <= 5_000), "{reason}");
    let mut acked = BTreeMap::new();
    for (of_one, (code, reason)) in talkers.join_all().await {
        assert_eq!((code, reason.parse::<u64>().is_ok()), (1012, true));
        acked.extend(of_one);
    }
    let status = server.ended().await;
    assert_eq!(status.code(), Some(0));
    assert!(begin.elapsed() < Duration::from_secs(10), "it took {:?}", begin.elapsed());
    let server = server.again().await;
    let stored = ada.at(&server).reads_all().await;
    let stored: BTreeMap<String, u64> = stored
        .iter()
        .map(|message| (message["nonce"].as_str().unwrap().to_owned(), message["id"].as_u64().unwrap()))
        .collect();
    assert_eq!(stored, acked, "what is stored and what was acknowledged are not the same");
}

#[tokio::test]
async fn d10_the_times_to_come_back_are_spread() {
    let mut server = Server::start().await;
    let ada = server.register("ada").await;
    let mut sockets = Vec::new();
    for _ in 0..12 {
        sockets.push(ada.arrives().await);
    }
    server.signal(Signal::TERM);
    let mut waits = BTreeSet::new();
    for mut socket in sockets {
        waits.insert(socket.is_closed().await.1);
    }
    assert!(waits.len() > 6, "all come back at once: {waits:?}");
    assert_eq!(server.ended().await.code(), Some(0));
}

#[tokio::test]
async fn sigint_is_as_good_and_nobody_can_connect_afterwards() {
    let mut server = Server::start().await;
    let ada = server.register("ada").await;
    let mut socket = ada.arrives().await;
    server.signal(Signal::INT);
    assert_eq!(socket.is_closed().await.0, 1012);
    assert_eq!(server.ended().await.code(), Some(0));
    assert!(within("a refusal", TcpStream::connect(server.address)).await.is_err());
}

#[tokio::test]
async fn d10_one_who_does_not_listen_cannot_hold_up_the_stop() {
    let mut server = Server::start().await;
    let ada = server.register("ada").await;
    // A client that never answers a close frame, a request whose body never comes, and a head that never ends.
    let _deaf = ada.wire().await;
    let mut half = crate::harness::raw::Wire::connect(server.address).await;
    half.send(
        b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{",
    )
    .await;
    let mut head = crate::harness::raw::Wire::connect(server.address).await;
    head.send(b"GET /heal").await;
    server.readiness().await;
    let begin = Instant::now();
    server.signal(Signal::TERM);
    assert_eq!(server.ended().await.code(), Some(0));
    assert!(begin.elapsed() < Duration::from_secs(10), "it took {:?}", begin.elapsed());
}

#[tokio::test]
async fn d10_a_stop_right_after_the_start_is_a_good_end() {
    for _ in 0..10 {
        Server::start().await.stop().await;
    }
}
