//! Who belongs to which room changes as often as it can, while people send, read, follow and come back, and the server is
//! killed: nobody is told anything that is not theirs by its number, and nobody loses what is (threats.md Z3, Z4, X80).
//!
//! `CHATTERBOX_CHANGES` says how many changes there are to be.

mod changing;
mod held;
mod listener;
mod truth;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use reqwest::Method;
use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::harness::{Answer, Asks, Server, User, database, seed};
use crate::killed::starts_again;
use changing::Changing;
use listener::Listener;
use truth::Truth;

/// How many people there are, with the one who looks after all rooms.
const PEOPLE: usize = 12;

/// How many of them are guests.
const GUESTS: usize = 2;

/// How many rooms, of which every second one is closed from the start.
const ROOMS: usize = 40;

/// Changes that are on their way at once.
const CHANGING: usize = 32;

/// How often the server is killed.
const KILLS: u64 = 2;

/// A server with people and rooms. The first of the people belongs to all of these.
async fn begins() -> (Server, Changing) {
    let server = Server::start().await;
    let mut people = vec![server.register("ada").await];
    for number in 1..PEOPLE {
        people.push(server.register(&format!("person{number}")).await);
    }
    for at in PEOPLE - GUESTS..PEOPLE {
        let path = format!("/api/users/{}", people[at].id);
        Answer::to(people[0].request(Method::PATCH, &path).json(&json!({"role": "guest"}))).await.done();
        let again = server.logs_in(&people[at].name).await;
        people[at].token = again.token;
    }
    let mut rooms = Vec::new();
    for number in 0..ROOMS {
        let room = json!({"name": format!("Room {number}"), "kind": if number % 2 == 0 { "closed" } else { "open" }});
        let made = Answer::to(people[0].request(Method::POST, "/api/rooms").json(&room)).await;
        assert_eq!(made.status, 201, "{}", made.text());
        rooms.push(made.json()["id"].as_u64().unwrap());
    }
    let guests = people[PEOPLE - GUESTS..].iter().map(|user| user.id).collect();
    let (likely, is_over, asked, read) = Default::default();
    (server, Changing { people, guests, rooms, likely, is_over, asked, read })
}

/// One life of the server: everybody listens, and everything changes, until there were so many changes and it is killed, or
/// until it is the end.
async fn lives(
    mut server: Server,
    changing: &mut Changing,
    listeners: Vec<Listener>,
    (until, closes, is_last, seed): (u64, Option<u64>, bool, u64),
) -> (Server, Vec<Listener>) {
    changing.people = changing.people.iter().map(|user| user.at(&server)).collect();
    let ((is_over, hears_end), (counts, mut count)) = (watch::channel(false), watch::channel(listeners[0].changes()));
    let mut listening = JoinSet::new();
    for (listener, user) in listeners.into_iter().zip(&changing.people) {
        let counts = if listener.truth.is_some() { counts.clone() } else { watch::channel(0).0 };
        listening.spawn(listener.lives(user.clone(), hears_end.clone(), counts));
    }
    let shared = Arc::new(std::mem::replace(changing, nothing()));
    let mut changes = JoinSet::new();
    (0..CHANGING as u64).for_each(|number| drop(changes.spawn(shared.clone().goes_on(seed.wrapping_add(number)))));
    let half = *count.borrow() + until.saturating_sub(*count.borrow()) / 2;
    count.wait_for(|count| *count >= half).await.unwrap();
    if let Some(room) = closes {
        let path = format!("/api/rooms/{room}");
        Answer::to(shared.people[0].request(Method::PATCH, &path).json(&json!({"kind": "closed"}))).await.done();
    }
    count.wait_for(|count| *count >= until).await.unwrap();
    if is_last {
        shared.is_over.store(true, Ordering::Relaxed);
        changes.join_all().await;
        is_over.send_replace(true);
    } else {
        server.kill();
        changes.join_all().await;
    }
    let mut listeners = listening.join_all().await;
    listeners.sort_by_key(Listener::id);
    *changing = Arc::into_inner(shared).expect("nobody changes anything any more");
    (server, listeners)
}

