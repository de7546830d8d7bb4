//! Rooms that people make: open ones that everybody finds and joins, closed ones that nobody else hears of, and what becomes of
//! them.

use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::harness::checker::number;
use crate::harness::database::open;
use crate::harness::{Answer, Asks, Server, Socket, User};

/// Makes a room. Answers its id.
pub(crate) async fn makes(user: &User, room: Value) -> u64 {
    let made = Answer::to(user.request(Method::POST, "/api/rooms").json(&room)).await;
    assert_eq!(made.status, 201, "{}", made.text());
    number(&made.json(), "id")
}

/// Changes a room.
pub(crate) async fn changes(user: &User, room: u64, changes: Value) -> Answer {
    Answer::to(user.request(Method::PATCH, &format!("/api/rooms/{room}")).json(&changes)).await
}

/// Joins an open room.
pub(crate) async fn joins(user: &User, room: u64) -> Answer {
    Answer::to(user.request(Method::PUT, &format!("/api/rooms/{room}/members/me"))).await
}

/// Leaves a room.
pub(crate) async fn leaves(user: &User, room: u64) -> Answer {
    Answer::to(user.request(Method::DELETE, &format!("/api/rooms/{room}/members/me"))).await
}

/// Lets people into a room.
pub(crate) async fn invites(user: &User, room: u64, people: &[u64]) -> Answer {
    let path = format!("/api/rooms/{room}/members");
    Answer::to(user.request(Method::POST, &path).json(&json!({ "people": people }))).await
}

/// Takes somebody out of a room.
pub(crate) async fn removes(user: &User, room: u64, whom: u64) -> Answer {
    Answer::to(user.request(Method::DELETE, &format!("/api/rooms/{room}/members/{whom}"))).await
}

/// Opens a socket that hears of its user's own log, the house's, and these rooms.
pub(crate) async fn follows(user: &User, rooms: &[u64]) -> Socket {
    let mut socket = user.connects_for_more().await;
    let rooms: Vec<Value> = rooms.iter().map(|room| json!({ "room": room })).collect();
    socket.say(json!({"type": "hello", "follow": rooms})).await;
    socket.hears("hello").await;
    for _ in 0..2 {
        socket.hears_where("a page of states", |event| event["type"] == "states" && event["live"] == true).await;
    }
    for _ in 0..rooms.len() {
        socket.hears_where("a page", |event| event["type"] == "history").await;
    }
    socket
}

/// The rooms that somebody has, by their ids, as `hello` says.
pub(crate) async fn rooms_of(user: &User) -> Vec<Value> {
    let mut socket = user.connects_for_more().await;
    socket.say(json!({"type": "hello", "follow": []})).await;
    socket.hears("hello").await["rooms"].as_array().unwrap().clone()
}

/// The names of rooms in the directory, as somebody finds them.
async fn finds(user: &User, query: &str) -> Vec<String> {
    let page = user.gets(&format!("/api/rooms{query}")).await.ok();
    let name = |room: &Value| room["state"]["name"].as_str().unwrap().to_owned();
    page["rooms"].as_array().unwrap().iter().map(name).collect()
}

async fn entry(socket: &mut Socket, kind: &str) -> Value {
    socket.hears_where(kind, |event| event["type"] == "state" && event["kind"] == kind).await
}

