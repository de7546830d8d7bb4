//! The Rust SDK against a real server: what a program that uses it may rely on.

use std::net::{SocketAddr, TcpListener};

use chatterbox_client::{Client, Options, Update};
use chatterbox_protocol::ids::RoomId;
use tokio::sync::mpsc;

use crate::harness::{Plan, Server, User, within};

fn starts(user: &User) -> (Client, mpsc::Receiver<Update>) {
    let url = format!("ws://{}/ws", user.address).parse().unwrap();
    Client::start(Options::new(url, user.token.clone()))
}

/// An address that a server can come back to.
fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).unwrap()
}

/// The texts of the next messages, whether they come live or with the history.
async fn hears(updates: &mut mpsc::Receiver<Update>, count: usize) -> Vec<String> {
    let mut texts = Vec::new();
    while texts.len() < count {
        match within("an update", updates.recv()).await.unwrap() {
            Update::Message(message) | Update::Present(message) => texts.push(message.text),
            Update::Reset { messages, .. } => texts.extend(messages.into_iter().map(|message| message.text)),
            _ => {}
        }
    }
    texts
}

#[tokio::test]
async fn a_program_is_told_what_became_of_what_it_said() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let ((ada, _hears), (grace, mut hears_grace)) = (starts(&ada), starts(&grace));
    let done = within("an answer", ada.send(RoomId::FIRST, "Hello.")).await.unwrap().unwrap();
    assert_eq!(hears(&mut hears_grace, 1).await, ["Hello."]);
    let refused = within("a refusal", grace.edit(done.id.unwrap(), "Mine.")).await.unwrap().unwrap_err();
    assert_eq!(refused.code.as_str(), "forbidden");
}

#[tokio::test]
async fn what_is_said_while_the_server_is_dead_is_stored_once_and_in_order_when_it_is_back() {
    let mut server = Plan::new().listening_at(free_address()).start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let ((says, _heard), (_client, mut updates)) = (starts(&ada), starts(&grace));
    within("an answer", says.send(RoomId::FIRST, "Before.")).await.unwrap().unwrap();
    assert_eq!(hears(&mut updates, 1).await, ["Before."]);
    server.kill();
    let said = tokio::spawn(async move {
        let all = ["One.", "Two.", "Three."].map(|text| says.send(RoomId::FIRST, text));
        for answer in futures_util::future::join_all(all).await {
            answer.unwrap().unwrap();
        }
    });
    let server = server.again().await;
    within("the answers", said).await.unwrap();
    assert_eq!(hears(&mut updates, 3).await, ["One.", "Two.", "Three."]);
    assert_eq!(ada.at(&server).reads_texts().await, ["Before.", "One.", "Two.", "Three."]);
}

#[tokio::test]
async fn a_program_whose_session_is_over_is_told_so_and_not_kept_waiting() {
    let server = Server::start().await;
    let (ada, _) = server.ada_and_grace().await;
    let (says, _updates) = starts(&ada);
    within("an answer", says.send(RoomId::FIRST, "Still here.")).await.unwrap().unwrap();
    ada.logs_out().await;
    assert!(within("the end", says.send(RoomId::FIRST, "Still?")).await.is_err());
}
