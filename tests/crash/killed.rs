//! kill -9 under load at random moments, while the log is moved into the database, and during the next start (threats.md
//! D2): what was acknowledged is there, once, and the log has no gap.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::LAST_SEQ;
use crate::harness::checker::{Replica, is_change, number};
use crate::harness::{Plan, Server, Socket, User, database, seed, within};
use crate::talker::{Talker, tries_to_connect};

/// How many talk at once, over connections of two people.
const TALKERS: usize = 4;

/// Follows the room as a client of the full view does, over all restarts.
pub(crate) async fn follows(user: User, mut replica: Replica) -> Replica {
    let Some(mut socket) = tries_to_connect(&user).await else { return replica };
    if !socket.try_say(&json!({"type": "hello", "rooms": {"1": replica.seq}})).await {
        return replica;
    }
    while let Some(event) = socket.next().await {
        if event["type"] == "history" {
            replica.resume(&event);
        } else if is_change(&event) {
            replica.apply(&event);
        }
    }
    replica
}

/// What somebody holds who was there from the first message on. Who comes once others talk is shown the newest page alone,
/// and could not be compared with everything that is stored.
pub(crate) async fn is_there_from_the_start(user: &User) -> Replica {
    let mut socket = user.connects_for_more().await;
    socket.does(json!({"type": "send", "text": "The first word.", "nonce": "first"})).await;
    socket.say(json!({"type": "hello", "rooms": {}})).await;
    socket.hears("hello").await;
    let mut replica = Replica::default();
    replica.resume(&socket.hears("history").await);
    assert_eq!(replica.seq, 1);
    replica
}

/// The number of the room's last change, as a newcomer is told.
async fn last_change(user: &User) -> u64 {
    let mut socket: Socket = user.connects_with_hello().await;
    number(&socket.hears("hello").await["rooms"][0], "seq")
}

/// Waits for the moment in which the database file is written, or for long enough. Whether the moment came.
async fn log_is_moved(server: &Server) -> bool {
    let begin = Instant::now();
    let written = || std::fs::metadata(server.database()).unwrap().modified().unwrap();
    let before = written();
    while begin.elapsed() < Duration::from_secs(3) {
        if written() != before {
            return true;
        }
        tokio::time::sleep(Duration::from_micros(200)).await;
    }
    false
}

/// Kills the next server in the midst of its start.
async fn killed_while_it_starts(plan: &Plan, after_ms: u64) {
    let mut child = plan.command().spawn().unwrap();
    tokio::time::sleep(Duration::from_millis(after_ms)).await;
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Starts again. It may work for two seconds until it can do its work; how long that takes on the wall is told, because
/// on a busy machine it says nothing about the server.
pub(crate) async fn starts_again(plan: &Plan) -> (Server, Duration) {
    let begin = Instant::now();
    let server = plan.clone().start().await;
    assert_eq!(server.readiness().await.status, 200);
    let (took, worked) = (begin.elapsed(), server.processor_time());
    assert!(worked <= 200, "it was ready only after {worked} hundredths of a second of work");
    (server, took)
}

pub(crate) fn is_sound(server: &Server) {
    let file = server.database();
    assert_eq!(database::text(&file, "PRAGMA integrity_check"), "ok");
    let connection = database::open(&file);
    let mut query = connection.prepare("PRAGMA foreign_key_check").unwrap();
    assert!(query.query([]).unwrap().next().unwrap().is_none(), "a foreign key points nowhere");
    let last_change = "SELECT coalesce(max(changed_seq), 0) FROM messages";
    assert_eq!(
        database::number(&file, LAST_SEQ),
        database::number(&file, last_change),
        "the room counts changes that are not there, or does not count one"
    );
    assert_eq!(database::number(&file, "SELECT count(*) - count(DISTINCT changed_seq) FROM messages"), 0);
}

/// Everything that was acknowledged is stored, everything stored was attempted, and nobody sees it otherwise.
pub(crate) async fn is_whole(user: &User, talkers: &[Talker], replica: &Replica) {
    let (stored, seq) = (user.reads_all().await, last_change(user).await);
    for (number, talker) in talkers.iter().enumerate() {
        let prefix = format!("{number}-");
        let is_refused = |message: &Value| talker.refused.contains(message["nonce"].as_str().unwrap());
        assert!(!stored.iter().any(is_refused), "something was refused and is stored");
        let own = |message: &&Value| message["nonce"].as_str().unwrap().starts_with(&prefix);
        talker.ledger.check(&stored.iter().filter(own).cloned().collect::<Vec<_>>(), seq);
    }
    let mut caught_up = replica.clone();
    let mut socket = user.connects_for_more().await;
    socket.say(json!({"type": "hello", "rooms": {"1": replica.seq}})).await;
    socket.hears("hello").await;
    loop {
        let page = socket.hears("history").await;
        assert_eq!(page["reset"], false, "who followed all along is told to start again");
        caught_up.resume(&page);
        if page["live"] == true {
            break;
        }
    }
    assert_eq!(caught_up, Replica::of_pages(seq, &stored), "who followed all along sees another room");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d2_e1_what_was_acknowledged_survives_any_number_of_kills() {
    let seed = seed();
    let rounds = std::env::var("CHATTERBOX_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(12_u32);
    let mut random = fastrand::Rng::with_seed(seed);
    let mut server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let people = [&ada, &grace];
    let mut talkers: Vec<Talker> =
        (0..TALKERS).map(|number| Talker::new(people[number % 2].clone(), number, seed)).collect();
    let (mut replica, mut fastest, mut moves) = (is_there_from_the_start(&ada).await, Duration::MAX, Vec::new());
    for round in 0..rounds {
        let following = tokio::spawn(follows(grace.at(&server), replica));
        let mut talking = Vec::new();
        for (number, talker) in talkers.into_iter().enumerate() {
            talking.push(tokio::spawn(talker.talks(people[number % 2].at(&server))));
        }
        if round % 3 == 2 {
            moves.extend(log_is_moved(&server).await.then_some(round));
        } else {
            // The moment is the test's own choice; nothing is waited for.
            tokio::time::sleep(Duration::from_millis(random.u64(1..400))).await;
        }
        server.kill();
        talkers = Vec::new();
        for talker in talking {
            talkers.push(within("the talkers to notice", talker).await.unwrap());
        }
        replica = within("the follower to notice", following).await.unwrap();
        for _ in 0..random.u8(..3) {
            killed_while_it_starts(&server.plan, random.u64(..60)).await;
        }
        let took;
        (server, took) = starts_again(&server.plan).await;
        fastest = fastest.min(took);
        is_sound(&server);
        is_whole(&ada.at(&server), &talkers, &replica).await;
        let acked: usize = talkers.iter().map(|talker| talker.ledger.acked()).sum();
        println!("round {round}: {acked} acknowledged, ready again after {took:?}");
    }
    let mut finished = Vec::new();
    for (number, talker) in talkers.into_iter().enumerate() {
        finished.push(talker.finishes(people[number % 2].at(&server)).await);
    }
    is_whole(&ada.at(&server), &finished, &replica).await;
    println!("killed while the log was moved in rounds {moves:?}");
    assert!(fastest <= Duration::from_secs(2), "it was never ready before {fastest:?}");
    let acked: usize = finished.iter().map(|talker| talker.ledger.acked()).sum();
    assert!(acked > rounds as usize * 20, "there was no load: {acked} changes in {rounds} rounds");
}
