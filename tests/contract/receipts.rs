//! What has been seen: set once somebody other than the author has read it, announced, and kept.

use serde_json::{Value, json};

use crate::harness::checker::number;
use crate::harness::{Asks, Server, User};

async fn is_seen(user: &User) -> Vec<bool> {
    user.reads_all().await.iter().map(|message| message["seen"].as_bool().unwrap()).collect()
}

#[tokio::test]
async fn a_message_is_seen_once_a_reader_says_so_and_its_author_hears_of_it() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let mut ada_says = ada.arrives().await;
    let mut grace_reads = grace.connects_with_hello().await;
    grace_reads.hears("hello").await;
    grace_reads.hears("history").await;
    let (first, _second) = (ada_says.says("One.").await, ada_says.says("Two.").await);
    assert_eq!(first["seen"], false);
    assert_eq!(is_seen(&ada).await, [false, false]);
    grace_reads.does(json!({"type": "read", "room": 1, "up_to": 1})).await;
    let seen = ada_says.hears_where("seen", |event| event["type"] == "seen").await;
    assert_eq!(seen, json!({"type": "seen", "room": 1, "up_to": 1}));
    assert_eq!(is_seen(&ada).await, [true, false]);
    grace_reads.does(json!({"type": "read", "up_to": 2})).await;
    ada_says.hears_seen(2).await;
    assert_eq!(is_seen(&grace).await, [true, true]);
    grace_reads.does(json!({"type": "read", "up_to": 1})).await;
    assert_eq!(is_seen(&ada).await, [true, true], "reading backwards takes nothing back");
}

#[tokio::test]
async fn ones_own_reading_makes_nothing_seen() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let mut socket = ada.arrives().await;
    socket.says("Talking to myself.").await;
    socket.does(json!({"type": "read", "up_to": 1})).await;
    ada.arrives().await.hears_nothing().await;
    socket.hears_nothing().await;
    assert_eq!(is_seen(&ada).await, [false]);
}

#[tokio::test]
async fn what_a_client_of_the_original_view_is_sent_counts_as_read() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let mut ada_says = ada.arrives().await;
    ada_says.says("From before.").await;
    let mut listener = grace.arrives().await;
    ada_says.hears_seen(1).await;
    ada_says.says("And live.").await;
    listener.hears_message("And live.").await;
    ada_says.hears_seen(2).await;
    assert_eq!(is_seen(&ada).await, [true, true]);
    let server = server.again().await;
    assert_eq!(is_seen(&ada.at(&server)).await, [true, true], "it must survive a restart");
    let shown = ada.at(&server).connects().await.history().await;
    assert!(shown.iter().all(|message| message["seen"] == true), "{shown:?}");
}

#[tokio::test]
async fn reading_goes_on_to_count_when_another_session_of_the_reader_is_over() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let mut ada_says = ada.arrives().await;
    let mut listener = grace.arrives().await;
    let elsewhere = server.logs_in("grace").await;
    let _second = elsewhere.arrives().await;
    elsewhere.logs_out().await;
    ada_says.says("One.").await;
    listener.hears_message("One.").await;
    ada_says.hears_seen(1).await;
}

#[tokio::test]
async fn hello_tells_how_far_one_has_read_and_been_read() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let mut ada_says = ada.arrives().await;
    for text in ["One.", "Two.", "Three."] {
        ada_says.says(text).await;
    }
    let mut grace_reads = grace.connects_with_hello().await;
    grace_reads.does(json!({"type": "read", "up_to": 2})).await;
    ada_says.hears_seen(2).await;
    let marks = async |user: &User| {
        let mut socket = user.connects_with_hello().await;
        let room = socket.hears("hello").await["rooms"][0].clone();
        (number(&room, "read_up_to"), number(&room, "seen_up_to"))
    };
    assert_eq!(marks(&grace).await.0, 2);
    assert_eq!(marks(&ada).await.1, 2);
}

#[tokio::test]
async fn x22_a_mark_beyond_the_end_is_a_mark_at_the_end() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let mut ada_says = ada.arrives().await;
    ada_says.says("One.").await;
    let mut grace_reads = grace.connects_with_hello().await;
    grace_reads.does(json!({"type": "read", "up_to": 9_007_199_254_740_991_u64})).await;
    ada_says.hears_seen(1).await;
    ada_says.says("Two.").await;
    grace_reads.hears_where("Two.", |event| event["text"] == "Two.").await;
    assert_eq!(is_seen(&ada).await, [true, false], "what comes later has not been read");
    for (command, code) in [
        (json!({"type": "read", "room": 2, "up_to": 1}), "not_found"),
        (json!({"type": "read", "room": 0, "up_to": 1}), "invalid_field"),
        (json!({"type": "read", "up_to": 0}), "invalid_field"),
        (json!({"type": "read"}), "invalid_field"),
    ] {
        grace_reads.is_denied(command, code).await;
        grace_reads.does(json!({"type": "read", "up_to": 1})).await;
    }
}

#[tokio::test]
async fn p1_nobody_learns_who_has_read_it() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let mut ada_says = ada.connects_with_hello().await;
    let mut linus = server.register("linus").await.connects_with_hello().await;
    ada_says.does(json!({"type": "send", "text": "Who reads this?"})).await;
    let mut reader = grace.connects_with_hello().await;
    reader.does(json!({"type": "read", "up_to": 1})).await;
    ada_says.hears_seen(1).await;
    let mut told: Vec<Value> = ada_says.hears_until_now().await;
    told.extend(linus.hears_until_now().await);
    told.push(ada.gets("/api/rooms/1/messages").await.ok());
    assert!(!json!(told).to_string().contains("grace"), "{told:?}");
}
