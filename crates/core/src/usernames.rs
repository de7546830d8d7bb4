//! Usernames: which are allowed, and which would be taken for one another.

use caseless::Caseless;
use chatterbox_protocol::characters::is_invisible;
use chatterbox_protocol::errors::{ErrorCode, Refusal};
use chatterbox_protocol::limits::USERNAME_CHARS_MAX;
use unicode_normalization::UnicodeNormalization;
use unicode_security::confusable_detection::skeleton;
use unicode_security::mixed_script::AugmentedScriptSet;

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
        if name.chars().any(|c| c != ' ' && is_unfit(c)) {
            return Err(refusal("A username may have only visible characters."));
        }
        if !name.chars().any(char::is_alphanumeric) {
            return Err(refusal("A username needs at least one letter or digit."));
        }
        if has_mark_tower(&name) {
            return Err(refusal("A username may have at most two marks on one letter."));
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

/// What two names share if they differ only in case or in compatible forms of the same letters.
pub fn fold(name: &str) -> String {
    // Normalised, folded and normalised again, as UAX #15 and Unicode §3.13 D147 ask for compatibility matching.
    name.nfd().default_case_fold().nfkd().default_case_fold().nfkc().collect()
}

/// What two names share if people take one for the other (UTS #39 §4), in any case. Capital letters are looked at as
/// they are before case is folded, because `I` looks like `l` only while it is a capital.
pub fn look(name: &str) -> String {
    let seen: String = skeleton(name).collect();
    skeleton(&fold(&seen)).filter(|c| *c != ' ').collect()
}

fn refusal(message: &str) -> Refusal {
    Refusal::field(ErrorCode::InvalidField, "username", message)
}

fn too_long() -> Refusal {
    refusal(&format!("A username may have at most {USERNAME_CHARS_MAX} characters."))
}

/// What has no shape that everyone sees: controls, spaces other than the plain one, invisible, private and
/// non-characters.
fn is_unfit(c: char) -> bool {
    c.is_control()
        || c.is_whitespace()
        || is_invisible(c)
        || matches!(c,
            '\u{e000}'..='\u{f8ff}' | '\u{fdd0}'..='\u{fdef}' | '\u{fff0}'..='\u{ffff}' | '\u{e0000}'..='\u{10ffff}')
}

fn has_mark_tower(name: &str) -> bool {
    let mut marks = 0;
    name.nfd().any(|c| {
        marks = if unicode_normalization::char::is_combining_mark(c) { marks + 1 } else { 0 };
        marks > 2
    })
}

fn is_one_script_mix(name: &str) -> bool {
    let mut all = AugmentedScriptSet::default();
    let mut without_latin = AugmentedScriptSet::default();
    for c in name.chars() {
        let scripts = AugmentedScriptSet::for_char(c);
        all.intersect_with(scripts);
        if !c.is_ascii_alphabetic() {
            without_latin.intersect_with(scripts);
        }
    }
    // Latin is written together with Chinese, Japanese and Korean, and with nothing else.
    !all.is_empty() || without_latin.kore || without_latin.hanb || without_latin.jpan
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn allowed(name: &str) -> bool {
        Username::parse(name).is_ok()
    }

    #[test]
    fn names_of_any_script_are_allowed() {
        for name in ["ada", "Ada Lovelace", "آدا", "Анна", "李雷", "山田たろう", "김철수", "O'Brien-2", "josé", "a"]
        {
            assert!(allowed(name), "{name}");
        }
        assert!(allowed(&"x".repeat(32)));
    }

    #[test]
    fn x31_x32_x33_what_cannot_be_seen_or_misleads_is_refused() {
        let bad = [
            "",
            " ",
            " a",
            "a ",
            "a  b",
            "a\u{202e}b",
            "a\u{200b}b",
            "\u{200d}",
            "a\tb",
            "a\nb",
            "\u{e0041}",
            "pаypal", // with a Cyrillic а
            "...",
            "a\u{301}\u{301}\u{301}",
            "\u{3164}",
            "a\u{feff}",
        ];
        for name in bad {
            assert!(!allowed(name), "{name:?}");
        }
        assert!(!allowed(&"x".repeat(33)));
        assert!(!allowed(&"x".repeat(1_000_000)));
    }

    #[test]
    fn x09_names_that_look_the_same_share_a_key() {
        let same = |a: &str, b: &str| fold(a) == fold(b) || look(a) == look(b);
        for (a, b) in [
            ("Ada", "ada"),
            ("ADA", "ada"),
            ("Ian", "ian"),
            ("lan", "Ian"),
            ("straße", "STRASSE"),
            ("ｂｏｂ", "bob"),
            ("раураl", "paypal"),
            ("adа", "ada"),
            ("grace hopper", "gracehopper"),
            ("é", "e\u{301}"),
        ] {
            assert!(same(a, b), "{a} {b}");
        }
        for (a, b) in [("ada", "adam"), ("jose", "josé"), ("user1", "user2"), ("ian", "lan")] {
            assert!(!same(a, b), "{a} {b}");
        }
    }

    proptest! {
        #[test]
        fn an_allowed_name_is_allowed_again_as_stored(name in "\\PC{0,40}") {
            if let Ok(name) = Username::parse(&name) {
                prop_assert_eq!(Username::parse(name.as_str()).unwrap(), name);
            }
        }

        #[test]
        fn keys_of_a_name_do_not_depend_on_its_case(name in "[a-zA-Zà-üÀ-Üα-ωΑ-Ω ]{1,20}") {
            prop_assert_eq!(fold(&name), fold(&name.to_lowercase()));
        }
    }
}
