//! Strict reading of one JSON object: no duplicate keys, no deep nesting, no trailing bytes, no unknown fields unless they
//! are left unread on purpose, and refusals that name the field and its rule without repeating what was sent.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;

use crate::errors::{ErrorCode, Refusal};
use crate::ids::ID_MAX;
use crate::limits::JSON_DEPTH_MAX;

/// A name, which nearly always stands in the JSON as it is, and what it names.
type Field<'a> = (Cow<'a, str>, Value);

/// The fields of one JSON object, taken out one by one.
pub struct Fields<'a> {
    entries: Vec<Field<'a>>,
    /// `text` had half of a character in it, which stands there as [`HALF`].
    text_is_torn: bool,
}

/// Stands for a surrogate without its other half. It is no character either, and takes as many bytes as an escape.
const HALF: char = '\u{ffff}';

impl<'a> Fields<'a> {
    /// Reads one object. Errors: [`ErrorCode::MalformedJson`].
    pub fn parse(json: &'a [u8]) -> Result<Self, Refusal> {
        // Counting is much quicker than following, and no command has many.
        let brackets = json.iter().filter(|byte| matches!(byte, b'{' | b'[')).count();
        if brackets > JSON_DEPTH_MAX && depth(json) > JSON_DEPTH_MAX {
            return Err(malformed(format!("JSON may nest at most {JSON_DEPTH_MAX} levels deep.")));
        }
        if let Ok(Entries(entries)) = serde_json::from_slice(json) {
            return Ok(Self { entries, text_is_torn: false });
        }
        torn(json).ok_or_else(|| malformed("Expected one JSON object, with each key once and nothing after it."))
    }

    /// Whether there was half of a character in `text`: a surrogate alone, which JSON can write and no text can hold. People
    /// make one by cutting an emoji apart.
    pub fn text_is_torn(&self) -> bool {
        self.text_is_torn
    }

    fn take(&mut self, name: &str) -> Option<Value> {
        let at = self.entries.iter().position(|(key, _)| key == name)?;
        Some(self.entries.swap_remove(at).1)
    }

    /// A text that must be there.
    pub fn text(&mut self, name: &'static str) -> Result<String, Refusal> {
        match self.take(name) {
            Some(Value::String(text)) => Ok(text),
            _ => Err(invalid(name, format!("`{name}` must be there, and be text."))),
        }
    }

    /// A text of at most `chars_max` characters, and not empty, that may be absent or null.
    pub fn optional_text(&mut self, name: &'static str, chars_max: usize) -> Result<Option<String>, Refusal> {
        match self.take(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if !text.is_empty() && text.chars().count() <= chars_max => Ok(Some(text)),
            Some(_) => Err(invalid(name, format!("`{name}` must be text of 1 to {chars_max} characters."))),
        }
    }

    /// A whole number from 1 to [`ID_MAX`] that must be there.
    pub fn number(&mut self, name: &'static str) -> Result<u64, Refusal> {
        self.optional_number(name)?.ok_or_else(|| not_a_number(name))
    }

    /// A whole number from 1 to [`ID_MAX`] that may be absent or null.
    pub fn optional_number(&mut self, name: &'static str) -> Result<Option<u64>, Refusal> {
        match self.take(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => match value.as_u64() {
                Some(number @ 1..=ID_MAX) => Ok(Some(number)),
                _ => Err(not_a_number(name)),
            },
        }
    }

    /// Any value, if it is there.
    pub fn value(&mut self, name: &'static str) -> Option<Value> {
        self.take(name)
    }

    /// Ends the reading. Errors: [`ErrorCode::UnknownField`] if something is left; `known` is what would be right.
    pub fn finish(self, known: &[&str]) -> Result<(), Refusal> {
        if self.entries.is_empty() {
            return Ok(());
        }
        let known = known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        Err(Refusal::new(ErrorCode::UnknownField, format!("There is an unknown field. Known here: {known}.")))
    }
}

fn malformed(message: impl Into<String>) -> Refusal {
    Refusal::new(ErrorCode::MalformedJson, message)
}

fn invalid(field: &'static str, message: String) -> Refusal {
    Refusal::field(ErrorCode::InvalidField, field, message)
}

fn not_a_number(field: &'static str) -> Refusal {
    invalid(field, format!("`{field}` must be a whole number from 1 to {ID_MAX}."))
}

/// The deepest nesting of brackets outside of strings. A scan of its own, because the parser's limit is fixed at 128.
fn depth(json: &[u8]) -> usize {
    let (mut depth, mut deepest, mut in_text, mut escaped) = (0usize, 0usize, false, false);
    for &byte in json {
        if escaped {
            escaped = false;
        } else if in_text {
            escaped = byte == b'\\';
            in_text = byte != b'"';
        } else {
            match byte {
                b'"' => in_text = true,
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth = depth.saturating_sub(1),
                _ => {}
            }
            deepest = deepest.max(depth);
        }
    }
    deepest
}

