//! What people write in one line: names of things, and what is said of them.

use chatterbox_protocol::characters::shows_nothing;
use chatterbox_protocol::errors::Refusal;
use chatterbox_protocol::limits::ICON_CHARS_MAX;
use unicode_normalization::UnicodeNormalization;

/// A text of one line as it is kept: in NFC, its words separated by single spaces; empty if there is nothing to see in it.
pub(crate) fn one_line(field: &'static str, what: &str, typed: &str, chars_max: usize) -> Result<String, Refusal> {
    let too_long = || Refusal::slip(field, format!("{what} may have at most {chars_max} characters."));
    // Cheap check first: normalising never makes a text shorter than a third (UAX #15 §9).
    if typed.len() > chars_max * 16 {
        return Err(too_long());
    }
    let text: String = typed.nfc().collect();
    if text.chars().any(turns_text) {
        return Err(Refusal::slip(field, format!("{what} may not have signs that turn the direction of text.")));
    }
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().any(char::is_control) {
        return Err(Refusal::slip(field, format!("{what} is one line of text, without control characters.")));
    }
    if text.chars().count() > chars_max {
        return Err(too_long());
    }
    Ok(if text.chars().all(shows_nothing) { String::new() } else { text })
}

/// One sign, or nothing.
pub(crate) fn emoji(field: &'static str, what: &str, typed: &str) -> Result<String, Refusal> {
    let sign = one_line(field, what, typed, ICON_CHARS_MAX)?;
    if sign.chars().any(|c| c.is_ascii_alphabetic() || c == ' ') {
        return Err(Refusal::slip(field, format!("{what} is one emoji, without letters or spaces.")));
    }
    Ok(sign)
}

/// Overrides, embeddings and isolates: what comes behind a name in the same line would be turned with it (threats.md X33).
fn turns_text(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