#[tokio::test]
async fn an_open_room_is_found_by_everybody_read_before_one_joins_and_written_in_afterwards() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let kitchen = makes(&ada, json!({"name": " Kitchen  talk ", "topic": "What is for lunch", "icon": "🍲"})).await;
    let mut says = follows(&ada, &[kitchen]).await;
    says.does(json!({"type": "send", "room": kitchen, "text": "Soup."})).await;
    assert_eq!(finds(&grace, "").await, ["Kitchen talk", "Lobby"]);
    assert_eq!(finds(&grace, "?search=LUNCH").await, ["Kitchen talk"]);
    assert_eq!(finds(&grace, "?search=nothing+of+that").await, [""; 0]);
    assert_eq!(finds(&grace, "?limit=1").await, ["Kitchen talk"]);
    assert_eq!(finds(&grace, &format!("?after={kitchen}")).await, ["Lobby"]);
    // She reads it before she joins, hears what is said there, and may not speak.
    assert_eq!(rooms_of(&grace).await.len(), 1);
    let mut reads = follows(&grace, &[kitchen]).await;
    reads.is_denied(json!({"type": "send", "room": kitchen, "text": "Soup?"}), "forbidden").await;
    says.does(json!({"type": "send", "room": kitchen, "text": "And bread."})).await;
    reads.hears_message("And bread.").await;
    joins(&grace, kitchen).await.done();
    let came = entry(&mut reads, "member").await;
    assert_eq!((&came["id"], &came["state"]["change"]), (&json!(grace.id), &json!("joined")));
    let mark = entry(&mut reads, "mark").await;
    // Nothing there is unread for whoever comes.
    assert_eq!((&mark["id"], &mark["state"]), (&json!(kitchen), &json!({"up_to": came["seq"], "listed": true})));
    reads.does(json!({"type": "send", "room": kitchen, "text": "Soup!"})).await;
    let rooms = rooms_of(&grace).await;
    let kitchen_of_grace = &rooms[1];
    assert_eq!((&kitchen_of_grace["id"], &kitchen_of_grace["topic"]), (&json!(kitchen), &json!("What is for lunch")));
    assert_eq!((&kitchen_of_grace["icon"], &kitchen_of_grace["moderator"]), (&json!("🍲"), &Value::Null));
    assert_eq!(rooms_of(&ada).await[1]["moderator"], true);
    // Joining again is no news.
    joins(&grace, kitchen).await.done();
    assert!(!says.hears_until_now().await.iter().any(|event| event["kind"] == "member" && event["seq"] != came["seq"]));
}

#[tokio::test]
async fn a_name_is_taken_among_open_rooms_alone_so_that_it_betrays_nothing() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    makes(&ada, json!({"name": "Plans", "kind": "closed"})).await;
    // One that nobody sees is in nobody's way.
    let plans = makes(&grace, json!({"name": "plans"})).await;
    let again = Answer::to(ada.request(Method::POST, "/api/rooms").json(&json!({"name": "PLANS"}))).await;
    again.refused_field(409, "room_name_taken", "name");
    let garden = makes(&ada, json!({"name": "Garden"})).await;
    changes(&ada, garden, json!({"name": "Plans"})).await.refused_field(409, "room_name_taken", "name");
    // Its own name in other letters is no other room's, and one that is given up is free.
    changes(&ada, garden, json!({"name": "GARDEN"})).await.done();
    changes(&grace, plans, json!({"name": "Dreams"})).await.done();
    changes(&ada, garden, json!({"name": "Plans"})).await.done();
    assert_eq!(finds(&grace, "").await, ["Dreams", "Lobby", "Plans"]);
}

#[tokio::test]
async fn p2_a_closed_room_is_nowhere_for_whoever_does_not_belong_to_it_also_for_owners() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let linus = server.register("linus").await;
    let attic = makes(&grace, json!({"name": "Attic", "kind": "closed", "people": [linus.id]})).await;
    assert_eq!(finds(&linus, "").await, ["Attic", "Lobby"]);
    for (user, status) in [(&ada, 404), (&linus, 200)] {
        for path in ["messages", "members"] {
            assert_eq!(user.gets(&format!("/api/rooms/{attic}/{path}")).await.status, status, "{path}");
        }
    }
    let mut outsider = follows(&ada, &[]).await;
    outsider.say(json!({"type": "follow", "rooms": [{"room": attic}]})).await;
    assert_eq!(outsider.hears("unfollowed").await["room"], attic);
    outsider.is_denied(json!({"type": "send", "room": attic, "text": "Hello?"}), "not_found").await;
    joins(&ada, attic).await.refused(404, "not_found");
    invites(&ada, attic, &[ada.id]).await.refused(404, "not_found");
    removes(&ada, attic, grace.id).await.refused(404, "not_found");
    changes(&ada, attic, json!({"name": "Mine"})).await.refused(404, "not_found");
    assert_eq!(finds(&ada, "?search=attic").await, [""; 0]);
    // To a room that is not there, the same.
    joins(&ada, 99).await.refused(404, "not_found");
}

