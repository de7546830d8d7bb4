//! Following: who names the rooms that they look at hears of these alone, the first one first, and mends what is missing in
//! one without the others.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::rooms::three_rooms;
use crate::harness::checker::number;
use crate::harness::{Answer, Asks, Server, Socket, User};

/// Opens a socket that follows these rooms, and hears who it is.
async fn follows(user: &User, rooms: Value) -> (Socket, Value) {
    let mut socket = user.connects_for_more().await;
    socket.say(json!({"type": "hello", "follow": rooms})).await;
    let welcome = socket.hears("hello").await;
    (socket, welcome)
}

/// The next page of a room's history, past those of other logs.
async fn page(socket: &mut Socket) -> Value {
    socket.hears_where("a page", |event| event["type"] == "history").await
}

async fn sends(socket: &mut Socket, room: u64, text: &str) -> Value {
    socket.does(json!({"type": "send", "room": room, "text": text})).await
}

/// What was told of rooms until now, each event as its room and its text.
async fn told(socket: &mut Socket) -> Vec<(u64, String)> {
    let messages = socket.hears_until_now().await.into_iter().filter(|event| event["type"] == "message");
    messages.map(|event| (number(&event, "room"), event["text"].as_str().unwrap().to_owned())).collect()
}

#[tokio::test]
async fn who_follows_rooms_hears_of_these_alone_and_of_the_first_one_first() {
    let (_server, ada, grace) = three_rooms().await;
    let (mut says, welcome) = follows(&ada, json!([])).await;
    let rooms: Vec<u64> = welcome["rooms"].as_array().unwrap().iter().map(|room| number(room, "id")).collect();
    assert_eq!(rooms, [1, 2, 3], "whatever is followed, all are listed");
    for room in [1, 2] {
        sends(&mut says, room, "Before.").await;
    }
    let (mut hears, _) = follows(&grace, json!([{"room": 2}, {"room": 1, "seq": 1}])).await;
    let (first, second) = (page(&mut hears).await, page(&mut hears).await);
    assert_eq!((&first["room"], &first["reset"], &first["live"]), (&json!(2), &json!(true), &json!(true)));
    assert_eq!((&second["room"], &second["reset"], &second["messages"]), (&json!(1), &json!(false), &json!([])));
    sends(&mut says, 1, "In the Lobby.").await;
    sends(&mut says, 2, "In the Workshop.").await;
    let both = [(1, "In the Lobby.".to_owned()), (2, "In the Workshop.".to_owned())];
    assert_eq!(told(&mut hears).await, both);
    assert_eq!(told(&mut says).await, [], "who follows nothing hears nothing");
    hears.does(json!({"type": "unfollow", "room": 1})).await;
    hears.does(json!({"type": "unfollow", "room": 1})).await;
    for room in [1, 2] {
        sends(&mut says, room, "After.").await;
    }
    assert_eq!(told(&mut hears).await, [(2, "After.".to_owned())]);
}

#[tokio::test]
async fn e2_what_is_missing_in_a_room_is_caught_up_in_that_room_alone() {
    let (_server, ada, grace) = three_rooms().await;
    let (mut says, _) = follows(&ada, json!([])).await;
    let (mut hears, _) = follows(&grace, json!([{"room": 1}, {"room": 2}])).await;
    for number in 1..=3 {
        for room in [1, 2] {
            sends(&mut says, room, &format!("{number}")).await;
        }
    }
    let before = hears.hears_until_now().await;
    let is_page_of = |room: u64| move |event: &&Value| event["type"] == "history" && event["room"] == room;
    assert_eq!((before.iter().filter(is_page_of(1)).count(), before.iter().filter(is_page_of(2)).count()), (1, 1));
    // Grace has lost what came behind the first change of the Workshop.
    hears.does(json!({"type": "follow", "rooms": [{"room": 2, "seq": 1}]})).await;
    let mended = page(&mut hears).await;
    let texts: Vec<&Value> = mended["messages"].as_array().unwrap().iter().map(|message| &message["text"]).collect();
    assert_eq!((&mended["room"], &mended["reset"], texts), (&json!(2), &json!(false), vec![&json!("2"), &json!("3")]));
    for room in [1, 2] {
        sends(&mut says, room, "4").await;
    }
    assert_eq!(told(&mut hears).await, [(1, "4".to_owned()), (2, "4".to_owned())], "each once");
}

