//! The Rust SDK against a real server: what a program that uses it may rely on.

use std::net::{SocketAddr, TcpListener};
use std::time::{Duration, Instant};

use chatterbox_client::{Client, Gone, Options, Trouble, Update};
use chatterbox_protocol::ids::{MessageId, RoomId};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

use crate::harness::{Plan, Server, User, within};

fn starts(user: &User) -> (Client, mpsc::Receiver<Update>) {
    let address = format!("ws://{}/ws", user.address);
    Client::start(Options::new(&address, &user.token).unwrap())
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
    let (says, mut updates) = starts(&ada);
    within("an answer", says.send(RoomId::FIRST, "Still here.")).await.unwrap().unwrap();
    ada.logs_out().await;
    assert_eq!(over(&mut updates).await, Trouble::SessionOver);
    let gone = Err(Gone(Trouble::SessionOver));
    assert_eq!(within("the end", says.send(RoomId::FIRST, "Still?")).await, gone);
    // A program that begins with such a token learns the same, and so does what it has said by then.
    let (says, mut updates) = starts(&ada);
    assert_eq!(within("the end", says.send(RoomId::FIRST, "And again?")).await, gone);
    assert_eq!(over(&mut updates).await, Trouble::SessionOver);
}

/// The end, which must be the last that is told.
async fn over(updates: &mut mpsc::Receiver<Update>) -> Trouble {
    loop {
        match within("the end", updates.recv()).await.expect("it says why it ends") {
            Update::Over(why) => {
                assert_eq!(within("nothing more", updates.recv()).await, None);
                return why;
            }
            Update::Lost { why, .. } => panic!("it tries again in spite of {why}"),
            _ => {}
        }
    }
}

#[tokio::test]
async fn a_program_with_a_wrong_address_is_told_so_and_does_not_try_for_ever() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    for (path, status) in [("/wss", 404), ("/ws/", 404), ("/healthz", 200), ("/", 307)] {
        let address = format!("ws://{}{path}", server.address);
        let (says, mut updates) = Client::start(Options::new(&address, &ada.token).unwrap());
        let refused = Trouble::Refused(status);
        assert_eq!(over(&mut updates).await, refused, "{path}");
        assert_eq!(within("the end", says.send(RoomId::FIRST, "Hello?")).await, Err(Gone(refused)), "{path}");
    }
}

/// Why there is no connection for now.
async fn lost(updates: &mut mpsc::Receiver<Update>) -> Trouble {
    loop {
        match within("a loss", updates.recv()).await.expect("it goes on") {
            Update::Lost { why, .. } => return why,
            Update::Over(why) => panic!("it has given up: {why}"),
            _ => {}
        }
    }
}

#[tokio::test]
async fn a_program_is_told_that_the_server_is_lost_and_why_and_when_it_is_back() {
    let mut server = Plan::new().listening_at(free_address()).start().await;
    let ada = server.register("ada").await;
    let (says, mut updates) = starts(&ada);
    within("an answer", says.send(RoomId::FIRST, "Before.")).await.unwrap().unwrap();
    server.kill();
    assert!(matches!(lost(&mut updates).await, Trouble::Cut(_)));
    assert!(matches!(lost(&mut updates).await, Trouble::Unreachable(_)));
    let _server = server.again().await;
    while !matches!(within("the way back", updates.recv()).await.unwrap(), Update::Live(_)) {}
}

/// A way to the server, for one connection, on which everything that the server says is lost once it is told so.
async fn swallowing(server: SocketAddr) -> (SocketAddr, watch::Sender<bool>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (swallow, swallows) = watch::channel(false);
    tokio::spawn(async move {
        let (mut near_reads, mut near_writes) = listener.accept().await.unwrap().0.into_split();
        let (mut far_reads, mut far_writes) = tokio::net::TcpStream::connect(server).await.unwrap().into_split();
        tokio::spawn(async move { copy(&mut near_reads, &mut far_writes).await });
        let mut bytes = [0; 4096];
        while let Ok(count) = far_reads.read(&mut bytes).await {
            if count == 0 || (!*swallows.borrow() && near_writes.write_all(&bytes[..count]).await.is_err()) {
                break;
            }
        }
    });
    (address, swallow)
}

