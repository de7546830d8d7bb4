//! History: the newest page on connecting, older pages over HTTP, and everything for who wants the old way.

use serde_json::{Value, json};

use crate::harness::{Asks, Plan, Server, Socket, User, checker};

fn texts(messages: &[Value]) -> Vec<String> {
    messages.iter().map(|message| message["text"].as_str().unwrap().to_owned()).collect()
}

fn numbers(range: std::ops::RangeInclusive<u32>) -> Vec<String> {
    range.map(|number| number.to_string()).collect()
}

/// Says 1, 2, 3 and so on.
async fn counts(socket: &mut Socket, to: u32) {
    for number in 1..=to {
        socket.say(json!({"type": "send", "text": number.to_string(), "ref": number})).await;
    }
    socket.hears_where("the last answer", |event| event["ref"] == to).await;
    socket.hears_until_now().await;
}

async fn page(user: &User, query: &str) -> Value {
    user.gets(&format!("/api/rooms/1/messages{query}")).await.ok()
}

#[tokio::test]
async fn the_newest_fifty_messages_are_shown_on_connecting_oldest_first() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let mut socket = ada.arrives().await;
    counts(&mut socket, 60).await;
    let shown = ada.connects().await.history().await;
    assert_eq!(texts(&shown), numbers(11..=60));
    assert!(shown.iter().all(|event| event["type"] == "message" && event["user"] == "ada" && event["room"] == 1));
}

#[tokio::test]
async fn a_setting_shows_fewer_on_connecting() {
    let server = Plan::new().with("--replay", "3").start().await;
    let ada = server.register("ada").await;
    counts(&mut ada.arrives().await, 10).await;
    assert_eq!(texts(&ada.connects().await.history().await), ["8", "9", "10"]);
}

#[tokio::test]
async fn a_setting_brings_back_the_full_replay() {
    let server = Plan::new().with("--replay", "all").start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let mut socket = ada.arrives().await;
    counts(&mut socket, 1_200).await;
    let first = page(&ada, "?before=2").await["messages"][0].clone();
    socket.edits(&first, "1 again").await;
    socket.deletes(&json!({"id": page(&ada, "?before=3&limit=1").await["messages"][0]["id"]})).await;
    let shown = grace.connects().await.history().await;
    checker::in_order_and_once(&shown);
    let mut expected = numbers(3..=1_200);
    expected.insert(0, "1 again".to_owned());
    assert_eq!(texts(&shown), expected);
}

#[tokio::test]
async fn e3_who_connects_while_others_talk_hears_everything_once_and_in_order() {
    for replay in ["50", "all"] {
        let server = Plan::new().with("--replay", replay).start().await;
        let (ada, grace) = server.ada_and_grace().await;
        let mut says = ada.arrives().await;
        counts(&mut says, 30).await;
        for round in 0..8 {
            let talking = tokio::spawn(async move {
                for number in 0..60 {
                    says.say(json!({"type": "send", "text": format!("{round}:{number}")})).await;
                }
                says.does(json!({"type": "send", "text": format!("{round}: the end")})).await;
                says
            });
            let mut listener = grace.connects().await;
            let mut heard = Vec::new();
            loop {
                let event = listener.next().await.unwrap();
                if event["type"] == "message" {
                    heard.push(event);
                    if heard.last().unwrap()["text"] == format!("{round}: the end") {
                        break;
                    }
                }
            }
            let seqs: Vec<u64> = heard.iter().map(|message| checker::number(message, "seq")).collect();
            assert!(seqs.windows(2).all(|pair| pair[0] + 1 == pair[1]), "replay {replay}: lost or doubled: {seqs:?}");
            says = talking.await.unwrap();
        }
    }
}

