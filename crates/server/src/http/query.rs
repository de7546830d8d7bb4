//! The parameters of an address: each known and once.

use std::borrow::Cow;

use chatterbox_protocol::errors::{ErrorCode, Refusal};
use chatterbox_protocol::ids::ID_MAX;
use percent_encoding::percent_decode_str;

/// Parameters, as they are written.
pub(super) struct Query<'a> {
    given: Vec<(&'static str, &'a str)>,
}

impl<'a> Query<'a> {
    /// Reads what stands behind the `?`. Errors: a parameter that is not among these, or is there twice.
    pub(super) fn parse(query: Option<&'a str>, known: &[&'static str]) -> Result<Self, Refusal> {
        let mut given: Vec<(&'static str, &'a str)> = Vec::new();
        for pair in query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let Some(name) = known.iter().find(|known| **known == name) else {
                let known = known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
                let message = format!("There is an unknown parameter. Known here: {known}.");
                return Err(Refusal::new(ErrorCode::UnknownField, message));
            };
            if given.iter().any(|(other, _)| other == name) {
                let message = format!("`{name}` may be there only once.");
                return Err(Refusal::field(ErrorCode::InvalidField, name, message));
            }
            given.push((name, value));
        }
        Ok(Self { given })
    }

    fn value(&self, name: &'static str) -> Option<&'a str> {
        self.given.iter().find(|(given, _)| *given == name).map(|(_, value)| *value)
    }

    /// A text; empty if it is not there. What is no text in it is read as a sign that stands for that.
    pub(super) fn text(&self, name: &'static str) -> String {
        let spaced = self.value(name).unwrap_or_default().replace('+', " ");
        let text: Cow<'_, str> = percent_decode_str(&spaced).decode_utf8_lossy();
        text.into_owned()
    }

    /// A whole number from `least`, if it is there. Errors: it is none.
    pub(super) fn number_from(&self, name: &'static str, least: u64) -> Result<Option<u64>, Refusal> {
        self.value(name).map(|value| number(name, value, least)).transpose()
    }

    /// A whole number from 0, if it is there. Errors: it is none.
    pub(super) fn number(&self, name: &'static str) -> Result<Option<u64>, Refusal> {
        self.number_from(name, 0)
    }

    /// How many are asked for in `limit`, at most so many, and so many if nothing is said. Errors: it is no number from 1.
    pub(super) fn limit(&self, max: usize) -> Result<usize, Refusal> {
        let limit = self.number_from("limit", 1)?;
        Ok(limit.and_then(|limit| usize::try_from(limit).ok()).map_or(max, |limit| limit.min(max)))
    }
}

/// A whole number as it is written in an address, from `least`.
pub(super) fn number(field: &'static str, text: &str, least: u64) -> Result<u64, Refusal> {
    let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| is_plain && (least..=ID_MAX).contains(number)).ok_or_else(|| {
        let message = format!("`{field}` must be a whole number from {least} to {ID_MAX}.");
        Refusal::field(ErrorCode::InvalidField, field, message)
    })
}
