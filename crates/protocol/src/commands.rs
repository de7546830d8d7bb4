//! Commands: what a client says over the socket. One JSON object in one text frame, told apart by `type`.
//!
//! `send`, `edit` and `delete` are the original program's; everything else is optional fields and further types on
//! top. Any command may carry `ref`, and is then answered by `ok` or `error` with the same `ref`.

mod people;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

use crate::characters::shows_nothing;
use crate::decode::Fields;
use crate::errors::{ErrorCode, Refusal};
use crate::ids::{ID_MAX, MessageId, RoomId, Seq, UserId};
use crate::limits::{FOLLOWED_MAX, HELLO_ROOMS_MAX, NONCE_CHARS_MAX, REF_CHARS_MAX, TEXT_CHARS_MAX};
use crate::logs::Followed;
pub use people::{Typing, Watch};

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
    Hello(Box<Hello>),
    /// Hear from now on what happens in these rooms, and catch up.
    Follow(Follow),
    /// Hear no longer what happens in a room.
    Unfollow(Unfollow),
    /// Say that there was input of the person's.
    Active,
    /// Say of whom one wants to be told how they are there.
    Watch(Watch),
    /// Say that the person is writing something.
    Typing(Typing),
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
    /// The nonce of what was said before it on this connection, and is to be stored before it: while that one is refused for
    /// a time, so is this. A final refusal of it, or a nonce that the server knows nothing of, holds up nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub after: Option<String>,
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
    /// The rooms to be brought up to date in and to hear of, in this order; then `rooms` says nothing, and one's own log
    /// and the house's are followed, too. Without it: every room that the user sees.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub follow: Option<Vec<Followed>>,
    /// The number of the last change that the client has applied in its own log.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub own: Option<Seq>,
    /// The number of the last change that it has applied in the house's log.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub house: Option<Seq>,
    /// Of whom the client wants to be told how they are there, as in `watch`. Without it: of everybody.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub people: Option<BTreeSet<UserId>>,
    /// Seconds since the person's last input here. Whoever says so says `active` at the next one; whose client never says
    /// either counts as active as long as it is connected.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub idle: Option<u64>,
}

/// Hear from now on what happens in these rooms, and catch up, the first one first. A room that is followed already is
/// caught up in from the number that is named: so a gap in one room is mended without the others.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, TS)]
pub struct Follow {
    /// Which rooms.
    pub rooms: Vec<Followed>,
    /// To catch up in one's own log from here, which is followed already.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub own: Option<Seq>,
    /// To catch up in the house's log from here, which is followed already.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub house: Option<Seq>,
    /// As in `hello`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub reset_after: Option<u64>,
}

/// Hear no longer what happens in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
pub struct Unfollow {
    /// Which room.
    pub room: RoomId,
}

/// A command as one frame's text.
pub fn encode(command: &Command, reference: Option<&Ref>) -> String {
    #[derive(Serialize)]
    struct Envelope<'a> {
        #[serde(flatten)]
        command: &'a Command,
        #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
        reference: Option<&'a Ref>,
    }
    serde_json::to_string(&Envelope { command, reference }).expect("a command is text, numbers and keys that are text")
}

/// A command with the name that its sender gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Called {
    /// What the answer will carry, if the sender wants one.
    pub reference: Option<Ref>,
    /// The command, or why it is none. A refusal keeps the `ref`, so that the sender learns which one failed.
    pub command: Result<Command, Refusal>,
    /// Of a `send` that is refused for a slip: it has its turn all the same, and what is to come after it waits for that.
    pub turn: Option<Box<Turn>>,
}

/// A `send` among others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    nonce: Option<String>,
    after: Option<String>,
}

impl Called {
    /// Reads one text frame.
    pub fn decode(json: &[u8]) -> Self {
        let mut turn = None;
        let mut fields = match Fields::parse(json) {
            Ok(fields) => fields,
            Err(refusal) => return Self { reference: None, command: Err(refusal), turn },
        };
        match reference(&mut fields) {
            Ok(reference) => {
                let command = command(fields, &mut turn);
                Self { reference, command, turn }
            }
            Err(refusal) => Self { reference: None, command: Err(refusal), turn },
        }
    }

    /// The nonce of a `send`.
    pub fn nonce(&self) -> Option<&str> {
        match (&self.command, &self.turn) {
            (Ok(Command::Send(Send { nonce, .. })), _) => nonce.as_deref(),
            (_, turn) => turn.as_ref()?.nonce.as_deref(),
        }
    }

