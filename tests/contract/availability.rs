//! How people are there: online, away, gone, hidden, not to be disturbed, and writing; told to whom it is for and to nobody else.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use super::guests::becomes_guest;
use super::making_rooms::{changes, follows, invites, makes, removes};
use crate::harness::checker::number;
use crate::harness::{Answer, Asks, Plan, Server, Socket, User};

/// Longer than half a minute, which people stay for those who know them by id.
const LONG: Duration = Duration::from_secs(60);

/// A socket that follows no room and watches these people; its user had input so many seconds ago.
async fn watches(user: &User, people: &[u64], idle: u64) -> Socket {
    let mut socket = user.connects_for_more().await;
    socket.say(json!({"type": "hello", "follow": [], "people": people, "idle": idle})).await;
    socket
}

async fn people(socket: &mut Socket) -> Value {
    let event = tokio::time::timeout(LONG, async {
        loop {
            let event = socket.receive_patiently().await.expect("it goes on");
            assert!(event["type"] != "users" && event["type"] != "presence", "it is told of everybody: {event}");
            if event["type"] == "people" {
                return event;
            }
        }
    });
    event.await.expect("it is told how people are there")
}

/// What it is told next of one person.
async fn told(socket: &mut Socket, person: &User) -> Value {
    loop {
        let event = people(socket).await;
        let about = event["people"].as_array().unwrap().iter().find(|told| told["id"] == person.id).cloned();
        if let Some(about) = about {
            return about;
        }
        assert_ne!(event["reset"], true, "{} is not among them: {event}", person.name);
    }
}

async fn wants(user: &User, availability: Value) {
    Answer::to(user.request(Method::PUT, "/api/me/availability").json(&availability)).await.done();
}

fn is_state(user: &User, state: &str) -> Value {
    json!({"id": user.id, "state": state})
}

#[tokio::test]
async fn of_two_devices_one_idle_is_online_both_idle_away_and_both_gone_offline_within_a_minute() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let mut old = ada.arrives().await;
    let mut desk = watches(&grace, &[], 3_600).await;
    let mut sees = watches(&ada, &[grace.id], 0).await;
    assert_eq!(told(&mut sees, &grace).await, is_state(&grace, "away"));
    old.hears_users(&["ada", "grace"]).await;
    // Five minutes are over in four seconds.
    let phone = watches(&grace, &[], 296).await;
    assert_eq!(told(&mut sees, &grace).await, is_state(&grace, "online"));
    assert_eq!(told(&mut sees, &grace).await, is_state(&grace, "away"));
    desk.does(json!({"type": "active"})).await;
    assert_eq!(told(&mut sees, &grace).await, is_state(&grace, "online"));
    let left = Instant::now();
    desk.leaves().await;
    phone.leaves().await;
    old.hears_users(&["ada"]).await;
    assert!(left.elapsed() < Duration::from_secs(30), "by name, people are gone sooner");
    let gone = told(&mut sees, &grace).await;
    assert!(left.elapsed() < LONG, "{:?}", left.elapsed());
    assert_eq!(gone["state"], "offline");
    assert_eq!(coarse_ms(&gone["last"]) % 300_000, 0, "{gone}");
    // After a restart it is known still, and to who asks later.
    let server = server.again().await;
    let mut sees = watches(&ada.at(&server), &[grace.id], 0).await;
    assert_eq!(told(&mut sees, &grace).await, gone);
}

fn coarse_ms(time: &Value) -> i64 {
    serde_json::from_value::<chatterbox_protocol::time::Timestamp>(time.clone()).expect("a time").0
}

