//! The contract over the socket: `send`, `edit` and `delete`, and what everybody connected hears of them.

use serde_json::{Value, json};

use crate::harness::user::cookies;
use crate::harness::{Server, Socket, is_time};

fn fields(event: &Value) -> Vec<&str> {
    event.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test]
async fn a_message_reaches_everyone_connected_the_sender_included() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let (mut ada, mut grace) = (ada.arrives().await, grace.arrives().await);
    ada.say(json!({"type": "send", "text": "Hello, all."})).await;
    let own = ada.hears("message").await;
    assert_eq!(own, grace.hears("message").await);
    assert_eq!(fields(&own), ["by", "id", "room", "seen", "seq", "text", "time", "type", "user"]);
    assert!(own["id"].is_u64() && is_time(&own["time"]), "{own}");
    let told = (&own["user"], &own["text"], &own["seen"], &own["room"], &own["seq"]);
    assert_eq!(told, (&json!("ada"), &json!("Hello, all."), &json!(false), &json!(1), &json!(1)));
}

#[tokio::test]
async fn an_edit_replaces_the_text_for_everyone() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let (mut ada, mut grace_hears) = (ada.arrives().await, grace.arrives().await);
    let message = ada.says("Helo.").await;
    grace_hears.hears_message("Helo.").await;
    ada.say(json!({"type": "edit", "id": message["id"], "text": "Hello."})).await;
    let edit = ada.hears("edit").await;
    assert_eq!(edit, grace_hears.hears("edit").await);
    assert_eq!(fields(&edit), ["id", "room", "seq", "state", "text", "time", "type"]);
    let mut whole = message.clone();
    whole.as_object_mut().unwrap().remove("type");
    (whole["text"], whole["edited"], whole["changed"]) = (json!("Hello."), edit["time"].clone(), json!(2));
    assert_eq!(edit["state"], whole);
    assert_eq!((&edit["id"], &edit["text"], &edit["seq"]), (&message["id"], &json!("Hello."), &json!(2)));
    assert_eq!(grace.connects().await.history().await[0]["text"], "Hello.");
}

#[tokio::test]
async fn p3_a_deletion_takes_the_message_away_and_tells_nothing_of_it() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let (mut ada, mut grace_hears) = (ada.arrives().await, grace.arrives().await);
    let message = ada.says("Oh no.").await;
    grace_hears.hears_message("Oh no.").await;
    ada.say(json!({"type": "delete", "id": message["id"]})).await;
    let deletion = json!({"type": "delete", "id": message["id"], "room": 1, "seq": 2});
    ada.hears_exactly(&deletion).await;
    grace_hears.hears_exactly(&deletion).await;
    assert_eq!(grace.connects().await.history().await, Vec::<Value>::new());
    assert_eq!(grace.reads_texts().await, Vec::<String>::new());
}

#[tokio::test]
async fn only_a_command_with_a_ref_is_answered_and_the_answer_comes_before_the_event() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let mut ada = ada.arrives().await;
    ada.say(json!({"type": "send", "text": "One."})).await;
    ada.hears_message("One.").await;
    for reference in [json!("a"), json!(0), json!((1_u64 << 53) - 1), json!(""), json!("🦀".repeat(64))] {
        ada.say(json!({"type": "send", "text": "Two.", "ref": reference})).await;
        let ok = ada.hears("ok").await;
        let message = ada.hears_message("Two.").await;
        let expected = json!({
            "type": "ok", "ref": reference, "id": message["id"], "seq": message["seq"], "time": message["time"],
        });
        assert_eq!(ok, expected);
    }
    let message = ada.says("Three.").await;
    let ok = ada.does(json!({"type": "edit", "id": message["id"], "text": "3."})).await;
    let edit = ada.hears("edit").await;
    assert_eq!((&ok["id"], &ok["seq"], &ok["time"]), (&edit["id"], &edit["seq"], &edit["time"]));
    let ok = ada.does(json!({"type": "delete", "id": message["id"]})).await;
    assert_eq!((&ok["id"], &ok["seq"]), (&message["id"], &json!(edit["seq"].as_u64().unwrap() + 1)));
    ada.hears("delete").await;
    ada.say(json!({"type": "send", "text": "Four.", "ref": null})).await;
    ada.hears_message("Four.").await;
    ada.hears_nothing().await;
}