/// What is one plain object but for halves of characters in its `text`.
fn torn(json: &[u8]) -> Option<Fields<'static>> {
    let marked = with_halves_marked(json);
    let Entries(entries) = serde_json::from_slice(&marked).ok()?;
    let entries: Vec<Field<'static>> =
        entries.into_iter().map(|(name, value)| (Cow::Owned(name.into_owned()), value)).collect();
    let has_half = |name: &str, value: &Value| name.contains(HALF) || value.to_string().contains(HALF);
    let (text, others): (Vec<_>, Vec<_>) = entries.iter().partition(|(name, _)| name == "text");
    let is_torn = |entries: &[&Field<'_>]| entries.iter().any(|(name, value)| has_half(name, value));
    (is_torn(&text) && !is_torn(&others)).then_some(Fields { entries, text_is_torn: true })
}

/// The same JSON, with [`HALF`] in the place of each escaped surrogate that stands alone.
fn with_halves_marked(json: &[u8]) -> Vec<u8> {
    const ESCAPE_BYTES: usize = 6;
    let mut marked = json.to_vec();
    let mut at = 0;
    while at < json.len() {
        at += match escaped(&json[at..]) {
            Some(0xd800..=0xdbff)
                if matches!(json.get(at + ESCAPE_BYTES..).and_then(escaped), Some(0xdc00..=0xdfff)) =>
            {
                2 * ESCAPE_BYTES
            }
            Some(0xd800..=0xdfff) => {
                marked[at..at + ESCAPE_BYTES].copy_from_slice(b"\\uffff");
                ESCAPE_BYTES
            }
            Some(_) => ESCAPE_BYTES,
            // Whatever is escaped otherwise is one byte.
            None if json[at] == b'\\' => 2,
            None => 1,
        };
    }
    marked
}

/// The number of a `\u` escape at the beginning of this.
fn escaped(json: &[u8]) -> Option<u16> {
    let digits = json.strip_prefix(b"\\u")?.first_chunk::<4>()?;
    let digits = std::str::from_utf8(digits).ok().filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))?;
    u16::from_str_radix(digits, 16).ok()
}

struct Entries<'a>(Vec<Field<'a>>);

#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntriesVisitor)
    }
}

struct EntriesVisitor;

impl<'de> Visitor<'de> for EntriesVisitor {
    type Value = Entries<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("one object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries<'de>, A::Error> {
        // Enough for any command, so that a frame full of keys is refused before it is compared key by key.
        const KEYS_MAX: usize = 32;
        let mut entries: Vec<Field<'de>> = Vec::new();
        while let Some((Name(key), value)) = map.next_entry::<Name<'de>, Value>()? {
            if entries.len() == KEYS_MAX || entries.iter().any(|(known, _)| *known == key) {
                return Err(serde::de::Error::custom("duplicate or too many keys"));
            }
            entries.push((key, value));
        }
        Ok(Entries(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(json: &[u8]) -> ErrorCode {
        Fields::parse(json).err().expect("refused").code
    }

    #[test]
    fn x74_whatever_is_not_one_plain_object_is_malformed() {
        let deep = format!("{{\"a\":{}1{}}}", "[".repeat(40), "]".repeat(40));
        let cases: [&[u8]; 9] = [
            b"",
            b"[]",
            b"{} {}",
            b"\xef\xbb\xbf{}",
            b"{\"a\":1,\"a\":2}",
            b"{\"a\":NaN}",
            b"{\"a\":\"\\ud800\"}",
            b"{\"a\":\"\xff\"}",
            deep.as_bytes(),
        ];
        for json in cases {
            assert_eq!(code(json), ErrorCode::MalformedJson, "{}", String::from_utf8_lossy(json));
        }
        let million_digits = format!("{{\"a\":{}}}", "9".repeat(50_000));
        assert_eq!(code(million_digits.as_bytes()), ErrorCode::MalformedJson);
    }

    #[test]
    fn x25_only_whole_safe_numbers_are_ids() {
        for bad in ["-1", "0", "9007199254740992", "9223372036854775808", "1e3", "\"1\"", "1.0", "[]", "{}", "true"] {
            let json = format!("{{\"id\":{bad}}}");
            let mut fields = Fields::parse(json.as_bytes()).unwrap();
            assert_eq!(fields.number("id").unwrap_err().code, ErrorCode::InvalidField, "{bad}");
        }
        let mut fields = Fields::parse(b"{\"id\":9007199254740991}").unwrap();
        assert_eq!(fields.number("id"), Ok(ID_MAX));
    }

    #[test]
    fn x23_a_field_that_nobody_asked_for_is_refused_without_being_repeated() {
        let mut fields = Fields::parse(b"{\"text\":\"a\",\"is_admin\":true}").unwrap();
        fields.text("text").unwrap();
        let refusal = fields.finish(&["text"]).unwrap_err();
        assert_eq!(refusal.code, ErrorCode::UnknownField);
        assert!(!refusal.message.contains("is_admin"));
    }
}
