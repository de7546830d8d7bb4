//! Commands: what a client says over the socket. One JSON object in one text frame, told apart by `type`.
//!
//! `send`, `edit` and `delete` are the original program's; everything else is optional fields and further types on
//! top. Any command may carry `ref`, and is then answered by `ok` or `error` with the same `ref`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

use crate::characters::shows_nothing;
use crate::decode::Fields;
use crate::errors::{ErrorCode, Refusal};
use crate::ids::{ID_MAX, MessageId, RoomId, Seq};
use crate::limits::{HELLO_ROOMS_MAX, NONCE_CHARS_MAX, REF_CHARS_MAX, TEXT_CHARS_MAX};

/// What the client calls a command, to recognise its answer: text of up to 64 characters, or a whole number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(untagged)]
pub enum Ref {
    /// A number from 0 to 2⁵³ − 1.
    Number(#[ts(type = "number")] u64),
    /// A text.
    Text(String),
}

/// What a client asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Command {
    /// Store a message and show it to everyone in the room.
    Send(Send),
    /// Replace the text of one's own message.
    Edit(Edit),
    /// Take a message out of the history.
    Delete(Delete),
    /// Say up to where one has read.
    Read(Read),
    /// Turn the contract's one-room view into the full one, and catch up.
    Hello(Hello),
}

/// Store a message and show it to everyone in the room, the sender included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Send {
    /// What to say: 1 to 8,000 characters, not only blanks.
    pub text: String,
    /// Where; the first room if it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub room: Option<RoomId>,
    /// A name of the sender's own making, which names this message for good. The same message under it again stores
    /// nothing and answers as before; another one is refused. It should be random, 128 bits: a counter comes again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub nonce: Option<String>,
}

/// Replace the text of one's own message. Doing it twice does nothing more than doing it once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Edit {
    /// Which message.
    pub id: MessageId,
    /// The new text, by the same rules as a sent one.
    pub text: String,
}

/// Take a message out of the history: one's own, or anyone's for who moderates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Delete {
    /// Which message.
    pub id: MessageId,
}

/// Say up to where one has read. Going backwards has no effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Read {
    /// Where; the first room if it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub room: Option<RoomId>,
    /// The place in the room's log up to which everything has been shown to a person.
    pub up_to: Seq,
}

/// Turn the contract's one-room view into the full one, and catch up.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, TS)]
pub struct Hello {
    /// For each room that the client holds messages of: the number of the last change it has applied.
    #[ts(type = "Record<string, number>")]
    pub rooms: BTreeMap<RoomId, Seq>,
    /// The epoch that those numbers belong to, as the last `hello` event told it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub epoch: Option<String>,
    /// In a room where it has missed more changes than this, the client would rather forget what it holds and start
    /// again from the newest page. Without it, it is brought everything, however much that is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub reset_after: Option<u64>,
}

/// A command as one frame's text.
pub fn encode(command: &Command, reference: Option<&Ref>) -> String {
    #[derive(Serialize)]
    struct Frame<'a> {
        #[serde(flatten)]
        command: &'a Command,
        #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
        reference: Option<&'a Ref>,
    }
    serde_json::to_string(&Frame { command, reference }).expect("a command is text, numbers and keys that are text")
}

/// A command with the name that its sender gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Called {
    /// What the answer will carry, if the sender wants one.
    pub reference: Option<Ref>,
    /// The command, or why it is none. A refusal keeps the `ref`, so that the sender learns which one failed.
    pub command: Result<Command, Refusal>,
}

impl Called {
    /// Reads one text frame.
    pub fn decode(json: &[u8]) -> Self {
        let mut fields = match Fields::parse(json) {
            Ok(fields) => fields,
            Err(refusal) => return Self { reference: None, command: Err(refusal) },
        };
        match reference(&mut fields) {
            Ok(reference) => Self { reference, command: command(fields) },
            Err(refusal) => Self { reference: None, command: Err(refusal) },
        }
    }
}

fn reference(fields: &mut Fields<'_>) -> Result<Option<Ref>, Refusal> {
    match fields.value("ref") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.chars().count() <= REF_CHARS_MAX => Ok(Some(Ref::Text(text))),
        Some(Value::Number(number)) if number.as_u64().is_some_and(|n| n <= ID_MAX) => {
            Ok(number.as_u64().map(Ref::Number))
        }
        Some(_) => Err(Refusal::field(
            ErrorCode::InvalidField,
            "ref",
            format!("`ref` must be text of up to {REF_CHARS_MAX} characters, or a whole number."),
        )),
    }
}

fn command(mut fields: Fields<'_>) -> Result<Command, Refusal> {
    let kind = match fields.value("type") {
        Some(Value::String(kind)) => kind,
        _ => String::new(),
    };
    let (command, known): (Command, &[&str]) = match kind.as_str() {
        "send" => (Command::Send(Send::take(&mut fields)?), &["text", "room", "nonce", "ref"]),
        "edit" => (
            Command::Edit(Edit { id: MessageId(fields.number("id")?), text: message_text(&mut fields)? }),
            &["id", "text", "ref"],
        ),
        "delete" => (Command::Delete(Delete { id: MessageId(fields.number("id")?) }), &["id", "ref"]),
        "read" => (
            Command::Read(Read {
                room: fields.optional_number("room")?.map(RoomId),
                up_to: Seq(fields.number("up_to")?),
            }),
            &["room", "up_to", "ref"],
        ),
        "hello" => (Command::Hello(Hello::take(&mut fields)?), &["rooms", "epoch", "reset_after", "ref"]),
        _ => {
            return Err(Refusal::field(
                ErrorCode::UnknownType,
                "type",
                "`type` must be one of `send`, `edit`, `delete`, `read`, `hello`.",
            ));
        }
    };
    fields.finish(known)?;
    Ok(command)
}

