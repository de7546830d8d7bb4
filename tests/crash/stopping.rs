//! SIGTERM under load (threats.md D10), as programs that use the SDK live through it: what was stored was told, what was
//! told is there, and whoever follows the room misses nothing and hears nothing twice, over any number of restarts.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use chatterbox_client::{Client, Options, Update};
use chatterbox_protocol::ids::RoomId;
use rustix::process::Signal;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;

use crate::harness::{Plan, User, within};

/// A client that finds no server waits longer and longer, up to a minute, and may come back into the next stop.
const PATIENCE: Duration = Duration::from_secs(180);

async fn in_time<T>(what: &str, work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work).await.unwrap_or_else(|_| panic!("waited in vain for {what}"))
}

const STOPS: u64 = 2;

/// Heard between two stops: then there is load.
const HEARD: u64 = 150;

const THE_END: &str = "The end.";

fn starts(user: &User) -> (Client, mpsc::Receiver<Update>) {
    let address = format!("ws://{}/ws", user.address);
    Client::start(Options::new(&address, &user.token).unwrap())
}

/// Says one thing after the other, until told to stop. Answers what is stored, by place.
async fn talks(user: User, name: String, is_over: Arc<AtomicBool>) -> BTreeMap<u64, String> {
    let (client, mut updates) = starts(&user);
    let reads = tokio::spawn(async move { while updates.recv().await.is_some() {} });
    let mut stored = BTreeMap::new();
    let mut said = 0;
    while !is_over.load(Ordering::Relaxed) {
        said += 1;
        let text = format!("{name}-{said}");
        match in_time("a decision", client.send(RoomId::FIRST, &text)).await.unwrap() {
            Ok(done) => assert_eq!(stored.insert(done.seq.unwrap().0, text), None),
            // It came while the server stopped, and is not stored.
            Err(failed) => assert_eq!(failed.code.as_str(), "draining"),
        }
    }
    drop(client);
    within("the end of the updates", reads).await.unwrap();
    stored
}

/// Follows the room to the end: every place once, and none left out. Says once it is there.
async fn follows(user: User, heard: watch::Sender<u64>, there: oneshot::Sender<()>) -> BTreeMap<u64, String> {
    let (_client, mut updates) = starts(&user);
    let mut room = BTreeMap::new();
    let mut there = Some(there);
    loop {
        match in_time("an update", updates.recv()).await.unwrap() {
            Update::Message(message) | Update::Present(message) => {
                let is_end = message.text == THE_END;
                assert_eq!(message.seq.0, room.len() as u64 + 1, "something is missing, or comes twice: {message:?}");
                room.insert(message.seq.0, message.text);
                heard.send_replace(room.len() as u64);
                if is_end {
                    return room;
                }
            }
            Update::Live(_) => {
                if let Some(there) = there.take() {
                    there.send(()).unwrap();
                }
            }
            Update::Reset { messages, .. } => assert!(
                messages.is_empty() && room.is_empty(),
                "it was begun anew: held {} messages, shown {}",
                room.len(),
                messages.len()
            ),
            _ => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d10_nobody_loses_or_repeats_anything_when_a_server_under_load_is_stopped_and_started() {
    let address = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).unwrap();
    let mut server = Plan::new().listening_at(address).start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let (is_over, (heard, hears)) = (Arc::new(AtomicBool::new(false)), watch::channel(0));
    let (there, is_there) = oneshot::channel();
    let follower = tokio::spawn(follows(grace.clone(), heard, there));
    // Whoever comes once others talk is shown the newest page alone.
    within("the follower", is_there).await.unwrap();
    let mut talkers = JoinSet::new();
    for number in 0..6 {
        let user = if number % 2 == 0 { &ada } else { &grace };
        talkers.spawn(talks(user.clone(), number.to_string(), Arc::clone(&is_over)));
    }
    let waits = async || {
        let enough = *hears.borrow() + HEARD;
        in_time("messages", hears.clone().wait_for(|heard| *heard >= enough)).await.unwrap();
    };
    for stop in 1..=STOPS {
        waits().await;
        let mut witness = grace.connects_with_hello().await;
        let begin = Instant::now();
        server.signal(Signal::TERM);
        assert_eq!(witness.is_closed().await.0, 1012);
        assert_eq!(server.ended().await.code(), Some(0));
        assert!(begin.elapsed() < Duration::from_secs(10), "it took {:?}", begin.elapsed());
        println!("stop {stop} after {} messages took {:?}", *hears.borrow(), begin.elapsed());
        server = server.again().await;
    }
    waits().await;
    is_over.store(true, Ordering::Relaxed);
    let mut stored: BTreeMap<u64, String> = talkers.join_all().await.into_iter().flatten().collect();
    ada.arrives().await.says(THE_END).await;
    stored.insert(stored.len() as u64 + 1, THE_END.to_owned());
    let followed = in_time("the end", follower).await.unwrap();
    assert_eq!(followed, stored, "what was followed is not what was told to be stored");
    assert_eq!(ada.reads_texts().await, stored.into_values().collect::<Vec<_>>());
}
