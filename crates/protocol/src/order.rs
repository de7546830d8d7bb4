//! The order in which somebody has their rooms.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

use crate::decode::Fields;
use crate::errors::{ErrorCode, Refusal};
use crate::ids::{ID_MAX, RoomId};
use crate::limits::{ORDERED_MAX, SECTION_CHARS_MAX, SECTIONS_MAX};

/// How somebody has the list of their rooms, on all devices. It may name rooms that they do not have: whoever draws the list
/// leaves these out. Also the body of `PUT /api/me/order`, which puts all of it in the place of what was there.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
pub struct Order {
    /// Those that stand before all others, the first first.
    pub pinned: Vec<RoomId>,
    /// Those that were put in an order by hand, the first first; all others follow by their names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<RoomId>>", optional)]
    pub rooms: Vec<RoomId>,
    /// The names of the sections of the list that are folded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<String>>", optional)]
    pub folded: Vec<String>,
}

impl Order {
    /// Reads the body. Errors: malformed JSON, no `pinned`, a mistyped or further field, a room or a section that is there
    /// twice, or too many of them.
    pub fn decode(json: &[u8]) -> Result<Self, Refusal> {
        let mut fields = Fields::parse(json)?;
        let pinned = rooms("pinned", fields.value("pinned"))?;
        let pinned =
            pinned.ok_or_else(|| invalid("pinned", "`pinned` must be there, and be a list of rooms.".into()))?;
        let by_hand = rooms("rooms", fields.value("rooms"))?.unwrap_or_default();
        let folded = fields.value("folded").map(sections).transpose()?.unwrap_or_default();
        fields.finish(&["pinned", "rooms", "folded"])?;
        if pinned.len() + by_hand.len() > ORDERED_MAX {
            return Err(invalid("rooms", format!("`pinned` and `rooms` may name {ORDERED_MAX} rooms in all.")));
        }
        if !are_distinct(pinned.iter().chain(&by_hand)) {
            return Err(invalid("rooms", "`pinned` and `rooms` may name a room once.".into()));
        }
        Ok(Self { pinned, rooms: by_hand, folded })
    }

    /// How many bytes it takes on the wire, about.
    pub fn bytes(&self) -> usize {
        const BYTES_OF_ID: usize = 17;
        let Self { pinned, rooms, folded } = self;
        (pinned.len() + rooms.len()) * BYTES_OF_ID + folded.iter().map(|name| name.len() + 3).sum::<usize>()
    }
}

fn rooms(field: &'static str, value: Option<Value>) -> Result<Option<Vec<RoomId>>, Refusal> {
    let wanted = || invalid(field, format!("`{field}` must be a list of rooms: whole numbers from 1 to {ID_MAX}."));
    let Some(value) = value else { return Ok(None) };
    let all = value.as_array().ok_or_else(wanted)?.iter();
    let id = |value: &Value| value.as_u64().filter(|id| (1..=ID_MAX).contains(id)).map(RoomId).ok_or_else(wanted);
    all.map(id).collect::<Result<_, _>>().map(Some)
}

fn sections(value: Value) -> Result<Vec<String>, Refusal> {
    let wanted = || {
        let name = format!("1 to {SECTION_CHARS_MAX} small letters, digits, `-` or `_`");
        invalid("folded", format!("`folded` must be a list of up to {SECTIONS_MAX} names, each once, of {name}."))
    };
    let names: Vec<String> = serde_json::from_value(value).map_err(|_| wanted())?;
    let is_name = |name: &String| {
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
        (1..=SECTION_CHARS_MAX).contains(&name.len()) && name.bytes().all(fits)
    };
    let is_right = names.len() <= SECTIONS_MAX && names.iter().all(is_name) && are_distinct(&names);
    is_right.then_some(names).ok_or_else(wanted)
}

fn are_distinct<T: std::hash::Hash + Eq>(all: impl IntoIterator<Item = T>) -> bool {
    let mut seen = HashSet::new();
    all.into_iter().all(|each| seen.insert(each))
}

fn invalid(field: &'static str, message: String) -> Refusal {
    Refusal::field(ErrorCode::InvalidField, field, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_read_strictly() {
        let whole = Order::decode(br#"{"pinned":[3],"rooms":[2,1],"folded":["direct"]}"#).unwrap();
        let folded = vec!["direct".to_owned()];
        assert_eq!(whole, Order { pinned: vec![RoomId(3)], rooms: vec![RoomId(2), RoomId(1)], folded });
        assert_eq!(Order::decode(br#"{"pinned":[]}"#).unwrap(), Order::default());
        let many = |count: usize| (1..=count).map(|id| id.to_string()).collect::<Vec<_>>().join(",");
        assert!(Order::decode(format!(r#"{{"pinned":[{}]}}"#, many(ORDERED_MAX)).as_bytes()).is_ok());
        for bad in [
            "{}".to_owned(),
            r#"{"pinned":null}"#.to_owned(),
            r#"{"pinned":["1"]}"#.to_owned(),
            r#"{"pinned":[0]}"#.to_owned(),
            r#"{"pinned":[1,1]}"#.to_owned(),
            r#"{"pinned":[1],"rooms":[1]}"#.to_owned(),
            r#"{"pinned":[],"folded":["a","a"]}"#.to_owned(),
            r#"{"pinned":[],"folded":["A"]}"#.to_owned(),
            r#"{"pinned":[],"folded":[""]}"#.to_owned(),
            r#"{"pinned":[],"more":1}"#.to_owned(),
            format!(r#"{{"pinned":[{}],"rooms":[9999]}}"#, many(ORDERED_MAX)),
        ] {
            assert!(Order::decode(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
