//! What is refused on the socket: every way to say something that is no command, with its code and its field.

use serde_json::{Value, json};

use crate::harness::{Server, Socket};

/// Says something wrong, then something right: three wrong ones in a row would end the conversation.
async fn refusal(socket: &mut Socket, text: &str) -> Value {
    socket.say_text(text).await;
    let error = socket.hears("error").await;
    assert!(error["message"].as_str().is_some_and(|message| message.len() > 10), "{error}");
    socket.does(json!({"type": "read", "up_to": 1})).await;
    error
}

async fn one_socket() -> (Server, Socket) {
    let server = Server::start().await;
    let mut socket = server.register("ada").await.arrives().await;
    socket.says("First.").await;
    (server, socket)
}

#[tokio::test]
async fn x74_what_is_not_one_json_object_is_malformed() {
    let (_server, mut socket) = one_socket().await;
    let deep = format!(r#"{{"type":"send","text":{}1{}}}"#, "[".repeat(32), "]".repeat(32));
    let long_number = format!(r#"{{"type":"edit","text":"x","id":{}}}"#, "9".repeat(60_000));
    let many_keys = (0..40).map(|key| format!("\"k{key}\":1")).collect::<Vec<_>>().join(",");
    let cases = [
        "",
        " ",
        "null",
        "true",
        "1",
        "\"send\"",
        "[]",
        r#"[{"type":"send","text":"x"}]"#,
        "{",
        "}",
        "{}{}",
        r#"{"type":"send","text":"x"} x"#,
        r#"{"type":"send","text":"x",}"#,
        r#"{'type':'send','text':'x'}"#,
        r#"{"type":"send","type":"send","text":"x"}"#,
        r#"{"type":"send","text":"x","text":"y"}"#,
        r#"{"type":"edit","id":NaN,"text":"x"}"#,
        r#"{"type":"edit","id":Infinity,"text":"x"}"#,
        r#"{"type":"send","text":"x","nonce":"\ud800"}"#,
        r#"{"type":"send","text":"x","\udc00":"x"}"#,
        r#"{"\ud800":"send"}"#,
        "{\"type\":\"send\",\"text\":\"a\nb\"}",
        "\u{feff}{\"type\":\"send\",\"text\":\"x\"}",
        "{\"type\":\"send\",\"text\":\"x\"}\0",
        "/* */ {}",
        &deep,
        &long_number,
        &format!("{{{many_keys}}}"),
    ];
    for case in cases {
        let error = refusal(&mut socket, case).await;
        assert_eq!(error["code"], "malformed_json", "{case}");
        assert!(error.get("ref").is_none(), "{error}");
    }
    socket.hears_nothing().await;
}

#[tokio::test]
async fn x77_an_unknown_type_is_told_and_not_repeated() {
    let (_server, mut socket) = one_socket().await;
    for kind in ["null", "1", "[]", "{}", r#""""#, r#""shout""#, r#""SEND""#, r#""message""#, r#""users""#, r#""ok""#] {
        let error = refusal(&mut socket, &format!(r#"{{"type":{kind},"text":"x","ref":7}}"#)).await;
        let expected = json!({
            "type": "error", "code": "unknown_type", "field": "type", "ref": 7,
            "message": "`type` must be one of `send`, `edit`, `delete`, `read`, `hello`, `follow`, `unfollow`, `active`, `watch`, `typing`.",
        });
        assert_eq!(error, expected, "{kind}");
    }
    assert_eq!(refusal(&mut socket, "{}").await["code"], "unknown_type");
}

#[tokio::test]
async fn x23_a_field_that_nobody_asked_for_is_refused_and_nothing_happens() {
    let (_server, mut socket) = one_socket().await;
    for field in
        ["user", "user_id", "sender", "role", "is_admin", "seq", "time", "created_at", "seen", "id", "Text", ""]
    {
        let command = format!(r#"{{"type":"send","text":"x","ref":"r","{field}":1}}"#);
        let error = refusal(&mut socket, &command).await;
        assert_eq!((&error["code"], &error["ref"]), (&json!("unknown_field"), &json!("r")), "{error}");
    }
    for command in [
        r#"{"type":"edit","id":1,"text":"x","room":1}"#,
        r#"{"type":"delete","id":1,"text":"x"}"#,
        r#"{"type":"delete","id":1,"force":true}"#,
        r#"{"type":"read","up_to":1,"user":2}"#,
        r#"{"type":"hello","rooms":{},"user":"grace"}"#,
        r#"{"type":"edit","id":1,"text":"x","nonce":"n"}"#,
    ] {
        assert_eq!(refusal(&mut socket, command).await["code"], "unknown_field", "{command}");
    }
    socket.hears_nothing().await;
}

#[tokio::test]
async fn x25_only_plain_whole_numbers_are_ids() {
    let (_server, mut socket) = one_socket().await;
    let bad = [
        "-1",
        "0",
        "9007199254740992",
        "9223372036854775808",
        "18446744073709551616",
        "1e3",
        "1.0",
        "1.5",
        "-0",
        "\"1\"",
        "null",
        "true",
        "[1]",
        "{}",
        "\"9007199254740993\"",
        "1e400",
    ];
    for bad in bad {
        for (command, field) in [
            (format!(r#"{{"type":"edit","id":{bad},"text":"x"}}"#), "id"),
            (format!(r#"{{"type":"delete","id":{bad}}}"#), "id"),
            (format!(r#"{{"type":"read","up_to":{bad}}}"#), "up_to"),
        ] {
            let error = refusal(&mut socket, &command).await;
            if bad == "1e400" {
                assert_eq!(error["code"], "malformed_json", "{command}");
            } else {
                assert_eq!((&error["code"], &error["field"]), (&json!("invalid_field"), &json!(field)), "{command}");
            }
        }
        if bad != "null" && bad != "1e400" {
            let error = refusal(&mut socket, &format!(r#"{{"type":"send","text":"x","room":{bad}}}"#)).await;
            assert_eq!((&error["code"], &error["field"]), (&json!("invalid_field"), &json!("room")), "{bad}");
        }
    }
    socket.hears_nothing().await;
}

#[tokio::test]
async fn x26_what_should_be_text_must_be_text() {
    let (_server, mut socket) = one_socket().await;
    for bad in
        ["null", "1", "true", r#"["x"]"#, r#"{"$ne":""}"#, "\"\"", "\"  \"", r#""\u200b\u2060""#, r#""a\u0000b""#]
    {
        for command in ["send", "edit"] {
            let id = if command == "edit" { r#""id":1,"# } else { "" };
            let error = refusal(&mut socket, &format!(r#"{{"type":"{command}",{id}"text":{bad},"ref":1}}"#)).await;
            let told = (&error["code"], &error["field"], &error["ref"]);
            assert_eq!(told, (&json!("invalid_field"), &json!("text"), &json!(1)), "{bad}");
        }
    }
    for bad in ["1", "true", "[]", "{}", "\"\""] {
        let error = refusal(&mut socket, &format!(r#"{{"type":"send","text":"x","nonce":{bad}}}"#)).await;
        assert_eq!((&error["code"], &error["field"]), (&json!("invalid_field"), &json!("nonce")), "{bad}");
        if bad != "\"\"" {
            let bad = if bad == "1" { "1.5" } else { bad };
            let error = refusal(&mut socket, &format!(r#"{{"type":"send","text":"x","ref":{bad}}}"#)).await;
            assert_eq!((&error["code"], &error["field"]), (&json!("invalid_field"), &json!("ref")), "{bad}");
            assert!(error["ref"].is_null(), "{error}");
        }
    }
    socket.hears_nothing().await;
}

#[tokio::test]
async fn hello_takes_room_numbers_with_places_and_nothing_else() {
    let (_server, mut socket) = one_socket().await;
    for rooms in [
        "1",
        "[]",
        "\"1\"",
        r#"{"x":1}"#,
        r#"{"0":1}"#,
        r#"{"1":-1}"#,
        r#"{"1":"1"}"#,
        r#"{"1":1.5}"#,
        r#"{"1":null}"#,
        r#"{"9007199254740992":1}"#,
        r#"{"1":9007199254740992}"#,
        r#"{"":1}"#,
    ] {
        let error = refusal(&mut socket, &format!(r#"{{"type":"hello","rooms":{rooms}}}"#)).await;
        assert_eq!((&error["code"], &error["field"]), (&json!("invalid_field"), &json!("rooms")), "{rooms}");
    }
    let error = refusal(&mut socket, r#"{"type":"hello","epoch":7}"#).await;
    assert_eq!((&error["code"], &error["field"]), (&json!("invalid_field"), &json!("epoch")));
    socket.hears_nothing().await;
}

#[tokio::test]
async fn a_refusal_never_repeats_what_was_sent() {
    let (_server, mut socket) = one_socket().await;
    for command in [
        r#"{"type":"canary"}"#,
        r#"{"type":"send","text":"x","canary":1}"#,
        r#"{"type":"edit","id":"canary","text":"x"}"#,
        r#"{"type":"send","text":["canary"]}"#,
        r#"{"type":"hello","rooms":{"canary":1}}"#,
        r#"canary"#,
    ] {
        let error = refusal(&mut socket, command).await;
        assert!(!error.to_string().contains("canary"), "{error}");
    }
}

#[tokio::test]
async fn after_the_third_invalid_command_in_a_row_the_socket_is_closed_with_1008() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let (mut bad, mut good) = (ada.arrives().await, grace.arrives().await);
    for wrong in ["{", r#"{"type":"shout"}"#] {
        bad.say_text(wrong).await;
        bad.hears("error").await;
    }
    bad.says("Sorry.").await;
    for (wrong, code) in [
        ("{", "malformed_json"),
        (r#"{"type":"send","text":"x","nonce":"\ud800"}"#, "malformed_json"),
        (r#"{"type":"send"}"#, "invalid_field"),
    ] {
        bad.say_text(wrong).await;
        bad.is_refused(code).await;
    }
    assert_eq!(bad.is_closed().await.0, 1008);
    good.hears_message("Sorry.").await;
    good.says("He meant well.").await;
}

#[tokio::test]
async fn what_a_person_may_type_by_mistake_is_answered_with_its_ref_and_ends_nothing() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let mut socket = ada.arrives().await;
    let id = socket.says("First.").await["id"].clone();
    let slips = [
        r#""""#,
        r#""   ""#,
        r#""\u200b\u2060""#,
        r#""a\u0000b""#,
        r#""\ud83d""#,
        r#""cut \ude00 apart""#,
        &format!("\"{}\"", "x".repeat(8_001)),
        &format!("\"{}\"", "é".repeat(30_000)),
    ];
    for round in 0..3 {
        for (number, text) in slips.iter().enumerate() {
            for command in [r#""type":"send""#.to_owned(), format!(r#""type":"edit","id":{id}"#)] {
                socket.say_text(&format!(r#"{{{command},"text":{text},"ref":"{round} {number}"}}"#)).await;
                let error = socket.is_refused("invalid_field").await;
                assert_eq!(error["field"], "text", "{error}");
                assert_eq!(error["ref"], format!("{round} {number}"), "{error}");
            }
        }
    }
    socket.says("Still here.").await;
    // Between two defects a slip is no defect.
    for wrong in ["{", r#"{"type":"send","text":" "}"#, "{", "{"] {
        socket.say_text(wrong).await;
        socket.hears("error").await;
    }
    socket.says("And here.").await;
    assert_eq!(ada.reads_texts().await, ["First.", "Still here.", "And here."]);
}

#[tokio::test]
async fn a_refusal_by_the_rules_is_not_an_invalid_command() {
    let (_server, mut socket) = one_socket().await;
    for _ in 0..10 {
        socket.is_denied(json!({"type": "delete", "id": 7}), "not_found").await;
    }
    socket.says("Still here.").await;
}
