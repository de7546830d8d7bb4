//! Messages a second with some on their way, for comparison with the machine's fsync, and for a profile of the writer:
//! `cargo run --release --example throughput -p chatterbox-store -- DIRECTORY [IN_FLIGHT [MESSAGES]]`.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use chatterbox_core::changes::{Author, LogIn, Register, SendMessage};
use chatterbox_core::emails::Email;
use chatterbox_core::sessions::Whence;
use chatterbox_core::usernames::Username;
use chatterbox_protocol::ids::RoomId;
use chatterbox_protocol::time::Timestamp;
use chatterbox_store::{Options, Outcome, Store};

const NOW: Timestamp = Timestamp(1_795_446_245_000);

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let data = std::env::args().nth(1).expect("the directory to write to is the first argument").into();
    let number = |at, default| std::env::args().nth(at).map_or(default, |text| text.parse().expect("a number"));
    let (in_flight, messages) = (number(2, 64), number(3, 50_000));
    let store = Store::open(&Options { data }).expect("the directory is fresh");
    let register = Register {
        username: Username::parse("ada").expect("it follows the rules"),
        email: Email::parse("ada@example.org").expect("it follows the rules"),
        password_hash: String::new(),
        invitation: None,
        place: None,
        now: NOW,
    };
    let user = done(store.change(register).await).user;
    let session = done(
        store
            .change(LogIn {
                user,
                password_hash: String::new(),
                token_hash: [0; 32],
                whence: Whence::default(),
                now: NOW,
            })
            .await,
    );
    let mut waits = flood(&store, Author { user, session }, in_flight, messages);
    waits.sort_unstable();
    for (name, at) in [("p50", waits.len() / 2), ("p99", waits.len() / 100 * 99), ("max", waits.len() - 1)] {
        println!("{name} {:?}", waits[at]);
    }
    store.close().await;
}

/// Sends with a bounded number on their way, and tells how long each waited.
fn flood(store: &Store, by: Author, in_flight: usize, messages: usize) -> Vec<Duration> {
    let (answers, answered) = mpsc::channel();
    let mut waits = Vec::with_capacity(messages);
    let begin = Instant::now();
    for n in 0..messages {
        if n >= in_flight {
            waits.extend(answered.recv());
        }
        let (text, nonce) = ("x".repeat(100).into(), Some(n.to_string().into()));
        let message = SendMessage { by, room: RoomId::FIRST, text, nonce, now: NOW };
        let (answers, sent) = (answers.clone(), Instant::now());
        let answer = move |outcome| {
            done(outcome);
            let _ = answers.send(sent.elapsed());
        };
        store.submit(message, answer).expect("the queue is longer than what is on its way");
    }
    drop(answers);
    waits.extend(answered);
    println!("{:.0} messages/s", messages as f64 / begin.elapsed().as_secs_f64());
    waits
}

fn done<T>(outcome: Outcome<T>) -> T {
    outcome.expect("storage works").expect("nothing forbids it")
}
