//! Whoever knocks at a door with what is not theirs: to them it is not there, byte for byte, at every door that there is and that
//! there will be; and what cannot be an id, or a field that nobody asked for, opens none.

use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::guests::becomes_guest;
use super::making_rooms::{changes, follows, invites, joins, leaves, makes, removes};
use crate::harness::checker::number;
use crate::harness::doors::{Door, doors};
use crate::harness::{Answer, Asks, Server, Socket, User};

/// What there never was, of as many digits as the ids of rooms and messages have.
const NOWHERE: u64 = 999_999_999_999_999;

/// What may be said at a door, whichever it is.
fn bodies(whom: u64) -> Vec<Option<Value>> {
    let said = [
        json!({}),
        json!({"topic": "Mine"}),
        json!({"name": "Mine"}),
        json!({"archived": true}),
        json!({"kind": "closed"}),
        json!({"people": [whom]}),
        json!({"moderator": true}),
    ];
    [None].into_iter().chain(said.map(Some)).collect()
}

/// What somebody is answered at a door, headers and all.
async fn knocks(user: &User, door: &Door, id: &str, body: Option<&Value>) -> (u16, Vec<(String, String)>, String) {
    let request = user.request(Method::from_bytes(door.method.as_bytes()).unwrap(), &door.path_of(id));
    let answer = Answer::to(if let Some(body) = body { request.json(body) } else { request }).await;
    let headers = answer.headers.iter().filter(|(name, _)| *name != "date");
    let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    (answer.status, headers.collect(), answer.text())
}

/// A closed room with a direct one beside it, and everybody to whom they are not there.
async fn hidden(server: &Server) -> ([u64; 2], User, Vec<User>) {
    let (ada, grace) = server.ada_and_grace().await;
    let [linus, former, guest] = ["linus", "former", "guest"].map(|name| server.register(name));
    let (linus, former, guest) = (linus.await, former.await, guest.await);
    let attic = makes(&grace, json!({"name": "Attic", "kind": "closed", "people": [former.id]})).await;
    let opened = grace.request(Method::POST, "/api/direct").json(&json!({"people": [former.id, linus.id]}));
    let direct = number(&Answer::to(opened).await.ok(), "id");
    let own = grace.request(Method::POST, "/api/direct").json(&json!({"people": []}));
    let own = number(&Answer::to(own).await.ok(), "id");
    assert_ne!(direct, own);
    removes(&grace, attic, former.id).await.done();
    let guest = becomes_guest(server, &ada, &guest).await;
    ([attic, own], grace, vec![ada, linus, former, guest])
}

#[tokio::test]
async fn x20_z7_what_is_not_for_somebody_is_not_there_byte_for_byte_at_every_door() {
    let server = Server::start().await;
    let (hidden, grace, strangers) = hidden(&server).await;
    let said = follows(&grace, &[]).await.does(json!({"type": "send", "room": hidden[0], "text": "Up here."})).await;
    let ids = [hidden[0], hidden[1], number(&said, "id")];
    let with_ids: Vec<Door> =
        doors().into_iter().filter(|door| door.path.contains('{') && !door.path.contains('*')).collect();
    assert!(with_ids.len() > 8, "where have the doors gone? {with_ids:?}");
    for door in &with_ids {
        for user in &strangers {
            for body in bodies(user.id) {
                let nowhere = knocks(user, door, &NOWHERE.to_string(), body.as_ref()).await;
                for id in ids {
                    let there = knocks(user, door, &id.to_string(), body.as_ref()).await;
                    assert_eq!(there, nowhere, "{} at {door} of {id} with {body:?}", user.name);
                }
            }
        }
    }
    // It has changed nothing.
    let members = grace.gets(&format!("/api/rooms/{}/members", hidden[0])).await.ok();
    assert_eq!(members["members"].as_array().unwrap().len(), 1);
    assert_eq!(grace.gets(&format!("/api/rooms/{}/messages", hidden[0])).await.ok()["messages"][0]["text"], "Up here.");
}