#[tokio::test]
async fn how_far_a_room_was_read_is_told_also_of_one_that_nobody_follows() {
    let (_server, ada, grace) = three_rooms().await;
    let (mut says, _) = follows(&ada, json!([])).await;
    sends(&mut says, 2, "Read this.").await;
    let (mut reads, _) = follows(&grace, json!([])).await;
    reads.does(json!({"type": "read", "room": 2, "up_to": 1})).await;
    for (user, read_up_to, seen_up_to) in [(&ada, 0, 1), (&grace, 1, 0)] {
        let (_, welcome) = follows(user, json!([])).await;
        let room = &welcome["rooms"][1];
        let told = (&room["id"], &room["read_up_to"], &room["seen_up_to"]);
        assert_eq!(told, (&json!(2), &json!(read_up_to), &json!(seen_up_to)));
    }
}

#[tokio::test]
async fn e2_a_mark_of_one_device_and_a_role_are_known_to_the_others_at_once() {
    let (_server, ada, grace) = three_rooms().await;
    let (mut desk, _) = follows(&ada, json!([{"room": 2}])).await;
    let is_states = |event: &Value| event["type"] == "states";
    for _ in 0..2 {
        desk.hears_where("a page", is_states).await;
    }
    page(&mut desk).await;
    sends(&mut desk, 2, "Before.").await;
    let (mut phone, _) = follows(&ada, json!([])).await;
    phone.does(json!({"type": "read", "room": 2, "up_to": 1})).await;
    let mark = desk.hears_where("a mark", |event| event["kind"] == "mark").await;
    assert_eq!((&mark["id"], &mark["state"]), (&json!(2), &json!({"up_to": 1, "listed": true})));
    assert!(mark["room"].is_null() && mark["house"].is_null(), "it is in one's own log: {mark}");
    let patch = ada.request(reqwest::Method::PATCH, &format!("/api/users/{}", grace.id));
    Answer::to(patch.json(&json!({"role": "admin"}))).await.done();
    let card = desk.hears_where("a card", |event| event["kind"] == "card").await;
    assert_eq!(
        (&card["house"], &card["id"], &card["state"]["role"]),
        (&json!(true), &json!(grace.id), &json!("admin"))
    );
    // Whoever was away learns of it by the number that they know.
    let mut later = ada.connects_for_more().await;
    later
        .say(json!({"type": "hello", "follow": [], "own": number(&mark, "seq") - 1, "house": number(&card, "seq") - 1}))
        .await;
    let own = later.hears_where("one's own", |event| is_states(event) && event["house"].is_null()).await;
    let house = later.hears_where("the house's", |event| is_states(event) && event["house"] == true).await;
    for (page, entry) in [(own, &mark), (house, &card)] {
        assert_eq!((&page["reset"], &page["states"][0]["state"]), (&json!(false), &entry["state"]), "{page}");
        assert_eq!(page["states"].as_array().unwrap().len(), 1, "{page}");
    }
}

#[tokio::test]
async fn p2_who_follows_a_room_that_is_hidden_is_told_the_same_as_of_one_that_is_not_there() {
    let (_server, ada, grace) = three_rooms().await;
    let (mut says, _) = follows(&ada, json!([{"room": 3}])).await;
    sends(&mut says, 3, "Up here.").await;
    let (mut outsider, _) = follows(&grace, json!([{"room": 3, "seq": 1}, {"room": 1}, {"room": 99}])).await;
    outsider.hears_exactly(&json!({"type": "unfollowed", "room": 3})).await;
    for log in ["one's own", "the house's"] {
        assert_eq!(outsider.hears("states").await["house"], if log == "one's own" { Value::Null } else { json!(true) });
    }
    assert_eq!(outsider.hears("history").await["room"], 1);
    outsider.hears_exactly(&json!({"type": "unfollowed", "room": 99})).await;
    outsider.does(json!({"type": "follow", "rooms": [{"room": 3}]})).await;
    outsider.hears_exactly(&json!({"type": "unfollowed", "room": 3})).await;
    sends(&mut says, 3, "Still here.").await;
    assert_eq!(outsider.hears_until_now().await, Vec::<Value>::new());
}

