//! Somebody who has many rooms, beside many more that are not theirs.

use serde_json::{Value, json};

use super::crowds::memory;
use crate::harness::database::open;
use crate::harness::{Server, Socket, User};

/// The answer to `hello`, and of which room the first page is.
async fn hello(user: &User, room: u64) -> (Value, Value) {
    let mut socket = user.connects_for_more().await;
    socket.say(json!({"type": "hello", "follow": [{"room": room}, {"room": 1}]})).await;
    let hello = socket.hears("hello").await;
    (hello, socket.hears("history").await["room"].clone())
}

#[tokio::test]
async fn e5_two_hundred_rooms_are_named_in_a_short_hello_the_one_on_screen_comes_first_and_others_rooms_cost_nothing() {
    let server = Server::start().await;
    let (_, grace) = server.ada_and_grace().await;
    let makes = |from: u64, to: u64| {
        let database = open(&server.database());
        let (name, topic) = ("'Ärger-' || n || printf('%.*c', 70, 'x')", "printf('%.*c', 250, 'y')");
        let numbers = format!("WITH RECURSIVE r (n) AS (SELECT {from} UNION ALL SELECT n + 1 FROM r WHERE n < {to})");
        let room = format!("{name}, {name}, {topic}, 'closed', 0 FROM r");
        let columns = "id, name, name_fold, topic, kind, created_at";
        database.execute(&format!("INSERT INTO rooms ({columns}) {numbers} SELECT n, {room}"), []).unwrap();
    };
    makes(2, 200);
    let joins = format!("INSERT INTO memberships (room_id, user_id) SELECT id, {} FROM rooms WHERE id > 1", grace.id);
    assert_eq!(open(&server.database()).execute(&joins, []).unwrap(), 199);
    let (before, first) = hello(&grace, 150).await;
    assert_eq!((&first, before["rooms"].as_array().unwrap().len()), (&json!(150), 200));
    let bytes = before.to_string().len();
    assert!(bytes <= 256 * 1024, "{bytes} bytes");
    makes(201, 10_200);
    let (after, first) = hello(&grace, 77).await;
    assert_eq!((first, after), (json!(77), before));
}

/// So many sockets that follow all of these rooms, and have been brought up to date in them.
async fn crowd(user: &User, count: usize, rooms: u64) -> Vec<Socket> {
    let follow: Vec<Value> = (1..=rooms).map(|room| json!({ "room": room })).collect();
    let mut sockets = Vec::new();
    for _ in 0..count {
        let mut socket = user.connects_for_more().await;
        socket.say(json!({"type": "hello", "follow": follow})).await;
        socket.hears_where("who is there", |event| event["type"] == "people").await;
        sockets.push(socket);
    }
    sockets
}

#[tokio::test]
async fn a5_a_socket_that_follows_two_hundred_rooms_costs_eight_kib_and_half_of_one_for_each_room() {
    const ROOMS: u64 = 200;
    const MORE: usize = 60;
    let server = Server::start().await;
    let (_, grace) = server.ada_and_grace().await;
    let numbers = format!("WITH RECURSIVE r (n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM r WHERE n < {ROOMS})");
    let columns = "INSERT INTO rooms (id, name, name_fold, kind, created_at)";
    let database = open(&server.database());
    database.execute(&format!("{columns} {numbers} SELECT n, 'r' || n, 'r' || n, 'closed', 0 FROM r"), []).unwrap();
    let joins = format!("INSERT INTO memberships (room_id, user_id) SELECT id, {} FROM rooms WHERE id > 1", grace.id);
    database.execute(&joins, []).unwrap();
    // What is there once for all who follow a room is there, and what grows in steps has grown.
    let _first = crowd(&grace, MORE / 2, ROOMS).await;
    let before = memory(&server);
    let _more = crowd(&grace, MORE, ROOMS).await;
    let each = memory(&server).saturating_sub(before) as f64 / MORE as f64;
    println!("{each:.2} KiB for each socket that follows {ROOMS} rooms");
    assert!(each <= 8.0 + 0.5 * ROOMS as f64, "{each:.2} KiB");
}