#[tokio::test]
async fn commands_of_one_connection_take_effect_in_the_order_sent() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let mut socket = ada.arrives().await;
    for number in 0..200 {
        socket.say(json!({"type": "send", "text": format!("{number}"), "ref": number})).await;
    }
    for number in 0..200 {
        assert_eq!(socket.hears_where("an answer", |event| event["type"] == "ok").await["ref"], number);
    }
    for number in 0..200 {
        let message = socket.hears_message(&number.to_string()).await;
        assert_eq!(message["seq"], number + 1);
    }
    let expected: Vec<String> = (0..200).map(|number| number.to_string()).collect();
    assert_eq!(ada.reads_texts().await, expected);
}

#[tokio::test]
async fn x30_a_text_comes_back_byte_for_byte() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let (mut ada, mut grace_hears) = (ada.arrives().await, grace.arrives().await);
    let texts = [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "&lt;b&gt; &amp; \"'`",
        "javascript:alert(1)",
        "  spaces around\t ",
        "line\nline\r\nline\n",
        "\u{202e}drawkcab\u{202c}",
        "a\u{200d}b\u{feff}c",
        "é e\u{301} ﬁ",
        "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}",
        "\\u0041 \\n %00 %s {} ${7*7} {{7*7}}",
        "'; DROP TABLE messages; --",
        "a\u{1}\u{7f}\u{85}\u{2028}\u{2029}",
        "\u{10ffff}\u{fffd}\u{e000}",
        "null",
        "0",
    ];
    for text in texts {
        let message = ada.says(text).await;
        assert_eq!(message["text"], text);
        grace_hears.hears_message(text).await;
        ada.edits(&message, &format!("{text}!")).await;
        assert_eq!(grace_hears.hears("edit").await["text"], format!("{text}!"));
    }
    let expected: Vec<String> = texts.iter().map(|text| format!("{text}!")).collect();
    let shown = grace.connects().await.history().await;
    assert_eq!(shown.iter().map(|message| message["text"].as_str().unwrap()).collect::<Vec<_>>(), expected);
    assert_eq!(grace.reads_texts().await, expected);
}

#[tokio::test]
async fn x06_without_a_live_session_there_is_no_socket() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    for path in ["/ws", "/ws?", "/ws?token", "/ws?token=", "/ws?token=null", "/ws?hello", "/ws?Token=x"] {
        assert!(Socket::try_open("nobody", server.address, path, &[]).await.is_none(), "{path}");
    }
    let cut = format!("/ws?token={}", &ada.token[..42]);
    assert!(Socket::try_open("nobody", server.address, &cut, &[]).await.is_none());
    let twice = format!("/ws?token={0}&token={0}", ada.token);
    assert!(Socket::try_open("nobody", server.address, &twice, &[]).await.is_none(), "X27: twice");
}

#[tokio::test]
async fn a_token_opens_the_socket_by_each_of_the_three_ways() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let (bearer, cookie) = (format!("Bearer {}", ada.token), cookies("cb", &ada.token));
    let origin = format!("http://{}", server.address);
    let by_header = [("authorization", &*bearer)];
    let by_cookie = [("cookie", &*cookie), ("origin", &*origin)];
    ada.connects().await.hears_users(&["ada"]).await;
    for headers in [&by_header[..], &by_cookie[..]] {
        let mut socket = Socket::try_open("ada", server.address, "/ws", headers).await.expect("it opens");
        socket.hears_users(&["ada"]).await;
        socket.says("Here I am.").await;
    }
    let path = format!("/ws?v=2&token={}&x=y", ada.token);
    Socket::open("ada", server.address, &path).await.hears_users(&["ada"]).await;
}

