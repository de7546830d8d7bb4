//! What is asked of rooms over HTTP, and answered.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

use super::{Member, RoomKind, RoomState};
use crate::decode::Fields;
use crate::errors::{ErrorCode, Refusal};
use crate::ids::{ID_MAX, RoomId, UserId};
use crate::limits::{DIRECT_PEOPLE_MAX, INVITED_MAX, NONCE_CHARS_MAX};
use crate::time::Timestamp;

/// The body of `POST /api/rooms`: a room that is to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct NewRoom {
    /// `open` or `closed`; without it, open.
    #[serde(default)]
    #[ts(as = "Option<RoomKind>", optional)]
    pub kind: RoomKind,
    /// What people will call it.
    pub name: String,
    /// What it is about.
    #[serde(default)]
    #[ts(as = "Option<String>", optional)]
    pub topic: String,
    /// An emoji that stands before its name.
    #[serde(default)]
    #[ts(as = "Option<String>", optional)]
    pub icon: String,
    /// Who else belongs to it from the start.
    #[serde(default)]
    #[ts(as = "Option<Vec<UserId>>", optional)]
    pub people: Vec<UserId>,
    /// What the client calls it: the same again makes no second room, and is answered like the first time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub nonce: Option<String>,
}

impl NewRoom {
    /// Reads the body. Errors: malformed JSON, a missing or mistyped field, a further one, or too many people.
    pub fn decode(json: &[u8]) -> Result<Self, Refusal> {
        let mut fields = Fields::parse(json)?;
        let kind = match fields.value("kind") {
            None => RoomKind::Open,
            Some(kind) => shared_kind(&kind).ok_or_else(not_a_kind)?,
        };
        let name = fields.text("name")?;
        let topic = text(&mut fields, "topic")?.unwrap_or_default();
        let icon = text(&mut fields, "icon")?.unwrap_or_default();
        let people = people(&mut fields, INVITED_MAX)?.unwrap_or_default();
        let nonce = fields.optional_text("nonce", NONCE_CHARS_MAX)?;
        fields.finish(&["kind", "name", "topic", "icon", "people", "nonce"])?;
        Ok(Self { kind, name, topic, icon, people, nonce })
    }
}

/// The body of `PATCH /api/rooms/{id}`: what is to become of a room. What is left out stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RoomChanges {
    /// `closed`, to let its members alone see it from now on. A closed room is never opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub kind: Option<RoomKind>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub name: Option<String>,
    /// What it is about; empty for nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub topic: Option<String>,
    /// An emoji that stands before its name; empty for none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub icon: Option<String>,
    /// Whether it is put away.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub archived: Option<bool>,
}

impl RoomChanges {
    /// Reads the body. Errors: malformed JSON, a mistyped field, a further one, none at all, or a kind that a room never becomes.
    pub fn decode(json: &[u8]) -> Result<Self, Refusal> {
        let mut fields = Fields::parse(json)?;
        let kind = match fields.value("kind") {
            None => None,
            Some(Value::String(kind)) if kind == "closed" => Some(RoomKind::Closed),
            Some(_) => {
                let message = "`kind` must be `closed`: an open room may be closed, and none is ever opened.";
                return Err(Refusal::field(ErrorCode::InvalidField, "kind", message));
            }
        };
        let (name, topic, icon) = (text(&mut fields, "name")?, text(&mut fields, "topic")?, text(&mut fields, "icon")?);
        let archived = flag(&mut fields, "archived")?;
        fields.finish(&["kind", "name", "topic", "icon", "archived"])?;
        let changes = Self { kind, name, topic, icon, archived };
        if changes == Self::default() {
            let message = "`kind`, `name`, `topic`, `icon` or `archived` must be there: nothing else can be changed.";
            return Err(Refusal::field(ErrorCode::InvalidField, "name", message));
        }
        Ok(changes)
    }
}

/// The body of `POST /api/rooms/{id}/members`: who is let in. And of `POST /api/direct`: with whom one wants to talk alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct NamedPeople {
    /// Their ids, each once.
    pub people: Vec<UserId>,
}

impl NamedPeople {
    /// Reads those who are let into a room. Errors: malformed JSON, a missing or mistyped field, a further one, or too many.
    pub fn decode_invited(json: &[u8]) -> Result<Self, Refusal> {
        Self::decode(json, INVITED_MAX)
    }

    /// Reads those of a direct room beside oneself; nobody, for a room of one's own. Errors: likewise.
    pub fn decode_direct(json: &[u8]) -> Result<Self, Refusal> {
        Self::decode(json, DIRECT_PEOPLE_MAX - 1)
    }

    fn decode(json: &[u8], max: usize) -> Result<Self, Refusal> {
        let mut fields = Fields::parse(json)?;
        let people = people(&mut fields, max)?.ok_or_else(|| not_people(max))?;
        fields.finish(&["people"])?;
        Ok(Self { people })
    }
}

/// The body of `PATCH /api/rooms/{id}/members/{user}`: what somebody is to be to a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MemberPatch {
    /// Whether they moderate it.
    pub moderator: bool,
}

