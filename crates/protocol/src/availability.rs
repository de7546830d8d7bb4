//! Availability: how somebody wants to be seen by others.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

use crate::decode::Fields;
use crate::errors::{ErrorCode, Refusal};
use crate::time::Timestamp;

/// How somebody wants to be seen: in their own log, and the body of `PUT /api/me/availability`, which replaces all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
pub struct Availability {
    /// Whether they hide: to all others they are offline and write nothing, and they see nobody's last time.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[ts(as = "Option<bool>", optional)]
    pub hidden: bool,
    /// Until when they do not want to be disturbed. It is over then, and nothing is told at that moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub busy_until: Option<Timestamp>,
}

impl Availability {
    /// Reads the body. Errors: malformed JSON, a mistyped field, or a further one.
    pub fn decode(json: &[u8]) -> Result<Self, Refusal> {
        let invalid = |field, message| Refusal::field(ErrorCode::InvalidField, field, message);
        let mut fields = Fields::parse(json)?;
        let hidden = match fields.value("hidden") {
            None => false,
            Some(Value::Bool(hidden)) => hidden,
            Some(_) => return Err(invalid("hidden", "`hidden` must be true or false.")),
        };
        let until = fields.value("busy_until").unwrap_or(Value::Null);
        let busy_until = serde_json::from_value(until).map_err(|_| {
            invalid("busy_until", "`busy_until` must be null, or a time as 2026-11-23T15:04:05Z; it may be left out.")
        })?;
        fields.finish(&["hidden", "busy_until"])?;
        Ok(Self { hidden, busy_until })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn availability_is_read_strictly_and_what_is_left_out_is_none() {
        let read = |json: &str| Availability::decode(json.as_bytes());
        assert_eq!(read("{}").unwrap(), Availability::default());
        let both = Availability { hidden: true, busy_until: Some(Timestamp(0)) };
        assert_eq!(read(r#"{"hidden":true,"busy_until":"1970-01-01T00:00:00Z"}"#).unwrap(), both);
        assert_eq!(read(r#"{"busy_until":null}"#).unwrap(), Availability::default());
        for (wrong, field) in [
            (r#"{"hidden":1}"#, Some("hidden")),
            (r#"{"hidden":null}"#, Some("hidden")),
            (r#"{"busy_until":7}"#, Some("busy_until")),
            (r#"{"busy_until":"soon"}"#, Some("busy_until")),
            (r#"{"busy":true}"#, None),
        ] {
            assert_eq!(read(wrong).unwrap_err().field, field, "{wrong}");
        }
    }
}
