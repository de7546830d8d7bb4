//! Who is online, as those are told who know people by their ids.

use serde::de::Deserializer;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::ids::UserId;
use crate::logs::is_false;

/// Who is online, or who has come and who has gone since this was last told. Only for connections that follow the house's
/// log: its cards say who has which id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PresentPeople {
    /// Whether these are all who are online: whoever is not named is offline.
    #[serde(default, skip_serializing_if = "is_false")]
    #[ts(as = "Option<bool>", optional)]
    pub reset: bool,
    /// The people, by rising ids.
    pub people: Vec<PersonPresence>,
}

/// Whether somebody is online.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PersonPresence {
    /// Who.
    pub id: UserId,
    /// How they are there, or that they are not.
    pub state: PresenceState,
}

/// How somebody is there. Whoever is there in a way that a client does not know is online to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PresenceState {
    /// They are not.
    Offline,
    /// By any connection, or by one that ended a moment ago.
    Online,
}

impl<'de> Deserialize<'de> for PresenceState {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        Ok(if word == "offline" { Self::Offline } else { Self::Online })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_there_in_a_way_unknown_is_online() {
        let read = |state: &str| serde_json::from_str::<PersonPresence>(&format!(r#"{{"id":2,"state":{state}}}"#));
        let states = [r#""offline""#, r#""online""#, r#""away""#].map(|state| read(state).unwrap().state);
        assert_eq!(states, [PresenceState::Offline, PresenceState::Online, PresenceState::Online]);
        assert!(read("1").is_err());
    }
}
