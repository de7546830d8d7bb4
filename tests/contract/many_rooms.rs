//! Somebody who has many rooms, beside many more that are not theirs.

use serde_json::{Value, json};

use crate::harness::database::open;
use crate::harness::{Server, User};

/// The answer to `hello`, and of which room the first page is.
async fn hello(user: &User, room: u64) -> (Value, Value) {
    let mut socket = user.connects_for_more().await;
    socket.say(json!({"type": "hello", "follow": [{"room": room}, {"room": 1}]})).await;
    let hello = socket.hears("hello").await;
    (hello, socket.hears("history").await["room"].clone())
}

#[tokio::test]
async fn a5_two_hundred_rooms_are_named_in_a_short_hello_the_one_on_screen_comes_first_and_others_rooms_cost_nothing() {
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
