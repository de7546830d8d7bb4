//! The place: what it may be called.

use chatterbox_protocol::errors::Refusal;
use chatterbox_protocol::limits::PLACE_NAME_CHARS_MAX;

use crate::lines::one_line;

/// A place's name that can be read: 1 to 60 characters in NFC, with single spaces between words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceName(String);

impl PlaceName {
    /// Checks a name as typed into this field; spaces around and between words are made single ones. Errors: a slip there.
    pub fn parse(field: &'static str, typed: &str) -> Result<Self, Refusal> {
        let name = one_line(field, "A place's name", typed, PLACE_NAME_CHARS_MAX)?;
        if name.is_empty() {
            return Err(Refusal::slip(field, "A place's name needs at least one character that can be seen."));
        }
        Ok(Self(name))
    }

    /// As it is stored and shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_a_name_of_one_line_that_can_be_read() {
        assert_eq!(PlaceName::parse("name", "  The \n Old  Mill ").unwrap().as_str(), "The Old Mill");
        let long = "x".repeat(PLACE_NAME_CHARS_MAX + 1);
        for typed in ["", " \u{200b} ", "a\u{202e}b", "a\u{7}b", long.as_str()] {
            assert_eq!(PlaceName::parse("place", typed).unwrap_err().field, Some("place"), "{typed:?}");
        }
    }
}
