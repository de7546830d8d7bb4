//! How people are there, as those are told who know them by their ids.

use serde::de::Deserializer;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::ids::{RoomId, UserId};
use crate::logs::is_false;
use crate::time::Timestamp;

/// How people are there, or what has changed since this was last told. Only for connections that follow the house's log,
/// whose cards say who has which id, and for those that say whom they watch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PresentPeople {
    /// Whether whoever is not named is offline.
    #[serde(default, skip_serializing_if = "is_false")]
    #[ts(as = "Option<bool>", optional)]
    pub reset: bool,
    /// The people, by rising ids.
    pub people: Vec<PersonPresence>,
}

/// How somebody is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PersonPresence {
    /// Who.
    pub id: UserId,
    /// How they are there, or that they are not.
    pub state: PresenceState,
    /// Until when they do not want to be disturbed. Nothing is told at that moment: whoever draws it looks at the clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub busy: Option<Timestamp>,
    /// Of who is offline, to those who watch them: when they were last there, to five minutes; to the day, once that is a day
    /// ago.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub last: Option<Timestamp>,
}

impl PersonPresence {
    /// Somebody of whom nothing else is said.
    pub const fn offline(id: UserId) -> Self {
        Self { id, state: PresenceState::Offline, busy: None, last: None }
    }

    /// The same without the time at which they were last there.
    #[must_use]
    pub const fn without_last(self) -> Self {
        Self { last: None, ..self }
    }
}

/// Somebody writes something that is meant for a room. It is over after six seconds without another of these, and with the
/// person's message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PersonTyping {
    /// Which room.
    pub room: RoomId,
    /// Who.
    pub user: UserId,
}

/// How somebody is there. Whoever is there in a way that a client does not know is online to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PresenceState {
    /// They are not, or hide that they are.
    Offline,
    /// They are connected, and no client of theirs has had input for some minutes.
    Away,
    /// They are there, or were a moment ago.
    Online,
}

impl<'de> Deserialize<'de> for PresenceState {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        Ok(match &*word {
            "offline" => Self::Offline,
            "away" => Self::Away,
            _ => Self::Online,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_there_in_a_way_unknown_is_online() {
        let read = |state: &str| serde_json::from_str::<PersonPresence>(&format!(r#"{{"id":2,"state":{state}}}"#));
        let states =
            [r#""offline""#, r#""away""#, r#""online""#, r#""asleep""#].map(|state| read(state).unwrap().state);
        assert_eq!(states, [PresenceState::Offline, PresenceState::Away, PresenceState::Online, PresenceState::Online]);
        assert!(read("1").is_err());
    }
}