fn nothing() -> Changing {
    let (people, guests, rooms, likely, is_over, asked, read) = Default::default();
    Changing { people, guests, rooms, likely, is_over, asked, read }
}

/// While nothing changes, everybody comes back: each has exactly what was theirs when the server was killed.
async fn are_whole(changing: &Changing, listeners: Vec<Listener>) -> Vec<Listener> {
    let (_is_over, hears_end) = watch::channel(true);
    let mut back = Vec::new();
    // Who keeps the truth comes first, and hears what was not told to the end.
    for (listener, user) in listeners.into_iter().zip(&changing.people) {
        back.push(listener.lives(user.clone(), hears_end.clone(), watch::channel(0).0).await);
    }
    let truth = back[0].truth.take().expect("the first keeps the truth");
    back.iter().for_each(|listener| listener.has_every_right(&truth, "killed"));
    back[0].truth = Some(truth);
    back
}

/// Everybody comes back once more, and so does everybody who knows nothing: all have exactly what is theirs.
async fn come_back(changing: &Changing, listeners: Vec<Listener>, truth: &Truth, seed: u64) {
    let (_is_over, hears_end) = watch::channel(true);
    for (listener, user) in listeners.into_iter().zip(&changing.people) {
        let newcomer = Listener::new(user, listener.is_guest, &changing.rooms, seed);
        for (listener, when) in [(listener, "back"), (newcomer, "anew")] {
            let listener = listener.lives(user.clone(), hears_end.clone(), watch::channel(0).0).await;
            listener.has_every_right(truth, when);
            listener.heard_nothing_forbidden(truth);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn z3_x80_nobody_hears_what_is_not_theirs_or_loses_what_is_however_often_that_changes() {
    let (seed, began) = (seed(), Instant::now());
    let wanted = std::env::var("CHATTERBOX_CHANGES").ok().and_then(|wanted| wanted.parse().ok()).unwrap_or(6_000_u64);
    let (mut server, mut changing) = begins().await;
    let of = |user: &User| Listener::new(user, changing.guests.contains(&user.id), &changing.rooms, seed);
    let mut listeners: Vec<Listener> = changing.people.iter().map(of).collect();
    listeners[0] = of(&changing.people[0]).keeps_the_truth();
    for life in 0..=KILLS {
        let (until, closes) = (wanted * (life + 1) / (KILLS + 1), changing.rooms.get(1 + 2 * life as usize).copied());
        let plan = (until, closes, life == KILLS, seed ^ life);
        (server, listeners) = lives(server, &mut changing, listeners, plan).await;
        if life < KILLS {
            server = starts_again(&server.plan).await.0;
            changing.people = changing.people.iter().map(|user| user.at(&server)).collect();
            listeners = are_whole(&changing, listeners).await;
        }
    }
    let truth = listeners[0].truth.take().unwrap();
    for (user, room, up_to) in changing.read.lock().iter() {
        truth.might_have_read(*user, *room, *up_to);
    }
    for listener in &listeners {
        listener.heard_nothing_forbidden(&truth);
        listener.has_every_right(&truth, "live");
    }
    let (heard, said): (u64, usize) =
        listeners.iter().fold((0, 0), |(heard, said), listener| (heard + listener.heard, said + listener.said()));
    let comings: u64 = listeners.iter().map(|listener| listener.comings).sum();
    println!(
        "{} changes of {} asked for, {said} messages, {} pages read, {heard} events heard over {comings} sockets, {KILLS} kills, in {:?}",
        truth.changes,
        changing.asked.load(Ordering::Relaxed),
        changing.read.lock().len(),
        began.elapsed()
    );
    come_back(&changing, listeners, &truth, seed).await;
    assert_eq!(database::text(&server.database(), "PRAGMA integrity_check"), "ok");
    assert!(said > 100, "hardly anybody spoke: {said}");
}