impl MemberPatch {
    /// Reads the body. Errors: malformed JSON, a missing or mistyped field, or a further one.
    pub fn decode(json: &[u8]) -> Result<Self, Refusal> {
        let mut fields = Fields::parse(json)?;
        let moderator = flag(&mut fields, "moderator")?.ok_or_else(|| not_a_flag("moderator"))?;
        fields.finish(&["moderator"])?;
        Ok(Self { moderator })
    }
}

/// The answer to what makes or opens a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct OpenedRoom {
    /// Names the room.
    pub id: RoomId,
}

/// A room in the directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ListedRoom {
    /// Names the room.
    pub id: RoomId,
    /// What it is.
    pub state: RoomState,
    /// Whether whoever asks belongs to it.
    pub member: bool,
    /// How many people do.
    #[ts(type = "number")]
    pub members: u64,
    /// When something was last said there, or it was made.
    pub active: Timestamp,
}

/// A page of the directory, by names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DirectoryPage {
    /// The rooms.
    pub rooms: Vec<ListedRoom>,
    /// Whether there are more behind the last one.
    pub more: bool,
}

/// Somebody who belongs to a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ListedMember {
    /// Who.
    pub id: UserId,
    /// What they are to it.
    pub state: Member,
}

/// A page of those who belong to a room, by rising ids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MemberPage {
    /// The members.
    pub members: Vec<ListedMember>,
    /// Whether there are more behind the last one.
    pub more: bool,
}

fn shared_kind(kind: &Value) -> Option<RoomKind> {
    RoomKind::from_name(kind.as_str()?).filter(|kind| *kind != RoomKind::Direct)
}

fn not_a_kind() -> Refusal {
    Refusal::field(ErrorCode::InvalidField, "kind", "`kind` must be `open` or `closed`.")
}

fn text(fields: &mut Fields<'_>, name: &'static str) -> Result<Option<String>, Refusal> {
    match fields.value(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Refusal::field(ErrorCode::InvalidField, name, format!("`{name}` must be text."))),
    }
}

fn flag(fields: &mut Fields<'_>, name: &'static str) -> Result<Option<bool>, Refusal> {
    match fields.value(name) {
        None => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(flag)),
        Some(_) => Err(not_a_flag(name)),
    }
}

fn not_a_flag(name: &'static str) -> Refusal {
    Refusal::field(ErrorCode::InvalidField, name, format!("`{name}` must be true or false."))
}

/// People by their ids, if they are there; each once, however often they are named.
fn people(fields: &mut Fields<'_>, max: usize) -> Result<Option<Vec<UserId>>, Refusal> {
    let Some(value) = fields.value("people") else { return Ok(None) };
    let ids = value.as_array().filter(|ids| ids.len() <= max).ok_or_else(|| not_people(max))?;
    let id = |id: &Value| id.as_u64().filter(|id| (1..=ID_MAX).contains(id)).map(UserId).ok_or_else(|| not_people(max));
    let mut people = ids.iter().map(id).collect::<Result<Vec<_>, _>>()?;
    people.sort_unstable();
    people.dedup();
    Ok(Some(people))
}

fn not_people(max: usize) -> Refusal {
    let message = format!("`people` must be a list of at most {max} ids of people.");
    Refusal::field(ErrorCode::InvalidField, "people", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_of_rooms_is_read_strictly() {
        let room = NewRoom::decode(br#"{"name":"Kitchen","kind":"closed","people":[3,2,3]}"#).unwrap();
        assert_eq!((room.kind, room.people), (RoomKind::Closed, vec![UserId(2), UserId(3)]));
        for bad in [
            r#"{}"#,
            r#"{"name":1}"#,
            r#"{"name":"x","kind":"direct"}"#,
            r#"{"name":"x","people":[0]}"#,
            r#"{"name":"x","people":"2"}"#,
            r#"{"name":"x","more":1}"#,
        ] {
            assert!(NewRoom::decode(bad.as_bytes()).is_err(), "{bad}");
        }
        for bad in [r#"{}"#, r#"{"kind":"open"}"#, r#"{"kind":"direct"}"#, r#"{"archived":"yes"}"#, r#"{"topic":null}"#]
        {
            assert!(RoomChanges::decode(bad.as_bytes()).is_err(), "{bad}");
        }
        let everybody = (1..=INVITED_MAX as u64 + 1).collect::<Vec<_>>();
        let body = |people: &[u64]| serde_json::to_vec(&serde_json::json!({"people": people})).unwrap();
        assert!(NamedPeople::decode_invited(&body(&everybody)).is_err());
        assert!(NamedPeople::decode_invited(&body(&everybody[1..])).is_ok());
        assert!(NamedPeople::decode_direct(&body(&everybody[..DIRECT_PEOPLE_MAX])).is_err());
        assert!(NamedPeople::decode_direct(&body(&[])).unwrap().people.is_empty());
        assert!(MemberPatch::decode(b"{}").is_err());
    }
}