#[tokio::test]
async fn e1_a_nonce_stores_a_message_once_however_often_it_is_sent() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let mut listener = grace.arrives().await;
    let command = json!({"type": "send", "text": "Once.", "nonce": "n"});
    let mut retries = tokio::task::JoinSet::new();
    for _ in 0..10 {
        let (mut socket, command) = (ada.arrives().await, command.clone());
        retries.spawn(async move { socket.does(command).await });
    }
    let mut answers = retries.join_all().await;
    answers.iter_mut().for_each(|answer| answer["ref"] = Value::Null);
    assert!(answers.iter().all(|answer| answer == &answers[0]), "{answers:?}");
    let message = listener.hears_message("Once.").await;
    assert_eq!((&message["nonce"], &message["id"]), (&json!("n"), &answers[0]["id"]));
    listener.hears_nothing().await;
    // Another author's nonce is another one.
    assert_ne!(listener.does(command.clone()).await["id"], message["id"]);
    assert_eq!(ada.reads_texts().await, ["Once.", "Once."]);
    // And after a restart.
    let server = server.again().await;
    let answer = ada.at(&server).arrives().await.does(command).await;
    assert_eq!((&answer["id"], &answer["seq"]), (&message["id"], &message["seq"]));
    assert_eq!(ada.at(&server).reads_texts().await.len(), 2);
}

#[tokio::test]
async fn e1_another_text_under_a_nonce_is_refused_and_the_first_message_named() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let mut socket = ada.arrives().await;
    let id = socket.does(json!({"type": "send", "text": "first", "nonce": "n-1"})).await["id"].clone();
    socket.hears_message("first").await;
    let second = json!({"type": "send", "text": "SECOND", "nonce": "n-1"});
    let refusal = |error: &Value| (error["id"].clone(), error["field"].clone());
    let error = socket.is_denied(second.clone(), "nonce_reused").await;
    assert_eq!(refusal(&error), (id.clone(), json!("nonce")));
    // In another session, and after a restart.
    let error = server.logs_in("ada").await.arrives().await.is_denied(second.clone(), "nonce_reused").await;
    assert_eq!(error["id"], id);
    let elsewhere = json!({"type": "send", "text": "first", "nonce": "n-1", "room": 2});
    assert_eq!(socket.is_denied(elsewhere, "nonce_reused").await["id"], id);
    socket.hears_nothing().await;
    let server = server.again().await;
    let mut socket = ada.at(&server).arrives().await;
    assert_eq!(socket.is_denied(second, "nonce_reused").await["id"], id);
    assert_eq!(socket.does(json!({"type": "send", "text": "first", "nonce": "n-1", "room": 1})).await["id"], id);
    assert_eq!(ada.at(&server).reads_texts().await, ["first"]);
}

#[tokio::test]
async fn e1_a_nonce_of_a_deleted_message_does_not_bring_it_back() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let mut socket = ada.arrives().await;
    let command = json!({"type": "send", "text": "Gone.", "nonce": "n"});
    let id = socket.does(command.clone()).await["id"].clone();
    socket.hears("message").await;
    socket.deletes(&json!({"id": id})).await;
    assert_eq!(socket.does(command).await["id"], id);
    socket.hears_nothing().await;
    assert_eq!(ada.reads_texts().await, Vec::<String>::new());
}

#[tokio::test]
async fn ids_are_whole_numbers_that_javascript_holds_and_rise_with_time() {
    let server = Server::start().await;
    let mut ada = server.register("ada").await.arrives().await;
    let mut last = 0;
    for _ in 0..50 {
        let id = ada.says("Tick.").await["id"].as_u64().unwrap();
        assert!(last < id && id < 1 << 53, "{id} after {last}");
        last = id;
    }
}

#[tokio::test]
async fn a_request_that_is_not_a_handshake_is_told_so() {
    use crate::harness::raw::Wire;
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let path = format!("/ws?token={}", ada.token);
    for (line, status) in [
        ("Upgrade: h2c", "400"),
        ("Connection: close", "400"),
        ("Sec-WebSocket-Key: short", "400"),
        ("Sec-WebSocket-Version: 12", "426"),
        ("Host: localhost", "101"),
    ] {
        let answer = Wire::connect(server.address).await.upgrade(&path, &[line]).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{line}: {answer}");
        if status == "426" {
            assert!(answer.to_ascii_lowercase().contains("sec-websocket-version: 13"), "{answer}");
        }
    }
}
