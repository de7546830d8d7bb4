//! Usernames: which are allowed, and which would be taken for one another. What Unicode and the IETF have published, read
//! over the present data of Unicode: `docs/decisions/0005-what-a-name-is.md`.

mod characters;
mod keys;

use chatterbox_protocol::errors::{ErrorCode, Refusal};
use chatterbox_protocol::ids::UserId;
use chatterbox_protocol::limits::USERNAME_CHARS_MAX;
use unicode_normalization::UnicodeNormalization;
use unicode_security::mixed_script::AugmentedScriptSet;

pub use self::keys::{KEYS_VERSION, fold, look};

/// Names that mean everybody, or a place: whoever calls for those calls for nobody.
const NOBODYS: [&str; 5] = ["room", "here", "all", "everyone", "channel"];

/// How somebody is called who has left for good, before a number of theirs. No name begins like that.
const SOMEBODY_GONE: &str = "Somebody who left";

/// Marks on one letter, as UTS #39 §5.4 has it. Vietnamese takes two, Burmese and Tibetan three.
const MARKS_MAX: usize = 4;

/// A name in NFC that follows the rules: 1 to 32 visible characters of one script (or of scripts that are written
/// together, as UTS #39 §5.2 "highly restrictive" lists them), words separated by single spaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Username(String);

impl Username {
    /// Checks a name as typed. Errors: [`ErrorCode::InvalidField`] with the rule that it breaks.
    pub fn parse(typed: &str) -> Result<Self, Refusal> {
        // Cheap check first: normalising may make a text three times as long (UAX #15 §9), never shorter than a third.
        if typed.len() > USERNAME_CHARS_MAX * 16 {
            return Err(too_long());
        }
        let name: String = typed.nfc().collect();
        let chars = name.chars().count();
        if chars == 0 {
            return Err(refusal("A username needs at least one character."));
        }
        if chars > USERNAME_CHARS_MAX {
            return Err(too_long());
        }
        if name.starts_with(' ') || name.ends_with(' ') || name.contains("  ") {
            return Err(refusal("A username may have single spaces between words, and none around them."));
        }
        if !characters::are_seen(&name) {
            return Err(refusal("A username may have only visible characters."));
        }
        if keys::has_at_sign(&name) {
            return Err(refusal("A username may not have an @ in it: what has one is an e-mail address."));
        }
        if !name.chars().any(char::is_alphanumeric) {
            return Err(refusal("A username needs at least one letter or digit."));
        }
        if name.split(' ').any(|word| word.starts_with(characters::is_mark)) {
            return Err(refusal("A username may not have a mark without a letter before it."));
        }
        if has_mark_tower(&name) {
            return Err(refusal("A username may have at most four marks on one letter, and none of them twice."));
        }
        if keys::has_hidden_dot(&name) {
            return Err(refusal("A username may not have a dot on a letter that has one."));
        }
        if is_nobodys(&name) {
            return Err(refusal(
                "A username may not be a word that means everybody or somebody who left, nor look like one.",
            ));
        }
        if !is_one_script_mix(&name) {
            return Err(refusal("A username may not mix letters of scripts that are not written together."));
        }
        Ok(Self(name))
    }

    /// The name as it is stored and shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn refusal(message: &str) -> Refusal {
    Refusal::field(ErrorCode::InvalidField, "username", message)
}

fn too_long() -> Refusal {
    refusal(&format!("A username may have at most {USERNAME_CHARS_MAX} characters."))
}

fn is_nobodys(name: &str) -> bool {
    let (fold, look) = (fold(name), look(name));
    let is_nobodys = NOBODYS.into_iter().any(|word| word == fold || self::look(word) == look);
    is_nobodys || look.starts_with(&self::look(SOMEBODY_GONE))
}

/// How somebody is called who has left for good. Nobody can take that name.
pub fn somebody_gone(id: UserId) -> String {
    format!("{SOMEBODY_GONE} ({id})")
}

/// Marks that take no place of their own are piled up, or hide behind each other.
fn has_mark_tower(name: &str) -> bool {
    let mut tower = Vec::new();
    name.nfd().any(|c| {
        if !characters::is_piled_mark(c) {
            tower.clear();
            return false;
        }
        let is_repeated = tower.last() == Some(&c);
        tower.push(c);
        is_repeated || tower.len() > MARKS_MAX
    })
}

fn is_one_script_mix(name: &str) -> bool {
    let mut all = AugmentedScriptSet::default();
    let mut without_latin = AugmentedScriptSet::default();
    for c in name.chars() {
        let scripts = AugmentedScriptSet::for_char(c);
        all.intersect_with(scripts);
        if !characters::is_latin(c) {
            without_latin.intersect_with(scripts);
        }
    }
    // Latin is written together with Chinese, Japanese and Korean, and with nothing else.
    !all.is_empty() || without_latin.kore || without_latin.hanb || without_latin.jpan
}

#[cfg(test)]
mod tests;
