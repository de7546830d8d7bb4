//! Every way to see a room, beside every way to lose it: whoever has lost it is told what took it from them, and nothing that
//! came behind that, by whatever door.

use reqwest::Method;
use serde_json::{Value, json};

use super::canaries::{CANARY, FEATURES, Members};
use super::making_rooms::{changes, follows, invites, leaves, makes, removes, rooms_of};
use crate::harness::checker::number;
use crate::harness::{Answer, Asks, Server, Socket, User};

/// A room that there never was.
const NOWHERE: u64 = 999_999;

/// How a room is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Loss {
    Leaves,
    IsRemoved,
    RoomIsClosed,
    LogsOut,
    IsDeactivated,
    BecomesGuest,
}

impl Loss {
    const ALL: [Self; 6] =
        [Self::Leaves, Self::IsRemoved, Self::RoomIsClosed, Self::LogsOut, Self::IsDeactivated, Self::BecomesGuest];

    /// Whether it is lost by whoever only looks on at an open room; otherwise by a member of a closed one.
    fn is_for_looking_on(self) -> bool {
        matches!(self, Self::RoomIsClosed | Self::BecomesGuest)
    }

    async fn happens(self, ada: &User, grace: &User, room: u64) {
        let standing = async |standing: Value| {
            Answer::to(ada.request(Method::PATCH, &format!("/api/users/{}", grace.id)).json(&standing)).await
        };
        match self {
            Self::Leaves => leaves(grace, room).await.done(),
            Self::IsRemoved => removes(ada, room, grace.id).await.done(),
            Self::RoomIsClosed => changes(ada, room, json!({"kind": "closed"})).await.done(),
            Self::LogsOut => grace.logs_out().await,
            Self::IsDeactivated => standing(json!({"active": false})).await.done(),
            Self::BecomesGuest => standing(json!({"role": "guest"})).await.done(),
        }
    }
}

/// Everything that a socket is told up to now, or up to its end.
pub(crate) async fn record(socket: &mut Socket) -> Vec<Value> {
    let fence = socket.reference();
    socket.try_say(&json!({"type": "read", "room": NOWHERE, "up_to": 1, "ref": fence})).await;
    let mut heard = Vec::new();
    while let Some(event) = socket.next().await {
        if event["ref"] == fence {
            break;
        }
        heard.push(event);
    }
    heard
}

/// Opens a socket with this `hello`, and records what it is told until it is up to date.
async fn says_hello(user: &User, hello: Value) -> Vec<Value> {
    let mut socket = user.connects_for_more().await;
    socket.say(hello).await;
    let mut heard = Vec::new();
    loop {
        let event = socket.next().await.expect("it is told who is online");
        let is_last = ["users", "people"].iter().any(|kind| event["type"] == *kind);
        heard.push(event);
        if is_last {
            heard.extend(record(&mut socket).await);
            return heard;
        }
    }
}

/// The answers of all that can be asked about a room over HTTP.
async fn doors(user: &User, room: u64, member: u64) -> Vec<(u16, String)> {
    let at = format!("/api/rooms/{room}");
    let asked = [
        (Method::GET, format!("{at}/messages"), None),
        (Method::GET, format!("{at}/messages?before=1000"), None),
        (Method::GET, format!("{at}/messages?after=0"), None),
        (Method::GET, format!("{at}/messages?after=x"), None),
        (Method::GET, format!("{at}/members"), None),
        (Method::GET, format!("{at}/members?after=1"), None),
        (Method::PATCH, at.clone(), Some(json!({"topic": "Mine"}))),
        (Method::PATCH, at.clone(), Some(json!({"archived": true}))),
        (Method::POST, format!("{at}/members"), Some(json!({"people": [user.id]}))),
        (Method::PUT, format!("{at}/members/me"), None),
        (Method::DELETE, format!("{at}/members/me"), None),
        (Method::DELETE, format!("{at}/members/{member}"), None),
        (Method::PATCH, format!("{at}/members/{member}"), Some(json!({"moderator": false}))),
        (Method::DELETE, format!("/api/direct/{room}"), None),
    ];
    let mut answers = Vec::new();
    for (method, path, body) in asked {
        let request = user.request(method, &path);
        let request = if let Some(body) = body { request.json(&body) } else { request };
        let answer = Answer::to(request).await;
        answers.push((answer.status, answer.text()));
    }
    answers
}

/// The members do all that one can do in a room.
async fn members_go_on(ada: &User, linus: &User, room: u64, says: Socket) {
    let mut members = Members { one: ada, other: linus, room, says, secrets: Vec::new() };
    for (_, _, does) in FEATURES {
        does(&mut members).await;
    }
}

/// Nothing of a room is behind this number in what somebody heard, and nothing that members did behind it.
fn is_clean(heard: &[Value], room: u64, last: u64, context: &str) {
    for event in heard {
        assert!(!event.to_string().contains(CANARY), "{context}: {event}");
        // Nobody was writing before.
        let is_typing = event["type"] == "typing";
        let is_later = is_typing || event["seq"].as_u64().or(event["up_to"].as_u64()).is_some_and(|seq| seq > last);
        assert!(event["room"] != room || !is_later, "{context}: {event}");
    }
}

