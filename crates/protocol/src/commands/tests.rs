//! Commands, read and written.

use proptest::prelude::*;

use super::*;

fn decode(json: &str) -> Result<Command, Refusal> {
    Called::decode(json.as_bytes()).command
}

fn code(json: &str) -> ErrorCode {
    decode(json).expect_err(json).code
}

#[test]
fn the_contracts_commands_need_nothing_but_its_fields() {
    let send = Command::Send(Send { text: "hi".into(), room: None, nonce: None, after: None });
    assert_eq!(decode(r#"{"type":"send","text":"hi"}"#), Ok(send));
    let edit = Command::Edit(Edit { id: MessageId(7), text: "ho".into() });
    assert_eq!(decode(r#"{"type":"edit","id":7,"text":"ho"}"#), Ok(edit));
    assert_eq!(decode(r#"{"type":"delete","id":7}"#), Ok(Command::Delete(Delete { id: MessageId(7) })));
}

#[test]
fn a_refused_command_keeps_its_ref() {
    let called = Called::decode(br#"{"type":"send","ref":"a1","text":""}"#);
    assert_eq!(called.reference, Some(Ref::Text("a1".into())));
    assert_eq!(called.command.unwrap_err().code, ErrorCode::InvalidField);
    assert_eq!(Called::decode(br#"{"type":"nope","ref":7}"#).reference, Some(Ref::Number(7)));
}

#[test]
fn text_is_kept_as_typed_but_never_blank_or_endless() {
    for blank in ["", "   ", "\\n\\t", "\\u200b\\u200d", "\\u2800\\u3164", "\\u0000", "a\\u0000"] {
        assert_eq!(code(&format!(r#"{{"type":"send","text":"{blank}"}}"#)), ErrorCode::InvalidField, "{blank}");
    }
    let longest = "é".repeat(TEXT_CHARS_MAX);
    assert!(decode(&format!(r#"{{"type":"send","text":"{longest}"}}"#)).is_ok());
    assert_eq!(code(&format!(r#"{{"type":"send","text":"{longest}x"}}"#)), ErrorCode::InvalidField);
}

#[test]
fn what_a_person_may_type_by_mistake_is_a_slip_and_whatever_else_is_refused_is_a_programs_defect() {
    let long = "x".repeat(TEXT_CHARS_MAX + 1);
    let slips =
        ["", "  ", "\\n", "\\u200b", "a\\u0000", "\\ud83d", "\\ude00", "a\\ud83dz", "\\ud83d\\ud83d\\ude00", &long];
    for text in slips {
        for command in [r#""send""#, r#""edit","id":7"#] {
            let called = Called::decode(format!(r#"{{"type":{command},"text":"{text}","ref":7}}"#).as_bytes());
            assert_eq!(called.reference, Some(Ref::Number(7)), "{text}");
            let refusal = called.command.expect_err(text);
            assert!(refusal.is_slip && refusal.field == Some("text"), "{text}: {refusal:?}");
        }
    }
    for defect in [
        "",
        "{",
        "[]",
        "{}",
        r#"{"type":"shout"}"#,
        r#"{"type":"send"}"#,
        r#"{"type":"send","text":null}"#,
        r#"{"type":"send","text":7}"#,
        r#"{"type":"send","text":["a"]}"#,
        r#"{"type":"send","text":"a","text":""}"#,
        r#"{"type":"send","text":"a","user":"eve"}"#,
        r#"{"type":"send","text":"a","room":0}"#,
        r#"{"type":"send","text":"a","nonce":""}"#,
        r#"{"type":"send","text":"a","nonce":"\ud83d"}"#,
        r#"{"type":"send","text":"a","after":""}"#,
        r#"{"type":"send","text":"a","after":7}"#,
        r#"{"type":"send","text":"a","after":["n"]}"#,
        r#"{"type":"send","text":"a","after":"\ud83d"}"#,
        r#"{"type":"send","text":"a","nonce":"n","after":"n"}"#,
        r#"{"type":"edit","id":7,"text":"a","after":"n"}"#,
        r#"{"type":"delete","id":7,"after":"n"}"#,
        r#"{"type":"read","up_to":7,"after":"n"}"#,
        r#"{"type":"hello","after":"n"}"#,
        r#"{"type":"send","text":"\ud83d","nonce":"\ud83d"}"#,
        r#"{"type":"send","text":"a","ref":{}}"#,
        r#"{"type":"send","text":"\ud83g"}"#,
        r#"{"type":"send","text":"\ud83d"#,
        r#"{"type":"edit","text":"a"}"#,
        r#"{"type":"edit","id":"7","text":""}"#,
        r#"{"type":"delete"}"#,
        r#"{"type":"delete","id":7,"text":"\ud83d"}"#,
        r#"{"type":"read","up_to":-1}"#,
        r#"{"type":"hello","rooms":[]}"#,
        r#"{"type":"hello","epoch":""}"#,
        r#"{"type":"hello","rooms":{"\ud83d":1}}"#,
    ] {
        assert!(!decode(defect).expect_err(defect).is_slip, "{defect}");
    }
    let whole = Command::Send(Send { text: "😀\u{ffff}".into(), room: None, nonce: None, after: None });
    assert_eq!(decode(r#"{"type":"send","text":"\ud83d\ude00\uffff"}"#), Ok(whole));
}

#[test]
fn a_send_names_what_it_comes_after_by_the_rules_of_a_nonce() {
    let send = |after: &str| format!(r#"{{"type":"send","text":"a","nonce":"n","after":{after},"ref":7}}"#);
    let longest = "é".repeat(NONCE_CHARS_MAX);
    for (written, read) in [("null", None), (r#""m""#, Some("m")), (&format!("\"{longest}\""), Some(&longest[..]))] {
        let after = read.map(str::to_owned);
        let expected = Command::Send(Send { text: "a".into(), room: None, nonce: Some("n".into()), after });
        assert_eq!(decode(&send(written)), Ok(expected), "{written}");
    }
    for wrong in [r#""""#, r#""n""#, "1", "true", "{}", &format!("\"{longest}x\"")] {
        let called = Called::decode(send(wrong).as_bytes());
        let refusal = called.command.expect_err(wrong);
        assert_eq!(called.reference, Some(Ref::Number(7)), "{wrong}");
        assert_eq!((refusal.code, refusal.field), (ErrorCode::InvalidField, Some("after")), "{wrong}");
    }
}

#[test]
fn a_send_that_is_refused_for_a_slip_still_says_where_it_stands() {
    for text in ["", "a\\u0000", "a\\ud83d"] {
        let called = |command: &str| Called::decode(format!(r#"{{"type":{command},"text":"{text}"}}"#).as_bytes());
        let slip = called(r#""send","nonce":"n","after":"m""#);
        assert_eq!((slip.nonce(), slip.after()), (Some("n"), Some("m")), "{text}");
        for command in [r#""send""#, r#""send","nonce":"","after":"m""#, r#""edit","id":7"#] {
            let other = called(command);
            assert_eq!((other.nonce(), other.after()), (None, None), "{command}");
        }
    }
}

#[test]
fn x23_x26_no_other_field_and_no_other_type_gets_through() {
    assert_eq!(code(r#"{"type":"send","text":"a","user":"eve"}"#), ErrorCode::UnknownField);
    assert_eq!(code(r#"{"type":"send","text":["a"]}"#), ErrorCode::InvalidField);
    assert_eq!(code(r#"{"type":"send","text":{"a":1}}"#), ErrorCode::InvalidField);
    assert_eq!(code(r#"{"type":["send"],"text":"a"}"#), ErrorCode::UnknownType);
    assert_eq!(code(r#"{"text":"a"}"#), ErrorCode::UnknownType);
    assert_eq!(code(r#"{"type":"hello","rooms":{"x":1}}"#), ErrorCode::InvalidField);
    assert_eq!(code(r#"{"type":"send","text":"a","ref":{}}"#), ErrorCode::InvalidField);
}

fn any_command() -> impl Strategy<Value = Command> {
    let id = 1..=ID_MAX;
    let text = "[a-z]\\PC{0,40}";
    prop_oneof![
        (
            text,
            proptest::option::of(1..=ID_MAX),
            proptest::option::of("[a-z0-9]{1,64}"),
            proptest::option::of("[A-Z-]{1,64}")
        )
            .prop_map(|(text, room, nonce, after)| Command::Send(Send {
                text,
                room: room.map(RoomId),
                nonce,
                after
            })),
        (id.clone(), text).prop_map(|(id, text)| Command::Edit(Edit { id: MessageId(id), text })),
        id.clone().prop_map(|id| Command::Delete(Delete { id: MessageId(id) })),
        id.clone().prop_map(|seq| Command::Read(Read { room: None, up_to: Seq(seq) })),
        proptest::collection::btree_map(1..=ID_MAX, 0..=ID_MAX, 0..5).prop_map(|rooms| {
            let rooms = rooms.into_iter().map(|(room, seq)| (RoomId(room), Seq(seq))).collect();
            Command::Hello(Box::new(Hello { rooms, ..Hello::default() }))
        }),
    ]
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(command in any_command()) {
        let called = Called::decode(encode(&command, Some(&Ref::Number(7))).as_bytes());
        prop_assert_eq!(called, Called { reference: Some(Ref::Number(7)), command: Ok(command), turn: None });
    }

    #[test]
    fn no_bytes_make_the_decoder_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = Called::decode(&bytes);
    }
}
