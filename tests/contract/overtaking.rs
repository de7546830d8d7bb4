//! Messages that go out without waiting for each answer: each names the one before it in `after`, and none overtakes.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Plan, Server, Socket};

/// A message with its number as its text, its nonce and its `ref`, which is to come after another one.
fn numbered(number: usize, after: Option<usize>) -> Value {
    let mut send = json!({"type": "send", "text": number.to_string(), "nonce": name(number), "ref": number});
    if let Some(after) = after {
        send["after"] = json!(name(after));
    }
    send
}

fn name(number: usize) -> String {
    format!("number {number}")
}

async fn answer(socket: &mut Socket, number: usize) -> Value {
    socket.hears_where("an answer", |event| event["ref"] == number).await
}

/// Sends a message until it is stored, as often as it is told to come back.
async fn insists(socket: &mut Socket, send: Value, number: usize) {
    loop {
        socket.say(send.clone()).await;
        let answer = answer(socket, number).await;
        if answer["type"] == "ok" {
            return;
        }
        assert_eq!((&answer["code"], &answer["field"]), (&json!("rate_limited"), &Value::Null), "{answer}");
        tokio::time::sleep(Duration::from_secs(answer["retry_after"].as_u64().unwrap())).await;
    }
}

#[tokio::test]
async fn o2_what_comes_after_a_refused_one_waits_even_if_the_budget_is_there_again() {
    let server = Plan::new().with_rate_limits().start().await;
    let ada = server.register("ada").await;
    let mut socket = ada.connects_for_more().await;
    for number in 0..26 {
        socket.say(numbered(number, number.checked_sub(1))).await;
    }
    let mut refused = Vec::new();
    for number in 0..26 {
        let answer = answer(&mut socket, number).await;
        let is_first = refused.is_empty();
        if answer["type"] == "error" {
            let waits = if is_first { Value::Null } else { json!("after") };
            assert_eq!((&answer["code"], &answer["field"]), (&json!("rate_limited"), &waits), "{answer}");
            assert!(answer["retry_after"].as_u64().is_some_and(|wait| wait >= 1), "{answer}");
            refused.push(number);
        } else {
            assert!(is_first, "{number} has overtaken {refused:?}");
        }
    }
    let (first, last) = (refused[0], refused[refused.len() - 1]);
    assert_eq!((last, refused.len()), (25, 26 - first), "{refused:?}");
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    // It is not its turn. What names nothing, or what the server knows nothing of, has one.
    socket.say(numbered(26, Some(last))).await;
    assert_eq!(answer(&mut socket, 26).await["field"], "after");
    insists(&mut socket, json!({"type": "send", "text": "Other.", "after": "unknown", "ref": 99}), 99).await;
    for number in first..27 {
        insists(&mut socket, numbered(number, number.checked_sub(1)), number).await;
    }
    let texts = ada.reads_texts().await;
    let numbers: Vec<String> = (0..27).map(|number| number.to_string()).collect();
    assert_eq!(texts.into_iter().filter(|text| text != "Other.").collect::<Vec<_>>(), numbers);
}

#[tokio::test]
async fn o2_a_final_refusal_lets_what_comes_after_it_go() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let mut socket = ada.connects_for_more().await;
    let of_another = json!({"type": "send", "text": "Other.", "nonce": name(0), "after": name(1), "ref": 2});
    let nowhere = json!({"type": "send", "text": "3", "room": 7, "nonce": name(3), "after": name(0), "ref": 3});
    let blank = json!({"type": "send", "text": " ", "nonce": name(4), "after": name(3), "ref": 4});
    for said in [numbered(0, None), numbered(1, Some(0)), of_another, nowhere, blank, numbered(5, Some(4))] {
        socket.say(said).await;
    }
    let mut answers = Vec::new();
    for number in 0..6 {
        answers.push(answer(&mut socket, number).await["code"].clone());
    }
    let codes = [None, None, Some("nonce_reused"), Some("not_found"), Some("invalid_field"), None];
    assert_eq!(answers, codes.map(|code| json!(code)));
    assert_eq!(ada.reads_texts().await, ["0", "1", "5"]);
}

#[tokio::test]
async fn x23_what_a_message_comes_after_is_named_by_the_rules_of_a_nonce() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let mut socket = ada.connects_for_more().await;
    let longest = "é".repeat(64);
    for right in [Value::Null, json!("n"), json!(longest)] {
        socket.does(json!({"type": "send", "text": "Right.", "after": right})).await;
    }
    for wrong in [json!(""), json!(7), json!(true), json!([]), json!({}), json!(format!("{longest}é")), json!("own")] {
        let send = json!({"type": "send", "text": "Wrong.", "nonce": "own", "after": wrong});
        assert_eq!(socket.is_denied(send, "invalid_field").await["field"], "after", "{wrong}");
        // The third of its kind in a row would end the connection.
        socket.does(json!({"type": "read", "up_to": 1})).await;
    }
    for other in
        [json!({"type": "edit", "id": 7, "text": "a", "after": "n"}), json!({"type": "delete", "id": 7, "after": "n"})]
    {
        socket.is_denied(other, "unknown_field").await;
    }
    assert_eq!(ada.reads_texts().await, ["Right."; 3]);
}