#[tokio::test]
async fn z6_who_is_removed_hears_nothing_from_that_change_on_and_who_comes_back_reads_on_where_they_were() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let attic = makes(&ada, json!({"name": "Attic", "kind": "closed"})).await;
    let mut owner = follows(&ada, &[attic]).await;
    owner.does(json!({"type": "send", "room": attic, "text": "Before."})).await;
    let mut guest = follows(&grace, &[]).await;
    invites(&ada, attic, &[grace.id]).await.done();
    let mark = entry(&mut guest, "mark").await;
    assert_eq!((&mark["id"], &mark["state"]["listed"]), (&json!(attic), &json!(true)));
    guest.say(json!({"type": "follow", "rooms": [{"room": attic}]})).await;
    let page = guest.hears_where("a page", |event| event["type"] == "history").await;
    assert_eq!(page["messages"][0]["text"], "Before.", "whoever is let in sees the past");
    let kinds: Vec<&Value> = page["states"].as_array().unwrap().iter().map(|entry| &entry["kind"]).collect();
    assert_eq!(kinds, ["room", "member", "member"]);
    let read = owner.does(json!({"type": "send", "room": attic, "text": "Together."})).await["seq"].clone();
    guest.hears_message("Together.").await;
    guest.does(json!({"type": "read", "room": attic, "up_to": read})).await;
    removes(&ada, attic, grace.id).await.done();
    owner.does(json!({"type": "send", "room": attic, "text": "Alone."})).await;
    let last = guest.hears_where("her end", |event| event["kind"] == "member" && event["id"] == grace.id).await;
    assert_eq!((&last["state"]["change"], &last["state"]["by"]), (&json!("removed"), &json!(ada.id)));
    assert_eq!(guest.hears_where("that it is not there", |event| event["type"] == "unfollowed").await["room"], attic);
    let after = guest.hears_until_now().await;
    assert!(!after.iter().any(|event| event["room"] == attic), "{after:?}");
    assert_eq!(after.iter().rfind(|event| event["kind"] == "mark").unwrap()["state"]["listed"], Value::Null);
    assert_eq!(rooms_of(&grace).await.len(), 1);
    grace.gets(&format!("/api/rooms/{attic}/messages")).await.refused(404, "not_found");
    guest.is_denied(json!({"type": "read", "room": attic, "up_to": 9}), "not_found").await;
    // Back again, she has two unread: where she was is where she goes on.
    invites(&ada, attic, &[grace.id]).await.done();
    let mark = entry(&mut guest, "mark").await;
    assert_eq!(mark["state"], json!({"up_to": read, "listed": true}));
    assert_eq!(rooms_of(&grace).await[1]["read_up_to"], read);
}

#[tokio::test]
async fn a_room_that_is_closed_is_lost_by_whoever_only_looked_on_and_by_no_member() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let linus = server.register("linus").await;
    let room = makes(&ada, json!({"name": "Workshop", "people": [grace.id]})).await;
    let (mut member, mut looks_on) = (follows(&grace, &[room]).await, follows(&linus, &[room]).await);
    changes(&grace, room, json!({"kind": "closed"})).await.refused(403, "forbidden");
    changes(&ada, room, json!({"kind": "closed"})).await.done();
    for socket in [&mut member, &mut looks_on] {
        let closed = entry(socket, "room").await;
        assert_eq!((&closed["state"]["kind"], &closed["state"]["closed_at"]), (&json!("closed"), &closed["seq"]));
        assert_eq!(socket.hears_where("the end", |event| event["type"] == "unfollowed").await["room"], room);
        socket.say(json!({"type": "follow", "rooms": [{"room": room, "seq": closed["seq"]}]})).await;
    }
    let page = member.hears_where("a page", |event| event["type"] == "history").await;
    assert_eq!((&page["reset"], &page["live"]), (&json!(false), &json!(true)));
    looks_on.hears_where("that it is not there", |event| event["type"] == "unfollowed").await;
    follows(&ada, &[]).await.does(json!({"type": "send", "room": room, "text": "Among us."})).await;
    member.hears_message("Among us.").await;
    assert!(!looks_on.hears_until_now().await.iter().any(|event| event["room"] == room));
    joins(&linus, room).await.refused(404, "not_found");
    // Never open again.
    changes(&ada, room, json!({"kind": "open"})).await.refused_field(422, "invalid_field", "kind");
}

