//! The full view: `hello`, what it answers, and coming back to where one that never left is.

use serde_json::{Value, json};

use crate::harness::checker::{Replica, number};
use crate::harness::{Plan, Server, Socket, User};

/// The answer to a `hello` that names what is known of room 1: the welcome and the room's history.
async fn says_hello(socket: &mut Socket, command: Value) -> (Value, Value) {
    socket.say(command).await;
    (socket.hears("hello").await, socket.hears("history").await)
}

async fn comes_back(user: &User, seq: u64) -> Value {
    let mut socket = user.connects_for_more().await;
    let (_, history) = says_hello(&mut socket, json!({"type": "hello", "rooms": {"1": seq}})).await;
    history
}

#[tokio::test]
async fn hello_tells_the_address_to_hand_out_if_the_server_was_told_that_it_is_another_one() {
    let server = Plan::new().with("--public-url", "https://chat.example.org/team").start().await;
    let mut socket = server.register("ada").await.connects_for_more().await;
    let (welcome, _) = says_hello(&mut socket, json!({"type": "hello", "rooms": {}})).await;
    assert_eq!(welcome["public_url"], "https://chat.example.org/team/");
}

#[tokio::test]
async fn nothing_is_shown_before_hello() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let mut says = ada.arrives().await;
    says.says("Before.").await;
    let mut listener = grace.connects_for_more().await;
    listener.is_denied(json!({"type": "delete", "id": 1}), "not_found").await;
    says.says("Meanwhile.").await;
    assert_eq!(listener.hears_until_now().await, Vec::<Value>::new());
    says.hears_users(&["ada"]).await;
    listener.say(json!({"type": "hello", "rooms": {}})).await;
    listener.hears("hello").await;
    assert_eq!(listener.hears("history").await["messages"][1]["text"], "Meanwhile.");
    listener.hears_users(&["ada", "grace"]).await;
}

#[tokio::test]
async fn hello_tells_who_one_is_the_epoch_and_the_rooms() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let first = ada.arrives().await.says("First.").await;
    let mut socket = grace.connects_for_more().await;
    let command = json!({"type": "hello", "rooms": {}, "epoch": null, "ref": "h"});
    let (welcome, history) = says_hello(&mut socket, command).await;
    let epoch = welcome["epoch"].as_str().unwrap();
    assert!(epoch.len() >= 16, "{epoch}");
    let room = json!({"id": 1, "name": "Lobby", "seq": 1, "read_up_to": 0, "seen_up_to": 1});
    let user = json!({"id": grace.id, "username": "grace", "role": "member"});
    let expected = json!({"type": "hello", "user": user, "epoch": epoch, "rooms": [room], "ref": "h"});
    assert_eq!(welcome["user"], expected["user"]);
    assert_eq!(welcome.as_object().unwrap().keys().collect::<Vec<_>>(), ["epoch", "ref", "rooms", "type", "user"]);
    let fields: Vec<&String> = welcome["rooms"][0].as_object().unwrap().keys().collect();
    assert_eq!(fields, ["id", "name", "read_up_to", "seen_up_to", "seq"]);
    assert_eq!((&welcome["rooms"][0]["name"], &welcome["rooms"][0]["seq"]), (&json!("Lobby"), &json!(1)));
    let mut message = first.clone();
    message.as_object_mut().unwrap().remove("type");
    message["seen"] = history["messages"][0]["seen"].clone();
    let expected = json!({
        "type": "history", "room": 1, "reset": true, "more": false, "messages": [message], "deleted": [], "seq": 1,
        "live": true,
    });
    assert_eq!(history, expected);
    // Ada has just left, and is given a moment to come back.
    socket.hears_users(&["ada", "grace"]).await;
    socket.hears_users(&["grace"]).await;
}

#[tokio::test]
async fn after_hello_events_continue_where_the_history_ends() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let mut says = ada.arrives().await;
    let message = says.says("One.").await;
    let mut socket = grace.connects_for_more().await;
    let (_, history) = says_hello(&mut socket, json!({"type": "hello", "rooms": {}})).await;
    let mut replica = Replica::default();
    replica.resume(&history);
    says.edits(&message, "Two.").await;
    says.says("Three.").await;
    says.deletes(&message).await;
    replica.apply_changes(&socket.hears_until_now().await);
    assert_eq!(replica.seq, 4);
    assert_eq!(replica, Replica::of_pages(4, &grace.reads_all().await));
}

#[tokio::test]
async fn who_comes_back_gets_what_changed_in_its_present_state() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let mut says = ada.arrives().await;
    let kept = says.says("Kept.").await;
    let edited = says.says("Edited.").await;
    let deleted = says.says("Deleted.").await;
    let known = number(&deleted, "seq");
    says.edits(&edited, "Once.").await;
    says.edits(&edited, "Twice.").await;
    says.deletes(&deleted).await;
    let brief = says.says("Came and went.").await;
    says.deletes(&brief).await;
    says.says("New.").await;
    let history = comes_back(&grace, known).await;
    assert_eq!((&history["reset"], number(&history, "seq")), (&json!(false), 9));
    let texts: Vec<&Value> = history["messages"].as_array().unwrap().iter().map(|message| &message["text"]).collect();
    assert_eq!(texts, ["Twice.", "New."]);
    let gone = history["deleted"].as_array().unwrap();
    assert!(gone.contains(&deleted["id"]) && !gone.contains(&kept["id"]), "{history}");
    let nothing = comes_back(&grace, 9).await;
    assert_eq!(nothing["messages"], json!([]));
    assert_eq!((&nothing["deleted"], &nothing["reset"]), (&json!([]), &json!(false)));
}