impl Command {
    /// Whether its text, if it has one, is one that the server takes. Errors: what the server would answer.
    pub fn check_text(&self) -> Result<(), Refusal> {
        match self {
            Self::Send(Send { text, .. }) | Self::Edit(Edit { text, .. }) => check_text(text),
            Self::Delete(_) | Self::Read(_) | Self::Hello(_) => Ok(()),
        }
    }
}

impl Send {
    fn take(fields: &mut Fields<'_>) -> Result<Self, Refusal> {
        Ok(Self {
            text: message_text(fields)?,
            room: fields.optional_number("room")?.map(RoomId),
            nonce: fields.optional_text("nonce", NONCE_CHARS_MAX)?,
        })
    }
}

/// The text of a message: kept as typed, but not blank and not too long. What only looks blank (zero-width and other
/// invisible characters alone) counts as blank, too.
fn message_text(fields: &mut Fields<'_>) -> Result<String, Refusal> {
    let text = fields.text("text")?;
    if fields.text_is_torn() {
        let message = "`text` may not contain half of a character: a surrogate without the other one.";
        return Err(Refusal::slip("text", message));
    }
    check_text(&text)?;
    Ok(text)
}

fn check_text(text: &str) -> Result<(), Refusal> {
    let refuse = |message: String| Err(Refusal::slip("text", message));
    if text.chars().count() > TEXT_CHARS_MAX {
        return refuse(format!("`text` may have at most {TEXT_CHARS_MAX} characters."));
    }
    if text.contains('\0') {
        return refuse("`text` may not contain the character U+0000.".to_owned());
    }
    if text.chars().all(shows_nothing) {
        return refuse("`text` must have something to read in it.".to_owned());
    }
    Ok(())
}

impl Hello {
    fn take(fields: &mut Fields<'_>) -> Result<Self, Refusal> {
        let rooms = match fields.value("rooms") {
            None | Some(Value::Null) => BTreeMap::new(),
            Some(Value::Object(rooms)) if rooms.len() <= HELLO_ROOMS_MAX => rooms
                .iter()
                .map(|(room, seq)| {
                    let room = room.parse().ok().filter(|room| (1..=ID_MAX).contains(room))?;
                    let seq = seq.as_u64().filter(|seq| *seq <= ID_MAX)?;
                    Some((RoomId(room), Seq(seq)))
                })
                .collect::<Option<_>>()
                .ok_or_else(rooms_refusal)?,
            Some(_) => return Err(rooms_refusal()),
        };
        let epoch = fields.optional_text("epoch", NONCE_CHARS_MAX)?;
        Ok(Self { rooms, epoch, reset_after: fields.optional_number("reset_after")? })
    }
}

fn rooms_refusal() -> Refusal {
    Refusal::field(
        ErrorCode::InvalidField,
        "rooms",
        format!("`rooms` must be an object of at most {HELLO_ROOMS_MAX} room ids with sequence numbers."),
    )
}

#[cfg(test)]
mod tests {
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
        let send = Command::Send(Send { text: "hi".into(), room: None, nonce: None });
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
                let refusal = called.command.expect_err(text);
                assert_eq!(called.reference, Some(Ref::Number(7)), "{text}");
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
        let whole = Command::Send(Send { text: "😀\u{ffff}".into(), room: None, nonce: None });
        assert_eq!(decode(r#"{"type":"send","text":"\ud83d\ude00\uffff"}"#), Ok(whole));
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
            (text, proptest::option::of(1..=ID_MAX), proptest::option::of("[a-z0-9-]{1,64}"))
                .prop_map(|(text, room, nonce)| Command::Send(Send { text, room: room.map(RoomId), nonce })),
            (id.clone(), text).prop_map(|(id, text)| Command::Edit(Edit { id: MessageId(id), text })),
            id.clone().prop_map(|id| Command::Delete(Delete { id: MessageId(id) })),
            id.clone().prop_map(|seq| Command::Read(Read { room: None, up_to: Seq(seq) })),
            proptest::collection::btree_map(1..=ID_MAX, 0..=ID_MAX, 0..5).prop_map(|rooms| {
                let rooms = rooms.into_iter().map(|(room, seq)| (RoomId(room), Seq(seq))).collect();
                Command::Hello(Hello { rooms, epoch: None, reset_after: None })
            }),
        ]
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(command in any_command()) {
            let called = Called::decode(encode(&command, Some(&Ref::Number(7))).as_bytes());
            prop_assert_eq!(called, Called { reference: Some(Ref::Number(7)), command: Ok(command) });
        }

        #[test]
        fn no_bytes_make_the_decoder_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = Called::decode(&bytes);
        }
    }
}