#[tokio::test]
async fn p2_z3_z5_x94_whoever_has_lost_a_room_sees_nothing_of_it_behind_the_loss_by_any_door() {
    for loss in Loss::ALL {
        let server = Server::start().await;
        let (ada, grace) = server.ada_and_grace().await;
        let linus = server.register("linus").await;
        let (kind, people) =
            if loss.is_for_looking_on() { ("open", vec![linus.id]) } else { ("closed", vec![grace.id, linus.id]) };
        let room = makes(&ada, json!({"name": "Attic", "kind": kind, "people": people})).await;
        let mut says = follows(&ada, &[room]).await;
        let before = says.does(json!({"type": "send", "room": room, "text": "Before."})).await;
        let mut plain = grace.connects_with_hello().await;
        let mut live = [follows(&grace, &[room]).await, follows(&grace, &[]).await, grace.connects().await];
        for socket in live.iter_mut().chain([&mut plain]) {
            record(socket).await;
        }
        loss.happens(&ada, &grace, room).await;
        // What has taken it from her is the last that is hers. Whoever belongs to a room that is closed follows it anew.
        let mut says = follows(&ada, &[room]).await;
        let last = says.does(json!({"type": "send", "room": room, "text": format!("{CANARY} is the first")})).await;
        members_go_on(&ada, &linus, room, says).await;
        let last = number(&last, "seq") - 1;
        for (number, socket) in live.iter_mut().chain([&mut plain]).enumerate() {
            is_clean(&record(socket).await, room, last, &format!("{loss:?}, socket {number}"));
        }
        let back = match loss {
            Loss::LogsOut | Loss::IsDeactivated => {
                for path in [format!("/api/rooms/{room}/messages"), "/api/rooms".to_owned(), "/users".to_owned()] {
                    grace.gets(&path).await.refused(401, "unauthorized");
                }
                continue;
            }
            Loss::BecomesGuest => server.logs_in("grace").await,
            _ => grace,
        };
        comes_back(&back, room, last, (&before, linus.id), loss).await;
    }
}

/// Whoever has lost a room tries every door again.
async fn comes_back(grace: &User, room: u64, last: u64, (before, member): (&Value, u64), loss: Loss) {
    let hellos = [
        json!({"type": "hello", "rooms": {}}),
        json!({"type": "hello", "rooms": {room.to_string(): before["seq"]}}),
        json!({"type": "hello", "follow": [{"room": room}]}),
        json!({"type": "hello", "follow": [{"room": room, "seq": before["seq"]}], "own": 0, "house": 0}),
    ];
    for hello in hellos {
        let heard = says_hello(grace, hello.clone()).await;
        is_clean(&heard, room, 0, &format!("{loss:?}, {hello}"));
        let welcome = heard.iter().find(|event| event["type"] == "hello").unwrap();
        assert!(welcome["rooms"].as_array().unwrap().iter().all(|had| had["id"] != room), "{loss:?}: {welcome}");
        let of_room = heard.iter().filter(|event| event["room"] == room);
        assert!(of_room.clone().all(|event| event["type"] == "unfollowed"), "{loss:?}: {heard:?}");
        assert_eq!(of_room.count(), usize::from(hello["follow"].is_array()), "{loss:?}: {heard:?}");
    }
    // Missing and forbidden are one answer (threats.md Z7).
    assert_eq!(doors(grace, room, member).await, doors(grace, NOWHERE, member).await, "{loss:?}");
    let mut socket = grace.connects_for_more().await;
    for (there, nowhere) in [
        (json!({"type": "read", "room": room, "up_to": 99}), json!({"type": "read", "room": NOWHERE, "up_to": 99})),
        (
            json!({"type": "send", "room": room, "text": "Hello?"}),
            json!({"type": "send", "room": NOWHERE, "text": "Hello?"}),
        ),
        (
            json!({"type": "edit", "id": before["id"], "text": "Mine."}),
            json!({"type": "edit", "id": NOWHERE, "text": "Mine."}),
        ),
        (json!({"type": "delete", "id": before["id"]}), json!({"type": "delete", "id": NOWHERE})),
    ] {
        let mut refusals = [socket.is_denied(there, "not_found").await, socket.is_denied(nowhere, "not_found").await];
        refusals.iter_mut().for_each(|refusal| drop(refusal.as_object_mut().unwrap().remove("ref")));
        assert_eq!(refusals[0], refusals[1], "{loss:?}");
    }
    for nowhere in [room, NOWHERE] {
        let mut socket = grace.connects_for_more().await;
        socket.is_denied(json!({"type": "typing", "room": nowhere}), "not_found").await;
    }
    let found = grace.gets(&format!("/api/rooms?search={CANARY}")).await.ok();
    assert_eq!(found["rooms"], json!([]), "{loss:?}");
    is_clean(&[grace.gets("/api/rooms").await.ok()], room, last, &format!("{loss:?}, directory"));
}

#[tokio::test]
async fn a_room_that_is_archived_is_lost_to_nobody() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let room = makes(&ada, json!({"name": "Attic", "kind": "closed", "people": [grace.id]})).await;
    let mut reads = follows(&grace, &[room]).await;
    let said = follows(&ada, &[]).await.does(json!({"type": "send", "room": room, "text": "Before."})).await;
    changes(&ada, room, json!({"archived": true})).await.done();
    let archived = reads.hears_where("that it is archived", |event| event["kind"] == "room").await;
    assert_eq!(archived["state"]["archived"], true);
    reads.does(json!({"type": "read", "room": room, "up_to": archived["seq"]})).await;
    for socket in [&mut reads] {
        let heard = record(socket).await;
        assert!(!heard.iter().any(|event| event["type"] == "unfollowed"), "{heard:?}");
    }
    for change in [
        json!({"type": "send", "room": room, "text": "After."}),
        json!({"type": "edit", "id": said["id"], "text": "After."}),
    ] {
        let mut socket = follows(&ada, &[]).await;
        socket.is_denied(change, "room_archived").await;
    }
    assert_eq!(rooms_of(&grace).await[1]["archived"], true);
    assert_eq!(grace.gets(&format!("/api/rooms/{room}/messages")).await.ok()["messages"][0]["text"], "Before.");
    invites(&ada, room, &[grace.id]).await.refused(409, "room_archived");
}