    /// The nonce of what a `send` is to come after.
    pub fn after(&self) -> Option<&str> {
        match (&self.command, &self.turn) {
            (Ok(Command::Send(Send { after, .. })), _) => after.as_deref(),
            (_, turn) => turn.as_ref()?.after.as_deref(),
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

fn command(mut fields: Fields<'_>, turn: &mut Option<Box<Turn>>) -> Result<Command, Refusal> {
    let kind = match fields.value("type") {
        Some(Value::String(kind)) => kind,
        _ => String::new(),
    };
    let (command, known): (Command, &[&str]) = match kind.as_str() {
        "send" => (Command::Send(Send::take(&mut fields, turn)?), &["text", "room", "nonce", "after", "ref"]),
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
        "hello" => (
            Command::Hello(Box::new(Hello::take(&mut fields)?)),
            &["rooms", "epoch", "reset_after", "follow", "own", "house", "people", "idle", "ref"],
        ),
        "follow" => (Command::Follow(Follow::take(&mut fields)?), &["rooms", "own", "house", "reset_after", "ref"]),
        "unfollow" => (Command::Unfollow(Unfollow { room: RoomId(fields.number("room")?) }), &["room", "ref"]),
        "active" => (Command::Active, &["ref"]),
        "watch" => (Command::Watch(Watch::take(&mut fields)?), &["people", "ref"]),
        "typing" => (Command::Typing(Typing { room: RoomId(fields.number("room")?) }), &["room", "ref"]),
        _ => {
            return Err(Refusal::field(
                ErrorCode::UnknownType,
                "type",
                "`type` must be one of `send`, `edit`, `delete`, `read`, `hello`, `follow`, `unfollow`, `active`, `watch`, \
                 `typing`.",
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
            Self::Delete(_) | Self::Read(_) | Self::Hello(_) | Self::Follow(_) | Self::Unfollow(_) => Ok(()),
            Self::Active | Self::Watch(_) | Self::Typing(_) => Ok(()),
        }
    }
}

impl Send {
    fn take(fields: &mut Fields<'_>, turn: &mut Option<Box<Turn>>) -> Result<Self, Refusal> {
        let room = fields.optional_number("room")?.map(RoomId);
        let nonce = fields.optional_text("nonce", NONCE_CHARS_MAX)?;
        let after = fields.optional_text("after", NONCE_CHARS_MAX)?;
        // Once refused for a time, it would wait for itself.
        if after.is_some() && after == nonce {
            let message = "`after` must name another message than `nonce` does.";
            return Err(Refusal::field(ErrorCode::InvalidField, "after", message));
        }
        match message_text(fields) {
            Ok(text) => Ok(Self { text, room, nonce, after }),
            Err(refusal) => {
                *turn = refusal.is_slip.then(|| Box::new(Turn { nonce, after }));
                Err(refusal)
            }
        }
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
        let follow = match fields.value("follow") {
            None | Some(Value::Null) => None,
            Some(followed) => Some(followed_rooms(followed, "follow")?),
        };
        let (own, house) = places(fields)?;
        let (people, idle) = (people::watched(fields)?, people::idle(fields)?);
        let reset_after = fields.optional_number("reset_after")?;
        Ok(Self { rooms, epoch, reset_after, follow, own, house, people, idle })
    }
}

impl Follow {
    fn take(fields: &mut Fields<'_>) -> Result<Self, Refusal> {
        let rooms = match fields.value("rooms") {
            None | Some(Value::Null) => Vec::new(),
            Some(followed) => followed_rooms(followed, "rooms")?,
        };
        let (own, house) = places(fields)?;
        Ok(Self { rooms, own, house, reset_after: fields.optional_number("reset_after")? })
    }
}

fn places(fields: &mut Fields<'_>) -> Result<(Option<Seq>, Option<Seq>), Refusal> {
    Ok((place(fields, "own")?, place(fields, "house")?))
}

/// A number in a log; 0 is before all.
fn place(fields: &mut Fields<'_>, field: &'static str) -> Result<Option<Seq>, Refusal> {
    match fields.value(field) {
        None | Some(Value::Null) => Ok(None),
        Some(number) => {
            number.as_u64().filter(|number| *number <= ID_MAX).map(|number| Some(Seq(number))).ok_or_else(|| {
                let message = format!("`{field}` must be a whole number from 0 to {ID_MAX}.");
                Refusal::field(ErrorCode::InvalidField, field, message)
            })
        }
    }
}

fn followed_rooms(followed: Value, field: &'static str) -> Result<Vec<Followed>, Refusal> {
    let rooms = match followed {
        Value::Array(rooms) if rooms.len() <= FOLLOWED_MAX => rooms.into_iter().map(followed_room).collect(),
        _ => None,
    };
    let mut names = BTreeSet::new();
    let is_once = |rooms: &Vec<Followed>| rooms.iter().all(|followed| names.insert(followed.room));
    rooms.filter(is_once).ok_or_else(|| {
        let message = format!(
            "`{field}` must be a list of at most {FOLLOWED_MAX} objects, each with another `room` and perhaps a `seq`."
        );
        Refusal::field(ErrorCode::InvalidField, field, message)
    })
}

fn followed_room(followed: Value) -> Option<Followed> {
    let Value::Object(mut fields) = followed else { return None };
    let room = fields.remove("room")?.as_u64().filter(|room| (1..=ID_MAX).contains(room))?;
    let seq = match fields.remove("seq") {
        None | Some(Value::Null) => None,
        Some(seq) => Some(Seq(seq.as_u64().filter(|seq| *seq <= ID_MAX)?)),
    };
    fields.is_empty().then_some(Followed { room: RoomId(room), seq })
}

fn rooms_refusal() -> Refusal {
    Refusal::field(
        ErrorCode::InvalidField,
        "rooms",
        format!("`rooms` must be an object of at most {HELLO_ROOMS_MAX} room ids with sequence numbers."),
    )
}

#[cfg(test)]
mod tests;