#[tokio::test]
async fn the_whole_history_is_there_page_by_page() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    counts(&mut ada.arrives().await, 120).await;
    let newest = page(&ada, "").await;
    assert_eq!(newest.as_object().unwrap().keys().collect::<Vec<_>>(), ["messages", "more"]);
    assert_eq!(texts(newest["messages"].as_array().unwrap()), numbers(71..=120));
    assert_eq!(newest["more"], true);
    let older = page(&ada, "?before=71&limit=60").await;
    assert_eq!((texts(older["messages"].as_array().unwrap()), &older["more"]), (numbers(11..=70), &json!(true)));
    let oldest = page(&ada, "?limit=60&before=11").await;
    assert_eq!((texts(oldest["messages"].as_array().unwrap()), &oldest["more"]), (numbers(1..=10), &json!(false)));
    assert_eq!(page(&ada, "?before=1").await, json!({"messages": [], "more": false}));
    let first = page(&ada, "?after=0&limit=60").await;
    assert_eq!((texts(first["messages"].as_array().unwrap()), &first["more"]), (numbers(1..=60), &json!(true)));
    let next = page(&ada, "?after=60&limit=60").await;
    assert_eq!((texts(next["messages"].as_array().unwrap()), &next["more"]), (numbers(61..=120), &json!(false)));
    assert_eq!(page(&ada, "?after=120").await, json!({"messages": [], "more": false}));
    assert_eq!(page(&ada, "?limit=1").await["messages"][0]["text"], "120");
    assert_eq!(ada.reads_texts().await, numbers(1..=120));
    let message = &page(&ada, "?limit=1").await["messages"][0];
    let fields: Vec<&String> = message.as_object().unwrap().keys().collect();
    assert_eq!(fields, ["by", "id", "room", "seen", "seq", "text", "time", "user"]);
}

#[tokio::test]
async fn x25_a_page_has_at_most_a_hundred_messages() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    counts(&mut ada.arrives().await, 120).await;
    for limit in ["100", "101", "9007199254740991"] {
        let page = page(&ada, &format!("?limit={limit}")).await;
        assert_eq!(texts(page["messages"].as_array().unwrap()), numbers(21..=120));
    }
}

#[tokio::test]
async fn x25_x27_a_page_is_named_by_plain_numbers_each_at_most_once() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    for value in ["", "0", "-1", "+1", "1.0", "1e3", "abc", "9007199254740992", "18446744073709551617", "1%00", "%31"] {
        for name in ["before", "limit"] {
            let answer = ada.gets(&format!("/api/rooms/1/messages?{name}={value}")).await;
            answer.refused_field(422, "invalid_field", name);
        }
    }
    ada.gets("/api/rooms/1/messages?before=1&before=1").await.refused_field(422, "invalid_field", "before");
    ada.gets("/api/rooms/1/messages?limit=1&limit=2").await.refused_field(422, "invalid_field", "limit");
    ada.gets("/api/rooms/1/messages?after=-1").await.refused_field(422, "invalid_field", "after");
    ada.gets("/api/rooms/1/messages?after=1&before=3").await.refused_field(422, "invalid_field", "after");
    ada.gets("/api/rooms/1/messages?around=1").await.refused(422, "unknown_field");
    for room in ["0", "-1", "x", "1e0", "9007199254740992"] {
        ada.gets(&format!("/api/rooms/{room}/messages")).await.refused_field(422, "invalid_field", "room");
    }
    ada.gets("/api/rooms/2/messages").await.refused(404, "not_found");
}

#[tokio::test]
async fn an_edited_message_says_so_in_the_history_and_keeps_its_place_and_time() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let mut socket = ada.arrives().await;
    let first = socket.says("First.").await;
    socket.says("Second.").await;
    let edit = socket.edits(&first, "1st.").await;
    let mut expected = first.clone();
    expected["text"] = json!("1st.");
    expected["edited"] = edit["time"].clone();
    assert_eq!(ada.connects().await.history().await[0], expected);
    expected.as_object_mut().unwrap().remove("type");
    expected["changed"] = json!(3);
    assert_eq!(page(&ada, "").await["messages"][0], expected);
}

#[tokio::test]
async fn the_history_survives_a_restart() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let mut socket = ada.arrives().await;
    let kept = socket.says("Kept.").await;
    let gone = socket.says("Gone.").await;
    socket.deletes(&gone).await;
    let before = ada.reads_all().await;
    let server = server.again().await;
    assert_eq!(ada.at(&server).reads_all().await, before);
    let mut socket = ada.at(&server).connects().await;
    assert_eq!(socket.history().await, [kept]);
    assert_eq!(socket.says("Next.").await["seq"], 4);
}
