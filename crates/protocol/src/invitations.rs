//! Invitations: links by which somebody comes to the place and lands in rooms.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

use crate::decode::Fields;
use crate::errors::{ErrorCode, Refusal};
use crate::ids::{ID_MAX, InvitationId, RoomId, UserId};
use crate::limits::{INVITATION_ROOMS_MAX, INVITATION_USES_MAX};
use crate::place::Admission;
use crate::time::Timestamp;

/// The body of `POST /api/invitations`: a link that is to be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct NewInvitation {
    /// The rooms that whoever comes by it belongs to from then on, beside the first.
    #[serde(default)]
    #[ts(as = "Option<Vec<RoomId>>", optional)]
    pub rooms: Vec<RoomId>,
    /// From when on it leads nowhere: within a year. Without it, in seven days.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub expires: Option<Timestamp>,
    /// How many people may come by it; without it, any number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub uses: Option<u32>,
}

impl NewInvitation {
    /// Reads the body. Errors: malformed JSON, a mistyped field, a further one, too many rooms, or more uses than there may be.
    pub fn decode(json: &[u8]) -> Result<Self, Refusal> {
        let mut fields = Fields::parse(json)?;
        let rooms = fields.value("rooms").map_or(Ok(Vec::new()), |value| rooms(&value))?;
        let expires = fields.value("expires").filter(|value| !value.is_null()).map(moment).transpose()?;
        let uses = fields.value("uses").filter(|value| !value.is_null()).map(|value| count(&value)).transpose()?;
        fields.finish(&["rooms", "expires", "uses"])?;
        Ok(Self { rooms, expires, uses })
    }
}

/// Rooms by their ids, in the order in which they are named; each once.
fn rooms(value: &Value) -> Result<Vec<RoomId>, Refusal> {
    let wrong = || {
        let message = format!("`rooms` must be a list of at most {INVITATION_ROOMS_MAX} ids of rooms.");
        Refusal::field(ErrorCode::InvalidField, "rooms", message)
    };
    let ids = value.as_array().filter(|ids| ids.len() <= INVITATION_ROOMS_MAX).ok_or_else(wrong)?;
    let mut rooms = Vec::new();
    for id in ids {
        let room = id.as_u64().filter(|id| (1..=ID_MAX).contains(id)).map(RoomId).ok_or_else(wrong)?;
        if !rooms.contains(&room) {
            rooms.push(room);
        }
    }
    Ok(rooms)
}

fn moment(value: Value) -> Result<Timestamp, Refusal> {
    let wanted = "`expires` must be a time as 2026-11-23T15:04:05Z.";
    serde_json::from_value(value).map_err(|_| Refusal::field(ErrorCode::InvalidField, "expires", wanted))
}

fn count(value: &Value) -> Result<u32, Refusal> {
    let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
    number.filter(|number| (1..=INVITATION_USES_MAX).contains(number)).ok_or_else(|| {
        let message = format!("`uses` must be a whole number from 1 to {INVITATION_USES_MAX}.");
        Refusal::field(ErrorCode::InvalidField, "uses", message)
    })
}

/// The answer to what makes an invitation. It has no `Debug`, so that the code stays out of the program's output.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MadeInvitation {
    /// Names it in the list of one's own. It is no secret and opens nothing; the code does.
    pub id: InvitationId,
    /// What the link has behind `/join/`. It is shown this once and stored nowhere.
    pub code: String,
}

/// An invitation in the list of one's own, or, for administrators, of everybody's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ListedInvitation {
    /// Names it.
    pub id: InvitationId,
    /// Whose it is.
    pub by: UserId,
    /// The rooms that it leads into, as far as whoever asks sees them.
    pub rooms: Vec<RoomId>,
    /// When it was made.
    pub created: Timestamp,
    /// From when on it leads nowhere.
    pub expires: Timestamp,
    /// How many people may come by it; without it, any number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub uses: Option<u32>,
    /// How many have.
    pub used: u32,
}

/// The body of `POST /api/join/look` and of `POST /api/join`, and of `POST /login/device/look` and `POST /login/device`. It has no `Debug`, so that the code stays out of the program's
/// output.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ShownCode {
    /// What the link has behind `/join/`, or behind its `#`.
    pub code: String,
}

impl ShownCode {
    /// Reads the body. Errors: malformed JSON, a missing or mistyped field, or a further one.
    pub fn decode(json: &[u8]) -> Result<Self, Refusal> {
        let mut fields = Fields::parse(json)?;
        let code = fields.text("code")?;
        fields.finish(&["code"])?;
        Ok(Self { code })
    }
}

/// The answer to `POST /api/join/look`: where an invitation leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LookedInvitation {
    /// What the place is called.
    pub place: String,
    /// Who may register there.
    pub registration: Admission,
    /// Who invites.
    pub by: Inviter,
    /// What the rooms are called that it leads into.
    pub rooms: Vec<String>,
}

/// Who invites.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Inviter {
    /// The username.
    pub username: String,
    /// How they want to be called; without it, by their username.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[ts(as = "Option<String>", optional)]
    pub name: String,
}

/// The answer to `POST /api/join`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct JoinedRooms {
    /// The rooms that the invitation leads into and that one belongs to, in its order.
    pub rooms: Vec<RoomId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_of_invitations_is_read_strictly() {
        let made = NewInvitation::decode(br#"{"rooms":[7,3,7],"expires":"2026-12-01T12:00:00Z","uses":1000}"#).unwrap();
        assert_eq!((made.rooms, made.uses), (vec![RoomId(7), RoomId(3)], Some(1000)));
        assert_eq!(NewInvitation::decode(br#"{"uses":null,"expires":null}"#).unwrap(), NewInvitation::default());
        for bad in [
            r#"{"rooms":7}"#,
            r#"{"rooms":[0]}"#,
            r#"{"rooms":["7"]}"#,
            r#"{"uses":0}"#,
            r#"{"uses":1001}"#,
            r#"{"uses":1.5}"#,
            r#"{"expires":"soon"}"#,
            r#"{"expires":7}"#,
            r#"{"code":"x"}"#,
        ] {
            assert!(NewInvitation::decode(bad.as_bytes()).is_err(), "{bad}");
        }
        let many = serde_json::json!({"rooms": (1..=INVITATION_ROOMS_MAX + 1).collect::<Vec<_>>()});
        assert!(NewInvitation::decode(&serde_json::to_vec(&many).unwrap()).is_err());
        assert!(ShownCode::decode(b"{}").is_err() && ShownCode::decode(br#"{"code":"x","by":1}"#).is_err());
    }
}