#[tokio::test]
async fn x25_what_cannot_be_an_id_opens_no_door_and_breaks_none() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let odd = [
        "-1",
        "0",
        "00",
        "9007199254740993",
        "9223372036854775808",
        "18446744073709551617",
        "1e3",
        "%221%22",
        "1.0",
        "%2e%2e",
    ];
    let long = "9".repeat(1_000);
    for door in doors().iter().filter(|door| door.path.starts_with("/api/") && door.path.contains('{')) {
        for id in odd.iter().copied().chain([long.as_str()]) {
            for body in [None, Some(json!({"topic": "Mine"}))] {
                let (status, _, said) = knocks(&ada, door, id, body.as_ref()).await;
                assert!(matches!(status, 400..=422), "{door} with {id}: {status} {said}");
            }
        }
    }
    let mut socket = follows(&grace, &[]).await;
    let last = follows(&ada, &[]).await.does(json!({"type": "send", "text": "Still here."})).await;
    for id in [
        json!(-1),
        json!(0),
        json!(9_007_199_254_740_993_u64),
        json!(1e300),
        json!("1"),
        json!(1.5),
        json!([1]),
        json!({}),
    ] {
        for command in [
            json!({"type": "send", "text": "x", "room": id}),
            json!({"type": "edit", "text": "x", "id": id}),
            json!({"type": "delete", "id": id}),
            json!({"type": "read", "room": id, "up_to": 1}),
            json!({"type": "follow", "rooms": [{"room": id}]}),
            json!({"type": "unfollow", "room": id}),
        ] {
            socket.is_denied(command, "invalid_field").await;
            // Three in a row would end it.
            socket.does(json!({"type": "read", "room": 1, "up_to": last["seq"]})).await;
        }
    }
}

#[tokio::test]
async fn x21_x22_nobody_changes_or_reads_anything_in_a_room_that_is_not_theirs_by_any_command() {
    let server = Server::start().await;
    let (hidden, grace, strangers) = hidden(&server).await;
    let mut hears = follows(&grace, &hidden).await;
    for room in hidden {
        let said = hears.does(json!({"type": "send", "room": room, "text": "Up here."})).await;
        hears.hears_message("Up here.").await;
        for user in &strangers {
            let mut socket = user.connects_with_hello().await;
            for command in [
                json!({"type": "send", "room": room, "text": "Let me in."}),
                json!({"type": "read", "room": room, "up_to": 1}),
                json!({"type": "edit", "id": said["id"], "text": "Mine."}),
                json!({"type": "delete", "id": said["id"]}),
            ] {
                socket.is_denied(command, "not_found").await;
            }
        }
        // A moderator of the house may delete what is said where they are, and edit nothing.
        hears.hears_nothing().await;
    }
}

#[tokio::test]
async fn x23_x24_nobody_gives_themselves_anything_by_a_field_that_was_not_asked_for() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let room = makes(&grace, json!({"name": "Attic"})).await;
    // What would be right there, so that it is the field alone that is refused.
    let right = |door: &Door| match (door.method.as_str(), door.path.as_str()) {
        ("POST", "/api/rooms") => Some(json!({"name": "Garden"})),
        ("PATCH", "/api/rooms/{id}") => Some(json!({"topic": "Mine"})),
        ("POST", "/api/direct") => Some(json!({"people": []})),
        ("POST", "/api/rooms/{id}/members") => Some(json!({"people": [ada.id]})),
        ("PATCH", "/api/rooms/{id}/members/{user}") => Some(json!({"moderator": true})),
        ("PATCH", "/api/me") => Some(json!({"bio": "Mine"})),
        ("PUT", "/api/me/order") => Some(json!({"pinned": []})),
        _ => None,
    };
    let writes =
        |door: &&Door| door.path.starts_with("/api/") && matches!(door.method.as_str(), "POST" | "PATCH" | "PUT");
    for door in doors().iter().filter(writes) {
        for (field, value) in [
            ("is_admin", json!(true)),
            ("user_id", json!(1)),
            ("sender", json!(1)),
            ("seq", json!(1)),
            ("verified", json!(true)),
            ("created_at", json!("2026-01-01T00:00:00Z")),
            ("scope", json!(["admin"])),
            ("members", json!([1])),
        ] {
            let known = right(door);
            let is_known = known.is_some();
            let mut body = known.unwrap_or_else(|| json!({}));
            body[field] = value;
            let (status, _, said) = knocks(&grace, door, &room.to_string(), Some(&body)).await;
            // Whoever takes no body reads none.
            let takes_none = matches!(door.path.as_str(), "/api/rooms/{id}/members/me" | "/api/me/muted/{user}");
            assert!(takes_none || matches!(status, 400..=422), "{door} takes {body}: {status} {said}");
            assert!(!is_known || said.contains(r#""code":"unknown_field""#), "{door} with {body}: {status} {said}");
        }
    }
    assert_eq!(grace.gets("/api/me").await.ok()["role"], "member");
}

#[tokio::test]
async fn x28_a_rooms_name_is_a_name_and_leads_nowhere_else() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let names = [
        "1,2", "1", "admin", "..", "a/b", "a:b", "direct", "me", "%2e%2e", "members", "null", "room", "#1", "' OR 1=1",
    ];
    let opens = || grace.request(Method::POST, "/api/direct").json(&json!({"people": [ada.id]}));
    let mut ids = vec![1, number(&Answer::to(opens()).await.ok(), "id")];
    for name in names {
        for kind in ["closed", "open"] {
            ids.push(makes(&grace, json!({"name": name, "kind": kind})).await);
        }
    }
    let made = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), made, "two rooms are one");
    assert!(ids.contains(&number(&Answer::to(opens()).await.ok(), "id")));
    let taken = Answer::to(grace.request(Method::POST, "/api/rooms").json(&json!({"name": "LOBBY"}))).await;
    taken.refused_field(409, "room_name_taken", "name");
    let found = ada.gets("/api/rooms?limit=100").await.ok();
    let mut found: Vec<_> =
        found["rooms"].as_array().unwrap().iter().map(|room| room["state"]["name"].clone()).collect();
    found.retain(|name| name != "Lobby");
    found.sort_by_key(ToString::to_string);
    let mut expected: Vec<_> = names.iter().map(|name| json!(name)).collect();
    expected.sort_by_key(ToString::to_string);
    assert_eq!(found, expected);
}

