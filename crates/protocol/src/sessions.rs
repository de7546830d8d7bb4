//! Sessions: the list of places where one is logged in.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::decode::Fields;
use crate::errors::Refusal;
use crate::ids::SessionId;
use crate::time::Timestamp;

/// One of the user's own live sessions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Session {
    /// Names the session, to revoke it.
    pub id: SessionId,
    /// When it began.
    pub created: Timestamp,
    /// When it was last used, to within a few minutes.
    pub used: Timestamp,
    /// When it ends unless it is used before.
    pub expires: Timestamp,
    /// Whether it is the one that asks.
    pub current: bool,
    /// The network that it was begun from, as `192.0.2.0/24` or `2001:db8:1::/48`; without it, that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub from: Option<String>,
    /// What it was begun by, in words such as "Firefox on Linux"; without it, that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub agent: Option<String>,
}

/// The session that one has begun last by a link from another device. It may have ended since: the list of sessions tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct NewDevice {
    /// Names it in the list, where it is ended.
    pub session: SessionId,
    /// When it began.
    pub time: Timestamp,
}

/// The body of `POST /api/me/device-link`. It has no `Debug`, so that the password stays out of the program's output.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct NewDeviceLink {
    /// The password, to show that it is oneself.
    pub password: String,
}

impl NewDeviceLink {
    /// Reads the body. Errors: malformed JSON, a missing or mistyped field, or a further one.
    pub fn decode(json: &[u8]) -> Result<Self, Refusal> {
        let mut fields = Fields::parse(json)?;
        let password = fields.text("password")?;
        fields.finish(&["password"])?;
        Ok(Self { password })
    }
}

/// The answer to `POST /api/me/device-link`. It has no `Debug`, so that the code stays out of the program's output.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MadeDeviceLink {
    /// What the link has behind its `#`. It is shown this once and stored nowhere.
    pub code: String,
    /// From when on it signs nobody in.
    pub expires: Timestamp,
}

/// The answer to `POST /login/device/look`: whom the link signs in, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LookedDeviceLink {
    /// What the place is called.
    pub place: String,
    /// The username.
    pub username: String,
    /// How they want to be called; without it, by their username.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[ts(as = "Option<String>", optional)]
    pub name: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_of_device_links_is_read_strictly() {
        assert!(NewDeviceLink::decode(br#"{"password":"x"}"#).is_ok());
        for bad in ["{}", r#"{"password":7}"#, r#"{"password":"x","code":"x"}"#] {
            assert!(NewDeviceLink::decode(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