#[tokio::test]
async fn who_watches_is_told_of_these_people_alone_and_can_choose_others() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let linus = server.register("linus").await;
    let mut sees = watches(&ada, &[grace.id], 0).await;
    assert_eq!(people(&mut sees).await, json!({"type": "people", "reset": true, "people": []}));
    let _there = (linus.arrives().await, grace.arrives().await);
    assert_eq!(people(&mut sees).await["people"], json!([is_state(&grace, "online")]));
    sees.does(json!({"type": "watch", "people": [linus.id, ada.id]})).await;
    let all = [is_state(&ada, "online"), is_state(&linus, "online")];
    assert_eq!(people(&mut sees).await, json!({"type": "people", "reset": true, "people": all}));
    for wrong in [json!("everybody"), json!([0]), json!(["ada"]), json!(vec![1; 501])] {
        let refused = sees.is_denied(json!({"type": "watch", "people": wrong}), "invalid_field").await;
        assert_eq!(refused["field"], "people");
        sees.does(json!({"type": "active"})).await;
    }
    ada.arrives().await.is_denied(json!({"type": "watch", "people": []}), "forbidden").await;
    let mut early = ada.connects_for_more().await;
    early.is_denied(json!({"type": "watch", "people": []}), "forbidden").await;
}

/// Everything that somebody else is told, by every kind of connection.
struct Others {
    sockets: Vec<Socket>,
}

impl Others {
    /// What each was told until now. It is behind what was told of presence, which comes at most once a second.
    async fn record(&mut self) -> Vec<Value> {
        tokio::time::sleep(Duration::from_millis(2_500)).await;
        let mut heard = Vec::new();
        for socket in &mut self.sockets {
            let fence = socket.reference();
            socket.say(json!({"type": "delete", "id": 1, "ref": fence})).await;
            loop {
                let event = socket.receive_patiently().await.expect("it goes on");
                if event["ref"] == fence.as_str() {
                    break;
                }
                heard.push(event);
            }
        }
        heard
    }
}

/// Whether an event says that Grace is there, was there, writes, or has seen anything.
fn betrays(event: &Value, grace: &User, den: u64) -> bool {
    let is_she =
        |person: &Value| person["id"] == grace.id && (person["state"] != "offline" || person.get("last").is_some());
    match event["type"].as_str().unwrap_or_default() {
        "users" => event["users"].as_array().unwrap().contains(&json!("grace")),
        "presence" => event["online"].as_array().unwrap().contains(&json!("grace")),
        "people" => event["people"].as_array().unwrap().iter().any(is_she),
        "typing" => event["user"] == grace.id,
        "seen" => event["room"] == den,
        _ => false,
    }
}

#[tokio::test]
async fn p2_whoever_hides_is_in_nobody_elses_users_presence_people_typing_and_seen() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let guest = server.register("guest").await;
    let guest = becomes_guest(&server, &ada, &guest).await;
    let den = makes(&ada, json!({"name": "Den", "kind": "closed", "people": [grace.id, guest.id]})).await;
    let mut page = follows(&grace, &[den]).await;
    let mut own = grace.arrives().await;
    own.hears_users(&["grace"]).await;
    let mut of_guest = guest.connects_for_more().await;
    of_guest.say(json!({"type": "hello", "follow": [{"room": den}]})).await;
    of_guest.hears_where("the room", |event| event["type"] == "history").await;
    let sockets = vec![
        ada.connects().await,
        ada.connects_with_hello().await,
        follows(&ada, &[den]).await,
        watches(&ada, &[grace.id], 0).await,
        of_guest,
    ];
    let mut others = Others { sockets };
    let said = number(&others.sockets[2].does(json!({"type": "send", "room": den, "text": "Hello?"})).await, "seq");
    let before = others.record().await;
    assert!(before.iter().filter(|event| betrays(event, &grace, den)).count() >= 5, "{before:?}");

    wants(&grace, json!({"hidden": true})).await;
    let heard = others.record().await;
    assert!(!heard.iter().any(|event| betrays(event, &grace, den)), "{heard:?}");
    // She is gone for each of them, and each in its own words.
    let gone = |event: &Value| match event["type"].as_str().unwrap_or_default() {
        "users" => true,
        "presence" => event["offline"] == json!(["grace"]),
        "people" => event["people"] == json!([is_state(&grace, "offline")]),
        _ => false,
    };
    assert_eq!(heard.iter().filter(|event| gone(event)).count(), 5, "{heard:?}");

    // She goes on as before, comes with another device, and sees herself.
    page.does(json!({"type": "typing", "room": den})).await;
    page.does(json!({"type": "active"})).await;
    page.does(json!({"type": "read", "room": den, "up_to": said})).await;
    let mut phone = grace.connects().await;
    phone.hears_users(&["ada", "grace", "guest"]).await;
    let mut late = watches(&ada, &[grace.id], 0).await;
    assert_eq!(people(&mut late).await, json!({"type": "people", "reset": true, "people": []}));
    let heard = others.record().await;
    assert!(!heard.iter().any(|event| betrays(event, &grace, den)), "{heard:?}");
    let shown = ada.connects_with_hello().await.hears("hello").await;
    let den_of_ada = shown["rooms"].as_array().unwrap().iter().find(|room| room["id"] == den).unwrap().clone();
    assert_eq!(den_of_ada["seen_up_to"], 0, "that she has read is nobody's business");

    wants(&grace, json!({})).await;
    let heard = others.record().await;
    assert!(heard.iter().filter(|event| betrays(event, &grace, den)).count() >= 5, "{heard:?}");
}