#[tokio::test]
async fn whoever_moderates_is_followed_by_who_has_been_there_longest_and_a_closed_room_without_anybody_is_archived() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let (grace, linus, dan) =
        (server.register("grace").await, server.register("linus").await, server.register("dan").await);
    let attic = makes(&grace, json!({"name": "Attic", "kind": "closed", "people": [linus.id]})).await;
    invites(&linus, attic, &[dan.id, ada.id]).await.done();
    removes(&linus, attic, dan.id).await.refused(403, "forbidden");
    let mut hears = follows(&dan, &[attic]).await;
    leaves(&grace, attic).await.done();
    let left = entry(&mut hears, "member").await;
    assert_eq!((&left["id"], &left["state"]["change"]), (&json!(grace.id), &json!("left")));
    let heir = entry(&mut hears, "member").await;
    assert_eq!((&heir["id"], &heir["state"]["moderator"]), (&json!(linus.id), &json!(true)));
    let moderates = |moderates: bool| json!({ "moderator": moderates });
    let path = format!("/api/rooms/{attic}/members/{}", dan.id);
    Answer::to(dan.request(Method::PATCH, &path).json(&moderates(true))).await.refused(403, "forbidden");
    Answer::to(linus.request(Method::PATCH, &path).json(&moderates(true))).await.done();
    assert_eq!(entry(&mut hears, "member").await["state"]["change"], "promoted");
    removes(&dan, attic, linus.id).await.done();
    let members = dan.gets(&format!("/api/rooms/{attic}/members")).await.ok();
    let ids: Vec<&Value> = members["members"].as_array().unwrap().iter().map(|member| &member["id"]).collect();
    assert_eq!(ids, [&json!(ada.id), &json!(dan.id)]);
    // While it is archived it can be read and left, and nothing is said there.
    changes(&dan, attic, json!({"archived": true})).await.done();
    hears.is_denied(json!({"type": "send", "room": attic, "text": "Hello?"}), "room_archived").await;
    changes(&dan, attic, json!({"name": "Loft"})).await.refused(409, "room_archived");
    changes(&dan, attic, json!({"archived": false})).await.done();
    hears.does(json!({"type": "send", "room": attic, "text": "Hello."})).await;
    leaves(&ada, attic).await.done();
    leaves(&dan, attic).await.done();
    assert_eq!(rooms_of(&dan).await.len(), 1);
    let archived =
        crate::harness::database::number(&server.database(), "SELECT archived FROM rooms WHERE kind = 'closed'");
    assert_eq!(archived, 1);
}

#[tokio::test]
async fn the_lobby_is_neither_joined_nor_left_nor_closed_nor_archived() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    for user in [&ada, &grace] {
        leaves(user, 1).await.refused(403, "forbidden");
        joins(user, 1).await.refused(403, "forbidden");
        for change in [json!({"kind": "closed"}), json!({"archived": true})] {
            changes(user, 1, change).await.refused(403, "forbidden");
        }
    }
    removes(&ada, 1, grace.id).await.refused(404, "not_found");
    changes(&grace, 1, json!({"name": "Hall"})).await.refused(403, "forbidden");
    changes(&grace, 1, json!({"topic": "For all of us"})).await.done();
    changes(&ada, 1, json!({"name": "Hall"})).await.done();
    let hall = &rooms_of(&grace).await[0];
    assert_eq!((&hall["name"], &hall["topic"]), (&json!("Hall"), &json!("For all of us")));
    let page = grace.gets("/api/rooms").await.ok();
    assert_eq!((&page["rooms"][0]["members"], &page["rooms"][0]["member"]), (&json!(2), &json!(true)));
}