#[tokio::test]
async fn what_cannot_be_followed_is_refused_and_says_why() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let mut silent = ada.connects_for_more().await;
    silent.is_denied(json!({"type": "follow", "rooms": []}), "forbidden").await;
    ada.arrives().await.is_denied(json!({"type": "follow", "rooms": []}), "forbidden").await;
    let (mut socket, _) = follows(&ada, json!([])).await;
    let many: Vec<Value> = (1..=501).map(|room| json!({"room": room})).collect();
    for rooms in [json!(1), json!([1]), json!([{"seq": 1}]), json!([{"room": 0}]), json!([{"room": 1, "at": 2}])] {
        socket.is_denied(json!({"type": "follow", "rooms": rooms}), "invalid_field").await;
        // Three in a row would be the end.
        socket.does(json!({"type": "unfollow", "room": 1})).await;
    }
    for rooms in [json!([{"room": 1}, {"room": 1}]), json!(many)] {
        let error = socket.is_denied(json!({"type": "follow", "rooms": rooms}), "invalid_field").await;
        assert_eq!(error["field"], "rooms");
    }
    socket.does(json!({"type": "follow", "rooms": many[..250]})).await;
    let error = socket.is_denied(json!({"type": "follow", "rooms": many[200..]}), "invalid_field").await;
    assert!(error["message"].as_str().unwrap().contains("at most 500 rooms"), "{error}");
}

#[tokio::test]
async fn e3_who_follows_and_unfollows_while_others_talk_misses_nothing_and_hears_nothing_twice() {
    let (_server, ada, grace) = three_rooms().await;
    let (mut hears, _) = follows(&grace, json!([{"room": 1}])).await;
    page(&mut hears).await;
    let talking = tokio::spawn(async move {
        let (mut says, _) = follows(&ada, json!([])).await;
        for number in 1..=400 {
            for room in [1, 2] {
                sends(&mut says, room, &format!("{number}")).await;
            }
        }
    });
    // The Workshop is left and found again all the while; what is known of it is named each time.
    let mut known: BTreeMap<u64, u64> = BTreeMap::from([(1, 0), (2, 0)]);
    let mut messages: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    let mut rounds = 0;
    while known[&1] < 400 || known[&2] < 400 {
        hears.say(json!({"type": "follow", "rooms": [{"room": 2, "seq": known[&2]}]})).await;
        for _ in 0..3 {
            take(&mut hears, &mut known, &mut messages).await;
        }
        hears.say(json!({"type": "unfollow", "room": 2, "ref": rounds})).await;
        while take(&mut hears, &mut known, &mut messages).await != json!(rounds) {}
        rounds += 1;
    }
    talking.await.unwrap();
    assert!(rounds > 5, "{rounds} rounds are none");
    for (room, seqs) in messages {
        assert!(seqs.iter().copied().eq(1..=400), "room {room}: {seqs:?}");
    }
}

/// Takes the next event in, by the one rule for entries; answers its `ref`.
async fn take(socket: &mut Socket, known: &mut BTreeMap<u64, u64>, messages: &mut BTreeMap<u64, Vec<u64>>) -> Value {
    let event = socket.next().await.expect("it is not cut off");
    let of = |event: &Value| (number(event, "room"), number(event, "seq"));
    match event["type"].as_str() {
        Some("message") => {
            let (room, seq) = of(&event);
            assert_eq!(known.insert(room, seq), Some(seq - 1), "room {room}");
            messages.entry(room).or_default().push(seq);
        }
        Some("history") => {
            let (room, seq) = of(&event);
            if event["reset"] == true {
                messages.remove(&room);
            }
            let shown = event["messages"].as_array().unwrap().iter().map(|message| number(message, "seq"));
            messages.entry(room).or_default().extend(shown);
            known.insert(room, seq);
        }
        _ => {}
    }
    event["ref"].clone()
}