#[tokio::test]
async fn who_hides_is_told_of_nobodys_last_time() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    grace.arrives().await.leaves().await;
    let server = server.again().await;
    let ada = ada.at(&server);
    let mut sees = watches(&ada, &[grace.id], 0).await;
    assert!(told(&mut sees, &grace).await["last"].is_string());
    wants(&ada, json!({"hidden": true})).await;
    assert_eq!(told(&mut sees, &grace).await, is_state(&grace, "offline"));
    let mut late = watches(&ada, &[grace.id], 0).await;
    assert_eq!(told(&mut late, &grace).await, is_state(&grace, "offline"));
    wants(&ada, json!({})).await;
    assert!(told(&mut sees, &grace).await["last"].is_string());
}

#[tokio::test]
async fn how_one_wants_to_be_seen_is_known_to_ones_other_devices_to_others_and_after_a_restart() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let mut phone = follows(&grace, &[]).await;
    let mut sees = watches(&ada, &[grace.id], 0).await;
    assert_eq!(told(&mut sees, &grace).await, is_state(&grace, "online"));
    let until = "2100-01-01T00:00:00.000Z";
    wants(&grace, json!({"busy_until": until})).await;
    let entry = phone.hears_where("how she wants to be seen", |event| event["kind"] == "availability").await;
    assert_eq!((&entry["id"], &entry["state"]), (&json!(grace.id), &json!({"busy_until": until})));
    assert_eq!(told(&mut sees, &grace).await, json!({"id": grace.id, "state": "online", "busy": until}));
    // Hidden, it is told to nobody.
    wants(&grace, json!({"hidden": true, "busy_until": until})).await;
    assert_eq!(told(&mut sees, &grace).await, is_state(&grace, "offline"));
    let server = server.again().await;
    let grace = grace.at(&server);
    let mut phone = grace.connects_for_more().await;
    phone.say(json!({"type": "hello", "follow": [], "own": 0})).await;
    let own = phone.hears_where("her own log", |event| event["type"] == "states" && event["house"] != true).await;
    let states = own["states"].as_array().unwrap();
    let kept = states.iter().find(|entry| entry["kind"] == "availability").unwrap();
    assert_eq!(kept["state"], json!({"hidden": true, "busy_until": until}));
    let mut sees = watches(&ada.at(&server), &[grace.id], 0).await;
    assert_eq!(people(&mut sees).await["people"], json!([]));
    for (wrong, field) in [(json!({"hidden": 1}), "hidden"), (json!({"busy_until": "soon"}), "busy_until")] {
        let request = grace.request(Method::PUT, "/api/me/availability").json(&wrong);
        Answer::to(request).await.refused_field(422, "invalid_field", field);
    }
}