#[tokio::test]
async fn i3_a_program_notices_soon_that_a_link_swallows_the_answers() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let (address, swallow) = swallowing(server.address).await;
    let (says, mut updates) = Client::start(Options::new(&format!("ws://{address}/ws"), &ada.token).unwrap());
    within("an answer", says.send(RoomId::FIRST, "Before.")).await.unwrap().unwrap();
    swallow.send(true).unwrap();
    let begin = Instant::now();
    let said = tokio::spawn(async move { says.send(RoomId::FIRST, "Into the void.").await });
    assert!(matches!(lost(&mut updates).await, Trouble::Cut(_)));
    assert!(begin.elapsed() < Duration::from_secs(25), "it took {:?}", begin.elapsed());
    said.abort();
}

#[tokio::test]
async fn what_nobody_waits_for_any_more_is_not_said_when_the_server_is_back() {
    let mut server = Plan::new().listening_at(free_address()).start().await;
    let ada = server.register("ada").await;
    let (says, mut updates) = starts(&ada);
    within("an answer", says.send(RoomId::FIRST, "Before.")).await.unwrap().unwrap();
    server.kill();
    lost(&mut updates).await;
    let impatient = timeout(Duration::from_millis(300), says.send(RoomId::FIRST, "Now or never."));
    assert!(impatient.await.is_err());
    let server = server.again().await;
    within("an answer", says.send(RoomId::FIRST, "After.")).await.unwrap().unwrap();
    assert_eq!(ada.at(&server).reads_texts().await, ["Before.", "After."]);
}

#[tokio::test]
async fn e1_a_nonce_of_the_sdk_has_128_random_bits() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let (says, _updates) = starts(&ada);
    for text in ["One.", "Two."] {
        within("an answer", says.send(RoomId::FIRST, text)).await.unwrap().unwrap();
    }
    let said = ada.reads_all().await;
    let nonces: Vec<&str> = said.iter().map(|message| message["nonce"].as_str().unwrap()).collect();
    assert!(nonces.iter().all(|nonce| nonce.len() == 32), "{nonces:?}");
    assert_ne!(nonces[0], nonces[1]);
}

#[tokio::test]
async fn what_is_refused_is_told_and_stops_nothing_that_is_said_after_it() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let (says, mut updates) = starts(&ada);
    let id = within("an answer", says.send(RoomId::FIRST, "One.")).await.unwrap().unwrap().id.unwrap();
    for text in ["", " ", "\u{200b}\u{2060}", "a\0b", &"x".repeat(8_001), &"x".repeat(70_000), &"\u{1}".repeat(12_000)]
    {
        let all = async { tokio::join!(says.send(RoomId::FIRST, text), says.edit(id, text), says.edit(id, "One.")) };
        let (sent, edited, behind) = within("all answers", all).await;
        for refused in [sent, edited] {
            let refused = refused.unwrap().unwrap_err();
            assert_eq!((refused.code.as_str(), refused.field.as_deref()), ("invalid_field", Some("text")));
        }
        behind.unwrap().unwrap();
    }
    let both = async { tokio::join!(says.send(RoomId(7), "Two."), says.delete(MessageId(7))) };
    let (nowhere, nobodys) = within("both answers", both).await;
    for refused in [nowhere, nobodys] {
        assert_eq!(refused.unwrap().unwrap_err().code.as_str(), "not_found");
    }
    within("an answer", says.send(RoomId::FIRST, "Three.")).await.unwrap().unwrap();
    assert_eq!(ada.reads_texts().await, ["One.", "Three."]);
    while let Ok(update) = updates.try_recv() {
        assert!(!matches!(update, Update::Lost { .. }), "{update:?}");
    }
}

#[tokio::test]
async fn o2_what_is_said_faster_than_it_may_be_is_stored_once_and_in_order() {
    let server = Plan::new().with_rate_limits().start().await;
    let ada = server.register("ada").await;
    let (says, _updates) = starts(&ada);
    let texts: Vec<String> = (0..26).map(|number| format!("Number {number}.")).collect();
    let all = texts.iter().map(|text| says.send(RoomId::FIRST, text));
    for answer in within("all answers", futures_util::future::join_all(all)).await {
        answer.unwrap().unwrap();
    }
    assert_eq!(ada.reads_texts().await, texts);
}