#[tokio::test]
async fn p5_nothing_that_is_somebodys_is_kept_by_whoever_passes_it_on() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    for door in doors().iter().filter(|door| !door.path.starts_with("/ui") && !door.path.contains("favicon")) {
        let (status, headers, _) = knocks(&ada, door, "1", None).await;
        let kept = headers.iter().find(|(name, _)| name == "cache-control").map(|(_, value)| value.as_str());
        let is_public = matches!(door.path.as_str(), "/" | "/robots.txt" | "/ws" | "/join/{code}");
        assert!(is_public || kept == Some("no-store"), "{door}: {status}, {kept:?}");
        assert!(is_public || !headers.iter().any(|(name, _)| name == "etag"), "{door}");
    }
}

/// What somebody hears up to now.
async fn hears(socket: &mut Socket) -> String {
    socket.hears_until_now().await.iter().map(Value::to_string).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn x82_x86_whoever_comes_while_a_room_is_closed_or_put_away_is_in_it_or_not_and_nothing_between() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let linus = server.register("linus").await;
    for round in 0..30 {
        let room = makes(&ada, json!({"name": format!("Room {round}")})).await;
        let mut says = follows(&ada, &[]).await;
        let mut looks_on = follows(&linus, &[room]).await;
        let mut racing = JoinSet::new();
        let change = if round % 2 == 0 { json!({"archived": true}) } else { json!({"kind": "closed"}) };
        for number in 0..4 {
            let (ada, grace, linus, change) = (ada.clone(), grace.clone(), linus.clone(), change.clone());
            racing.spawn(async move {
                match number {
                    0 => changes(&ada, room, change).await.status,
                    1 => joins(&grace, room).await.status,
                    2 => invites(&ada, room, &[grace.id]).await.status,
                    _ => linus.gets(&format!("/api/rooms/{room}/messages")).await.status,
                }
            });
        }
        for status in racing.join_all().await {
            assert!(matches!(status, 200 | 204 | 404 | 409), "{status}");
        }
        let is_in = grace.gets("/api/rooms").await.ok()["rooms"]
            .as_array()
            .unwrap()
            .iter()
            .any(|found| found["id"] == room && found["member"] == true);
        if round % 2 == 0 {
            says.is_denied(json!({"type": "send", "room": room, "text": "After."}), "room_archived").await;
            assert_eq!(joins(&grace, room).await.status, if is_in { 204 } else { 409 }, "round {round}");
            leaves(&ada, room).await.done();
            continue;
        }
        // From the change that closed it on, whoever looked on hears nothing, and whoever belongs to it hears all.
        says.does(json!({"type": "send", "room": room, "text": "Among us."})).await;
        assert!(!hears(&mut looks_on).await.contains("Among us."), "round {round}");
        linus.gets(&format!("/api/rooms/{room}/messages")).await.refused(404, "not_found");
        let page = grace.gets(&format!("/api/rooms/{room}/messages")).await;
        assert_eq!(page.status, if is_in { 200 } else { 404 }, "round {round}");
    }
}