#[tokio::test]
async fn a_guest_who_watches_is_told_of_company_alone() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let (linus, guest) = (server.register("linus").await, server.register("guest").await);
    let guest = becomes_guest(&server, &ada, &guest).await;
    let den = makes(&ada, json!({"name": "Den", "kind": "closed", "people": [guest.id, grace.id]})).await;
    let _there = [grace.arrives().await, linus.arrives().await];
    let mut sees = guest.connects_for_more().await;
    let everybody = [ada.id, grace.id, linus.id];
    sees.say(json!({"type": "hello", "follow": [{"room": den}], "people": everybody, "idle": 0})).await;
    let is_people = |event: &Value| event["type"] == "people";
    let first = sees.hears_where("how people are there", is_people).await;
    assert_eq!(first, json!({"type": "people", "reset": true, "people": [is_state(&grace, "online")]}));
    removes(&ada, den, grace.id).await.done();
    let none = json!({"type": "people", "reset": true, "people": []});
    assert_eq!(sees.hears_where("how people are there", is_people).await, none);
}

#[tokio::test]
async fn x22_who_is_writing_is_told_to_others_who_follow_the_room_and_a_foreign_room_is_refused() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let linus = server.register("linus").await;
    let den = makes(&ada, json!({"name": "Den", "kind": "closed", "people": [grace.id]})).await;
    let open = makes(&ada, json!({"name": "Open"})).await;
    let (mut says, mut hears) = (follows(&grace, &[den]).await, follows(&ada, &[den]).await);
    let (mut other, mut outside) = (follows(&grace, &[den]).await, follows(&linus, &[open]).await);
    let mut old = ada.arrives().await;
    says.does(json!({"type": "typing", "room": den})).await;
    let is_typing = |event: &Value| event["type"] == "typing";
    let heard = hears.hears_where("who is writing", is_typing).await;
    assert_eq!(heard, json!({"type": "typing", "room": den, "user": grace.id}));
    // What is said too soon has been said; a message comes behind that one is writing.
    for _ in 0..5 {
        says.does(json!({"type": "typing", "room": den})).await;
    }
    says.does(json!({"type": "send", "room": den, "text": "There it is."})).await;
    let heard = hears.hears_until_now().await;
    assert_eq!(heard.iter().filter(|event| is_typing(event)).count(), 0, "{heard:?}");
    for socket in [&mut other, &mut outside, &mut old] {
        let heard = socket.hears_until_now().await;
        assert!(!heard.iter().any(is_typing), "{heard:?}");
    }
    // A room that is not hers, one that there is not, one that she only looks at, and one that is put away.
    for (room, code) in [(den, "not_found"), (999_999, "not_found"), (open, "forbidden")] {
        follows(&linus, &[]).await.is_denied(json!({"type": "typing", "room": room}), code).await;
    }
    changes(&ada, open, json!({"archived": true})).await.done();
    follows(&ada, &[]).await.is_denied(json!({"type": "typing", "room": open}), "room_archived").await;
    invites(&ada, den, &[linus.id]).await.done();
    follows(&linus, &[]).await.does(json!({"type": "typing", "room": den})).await;
    assert_eq!(hears.hears_where("who is writing", is_typing).await["user"], linus.id);
}

#[tokio::test]
async fn x75_signs_of_presence_use_up_nothing_of_what_send_may() {
    let server = Plan::new().with_rate_limits().start().await;
    let ada = server.register("ada").await;
    let mut socket = follows(&ada, &[1]).await;
    let signs =
        [json!({"type": "active"}), json!({"type": "watch", "people": [1]}), json!({"type": "typing", "room": 1})];
    let mut refused = 0;
    for number in 0..75 {
        let mut sign = signs[number % 3].clone();
        sign["ref"] = json!(number);
        socket.say(sign).await;
        let answer = socket.hears_where("an answer", |event| event["ref"] == number).await;
        refused += usize::from(answer["code"] == "rate_limited");
    }
    assert!((5..=15).contains(&refused), "{refused}");
    for _ in 0..15 {
        socket.says("And still I speak.").await;
    }
}
