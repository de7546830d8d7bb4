//! What a client says of people: that its own is here or writes, and of whom it wants to be told.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;
use ts_rs::TS;

use crate::decode::Fields;
use crate::errors::{ErrorCode, Refusal};
use crate::ids::{ID_MAX, RoomId, UserId};
use crate::limits::WATCHED_MAX;

/// Be told how these people are there, and nobody else, from now on. It takes the place of the last one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, TS)]
pub struct Watch {
    /// Whom.
    pub people: BTreeSet<UserId>,
}

/// Say that the person is writing something that is meant for a room. It is told to those who follow the room, and stored
/// nowhere; of one connection it is heeded once in three seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
pub struct Typing {
    /// Which room.
    pub room: RoomId,
}

impl Watch {
    pub(super) fn take(fields: &mut Fields<'_>) -> Result<Self, Refusal> {
        Ok(Self { people: watched(fields)?.ok_or_else(people_refusal)? })
    }
}

/// `people`, if it is there.
pub(super) fn watched(fields: &mut Fields<'_>) -> Result<Option<BTreeSet<UserId>>, Refusal> {
    let people = match fields.value("people") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Array(people)) if people.len() <= WATCHED_MAX => people,
        Some(_) => return Err(people_refusal()),
    };
    let id = |id: &Value| id.as_u64().filter(|id| (1..=ID_MAX).contains(id)).map(UserId);
    people.iter().map(id).collect::<Option<_>>().map(Some).ok_or_else(people_refusal)
}

/// `idle`, if it is there: it may be 0, unlike ids.
pub(super) fn idle(fields: &mut Fields<'_>) -> Result<Option<u64>, Refusal> {
    match fields.value("idle") {
        None | Some(Value::Null) => Ok(None),
        Some(seconds) => match seconds.as_u64().filter(|seconds| *seconds <= ID_MAX) {
            Some(seconds) => Ok(Some(seconds)),
            None => {
                let message = "`idle` must be a whole number of seconds.";
                Err(Refusal::field(ErrorCode::InvalidField, "idle", message))
            }
        },
    }
}

fn people_refusal() -> Refusal {
    let message = format!("`people` must be a list of at most {WATCHED_MAX} user ids.");
    Refusal::field(ErrorCode::InvalidField, "people", message)
}
