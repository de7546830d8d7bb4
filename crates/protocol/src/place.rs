//! The place: this server as people know it, by its name, and who may register there.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

use crate::decode::Fields;
use crate::errors::{ErrorCode, Refusal};

/// What a place is called that nobody has named.
pub const PLACE_NAME: &str = "ChatterBox";

/// Who may register. The very first may in any case, because somebody has to own the place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Admission {
    /// Whoever opens it.
    #[default]
    Open,
    /// Whoever has an invitation.
    Invite,
    /// Nobody.
    Closed,
}

impl Admission {
    /// Each of them, for tables and tests.
    pub const ALL: [Admission; 3] = [Self::Open, Self::Invite, Self::Closed];

    /// As the wire and the database write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Invite => "invite",
            Self::Closed => "closed",
        }
    }

    /// The one of that name, if there is one.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|admission| admission.as_str() == name)
    }
}

/// What the place is, as the house's log says once it was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PlaceState {
    /// What people call it.
    pub name: String,
    /// Who may register.
    pub registration: Admission,
}

impl Default for PlaceState {
    fn default() -> Self {
        Self { name: PLACE_NAME.to_owned(), registration: Admission::Open }
    }
}

/// The answer to `GET /api/place`: what anybody may know of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct KnownPlace {
    /// What people call it.
    pub name: String,
    /// Who may register.
    pub registration: Admission,
    /// Whether nobody has registered yet: whoever comes first owns it, and gives it its name.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[ts(as = "Option<bool>", optional)]
    pub unclaimed: bool,
}

/// The body of `PATCH /api/place`: what is to become of the place. What is left out stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PlaceChanges {
    /// What people call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub name: Option<String>,
    /// Who may register.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub registration: Option<Admission>,
}

impl PlaceChanges {
    /// Reads the body. Errors: malformed JSON, a mistyped field, a further one, or none at all.
    pub fn decode(json: &[u8]) -> Result<Self, Refusal> {
        let invalid = |field, message| Refusal::field(ErrorCode::InvalidField, field, message);
        let mut fields = Fields::parse(json)?;
        let name = match fields.value("name") {
            None => None,
            Some(Value::String(name)) => Some(name),
            Some(_) => return Err(invalid("name", "`name` must be text.")),
        };
        let registration = match fields.value("registration") {
            None => None,
            Some(value) => Some(
                value
                    .as_str()
                    .and_then(Admission::from_name)
                    .ok_or_else(|| invalid("registration", "`registration` must be `open`, `invite` or `closed`."))?,
            ),
        };
        fields.finish(&["name", "registration"])?;
        if name.is_none() && registration.is_none() {
            return Err(invalid("name", "`name` or `registration` must be there: nothing else can be changed."));
        }
        Ok(Self { name, registration })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_to_become_of_the_place_is_read_strictly() {
        let changes = PlaceChanges::decode(br#"{"registration":"invite"}"#).unwrap();
        assert_eq!(changes, PlaceChanges { name: None, registration: Some(Admission::Invite) });
        for bad in ["{}", r#"{"name":1}"#, r#"{"registration":"ajar"}"#, r#"{"registration":null}"#, r#"{"owner":1}"#] {
            assert!(PlaceChanges::decode(bad.as_bytes()).is_err(), "{bad}");
        }
        for admission in Admission::ALL {
            assert_eq!(serde_json::to_value(admission).unwrap(), admission.as_str());
        }
    }
}