#[tokio::test]
async fn e2_whoever_is_cut_off_at_random_ends_where_one_that_never_left_is() {
    let mut random = fastrand::Rng::with_seed(crate::harness::seed());
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let mut says = ada.arrives().await;
    let mut replica = Replica::default();
    let mut messages: Vec<Value> = Vec::new();
    for round in 0..25 {
        let mut listener = grace.connects_for_more().await;
        let (_, history) = says_hello(&mut listener, json!({"type": "hello", "rooms": {"1": replica.seq}})).await;
        replica.resume(&history);
        let leaves_after = random.usize(..8);
        for step in 0..12 {
            match random.u8(..4) {
                0 if !messages.is_empty() => {
                    let message = messages.swap_remove(random.usize(..messages.len()));
                    says.deletes(&message).await;
                }
                1 if !messages.is_empty() => {
                    let message = &messages[random.usize(..messages.len())];
                    says.edits(message, &format!("edited {round} {step}")).await;
                }
                _ => messages.push(says.says(&format!("sent {round} {step}")).await),
            }
            if step == leaves_after {
                replica.apply_changes(&listener.hears_until_now().await);
            }
        }
        drop(listener);
    }
    replica.resume(&comes_back(&grace, replica.seq).await);
    assert_eq!(replica, Replica::of_pages(replica.seq, &grace.reads_all().await));
}

#[tokio::test]
async fn e2_however_much_was_missed_it_comes_in_bounded_pages_the_last_of_which_is_live() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let mut says = ada.arrives().await;
    let mut replica = Replica::default();
    replica.resume(&comes_back(&grace, 0).await);
    for reference in 0..1_010 {
        says.say(json!({"type": "send", "text": format!("{reference}"), "ref": reference})).await;
    }
    let stored = says.hears_where("the last answer", |event| event["ref"] == 1_009).await;
    says.does(json!({"type": "edit", "id": stored["id"], "text": "edited"})).await;
    says.does(json!({"type": "send", "text": "long".repeat(2_000)})).await;
    let mut socket = grace.connects_for_more().await;
    let (welcome, mut page) = says_hello(&mut socket, json!({"type": "hello", "rooms": {"1": 10}})).await;
    replica.seq = 10;
    for message in &grace.reads_all().await[..10] {
        replica.resume(&json!({
            "type": "history", "reset": false, "messages": [message], "deleted": [], "seq": 10,
        }));
    }
    let mut pages = 1;
    while page["live"] == false {
        assert_eq!(page["reset"], false);
        assert!(page["messages"].as_array().unwrap().len() <= 200, "a page without bound");
        replica.resume(&page);
        page = socket.hears("history").await;
        pages += 1;
    }
    replica.resume(&page);
    assert_eq!(pages, 6, "1,001 messages in pages of 200");
    assert_eq!(replica, Replica::of_pages(1_012, &grace.reads_all().await));
    says.says("And on.").await;
    assert_eq!(number(&socket.hears_message("And on.").await, "seq"), 1_013);

    let command =
        |known: u64, epoch: &Value| json!({"type": "hello", "rooms": {"1": known}, "epoch": epoch, "reset_after": 100});
    let (_, near) = says_hello(&mut socket, command(913, &Value::Null)).await;
    assert_eq!((&near["reset"], near["messages"].as_array().unwrap().len()), (&json!(false), 99));
    let (_, far) = says_hello(&mut socket, command(912, &Value::Null)).await;
    assert_eq!((&far["reset"], &far["more"], &far["live"]), (&json!(true), &json!(true), &json!(true)));
    assert_eq!(far["messages"].as_array().unwrap().len(), 50);
    assert_eq!(comes_back(&grace, 5_000).await["reset"], true, "a number that never was");
    let (_, other) = says_hello(&mut socket, command(1_010, &json!("another"))).await;
    assert_eq!(other["reset"], true, "numbers of another epoch");
    let (_, same) = says_hello(&mut socket, command(1_010, &welcome["epoch"])).await;
    assert_eq!((&same["reset"], &same["live"]), (&json!(false), &json!(true)));
    let server = server.again().await;
    let mut socket = grace.at(&server).connects_with_hello().await;
    assert_eq!(socket.hears("hello").await["epoch"], welcome["epoch"], "a restart is no new epoch");
}

#[tokio::test]
async fn hello_may_be_said_again_and_in_the_midst_of_the_original_view() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let mut says = ada.arrives().await;
    says.says("One.").await;
    let mut socket = grace.connects().await;
    socket.history().await;
    for known in [0, 1, 2] {
        let command = json!({"type": "hello", "rooms": {"1": known}});
        let (_, history) = says_hello(&mut socket, command).await;
        assert_eq!(history["reset"], known == 0);
        says.says("Next.").await;
        assert_eq!(number(&socket.hears_message("Next.").await, "seq"), known + 2);
    }
    socket.hears_nothing().await;
}

#[tokio::test]
async fn x20_rooms_that_are_not_there_are_not_told_of() {
    let server = Server::start().await;
    let grace = server.register("grace").await;
    let mut socket = grace.connects_for_more().await;
    let rooms = json!({"2": 1, "3": 7, "9007199254740991": 0});
    let (welcome, history) = says_hello(&mut socket, json!({"type": "hello", "rooms": rooms})).await;
    assert_eq!(welcome["rooms"].as_array().unwrap().len(), 1);
    assert_eq!((&history["room"], &history["reset"]), (&json!(1), &json!(true)));
    socket.hears_nothing().await;
    for command in [json!({"type": "send", "text": "?", "room": 2}), json!({"type": "read", "up_to": 1, "room": 2})] {
        socket.is_denied(command, "not_found").await;
    }
}