#[tokio::test]
async fn the_limits_of_rooms_are_told_with_what_would_be_right() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let posts = async |body: Value| Answer::to(ada.request(Method::POST, "/api/rooms").json(&body)).await;
    posts(json!({"name": "x".repeat(81)})).await.refused_field(422, "invalid_field", "name");
    posts(json!({"name": "\u{200b}"})).await.refused_field(422, "invalid_field", "name");
    posts(json!({"name": "x", "topic": "y".repeat(251)})).await.refused_field(422, "invalid_field", "topic");
    posts(json!({"name": "x", "icon": "abc"})).await.refused_field(422, "invalid_field", "icon");
    posts(json!({"name": "x", "people": [9999]})).await.refused(404, "not_found");
    let everybody: Vec<u64> = (1..=101).collect();
    posts(json!({"name": "x", "people": everybody})).await.refused_field(422, "invalid_field", "people");
    makes(&ada, json!({"name": "x".repeat(80), "topic": "y".repeat(250)})).await;
    // Somebody who belongs to 500 rooms comes into no further one.
    let many = format!(
        "WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 501)
        INSERT INTO rooms (id, kind, name, name_fold, created_at) SELECT i, 'open', 'r' || i, 'r' || i, 0 FROM n;
        INSERT INTO memberships (room_id, user_id) SELECT id, {} FROM rooms WHERE id BETWEEN 2 AND 501;",
        grace.id
    );
    open(&server.database()).execute_batch(&many).unwrap();
    let attic = makes(&ada, json!({"name": "Attic"})).await;
    joins(&grace, attic).await.refused(409, "too_many");
    invites(&ada, attic, &[grace.id]).await.refused(409, "too_many");
    Answer::to(grace.request(Method::POST, "/api/rooms").json(&json!({"name": "More"}))).await.refused(409, "too_many");
    leaves(&grace, 2).await.done();
    joins(&grace, attic).await.done();
}

#[tokio::test]
async fn e1_a_room_that_is_asked_for_again_under_its_nonce_is_made_once() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    for (kind, name) in [("closed", "Attic"), ("open", "Garden")] {
        let body = json!({"name": name, "kind": kind, "nonce": name, "people": [grace.id]});
        let first = makes(&ada, body.clone()).await;
        let mut again = JoinSet::new();
        for _ in 0..10 {
            let (ada, body) = (ada.clone(), body.clone());
            again.spawn(async move { makes(&ada, body).await });
        }
        assert!(again.join_all().await.iter().all(|id| *id == first));
        // Whatever has become of it, and after a restart; another's nonce is another's.
        changes(&ada, first, json!({"name": format!("Old {name}")})).await.done();
        leaves(&ada, first).await.done();
        assert_eq!(makes(&ada, body.clone()).await, first);
        assert_ne!(makes(&grace, body).await, first);
    }
    let server = server.again().await;
    let ada = ada.at(&server);
    let rooms = rooms_of(&ada).await.len();
    makes(&ada, json!({"name": "Attic", "kind": "closed", "nonce": "Attic"})).await;
    assert_eq!(rooms_of(&ada).await.len(), rooms);
    for nonce in [json!(7), json!(""), json!("x".repeat(65))] {
        let body = json!({"name": "Attic", "kind": "closed", "nonce": nonce});
        let refused = Answer::to(ada.request(Method::POST, "/api/rooms").json(&body)).await;
        refused.refused_field(422, "invalid_field", "nonce");
    }
}
