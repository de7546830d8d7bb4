//! Names of people, and names that deceive.

use proptest::prelude::*;

use super::*;

mod table;

fn allowed(name: &str) -> bool {
    Username::parse(name).is_ok()
}

/// Whether only one of two people may have such a name.
fn same(a: &str, b: &str) -> bool {
    fold(a) == fold(b) || look(a) == look(b)
}

#[test]
fn names_of_people_of_any_script_are_allowed() {
    let mut scripts = 0;
    for (script, names) in table::ACCEPTED {
        scripts += usize::from(*script != "signs");
        for name in *names {
            let parsed = Username::parse(name).unwrap_or_else(|refusal| panic!("{script}: {name}: {refusal:?}"));
            assert_eq!(Username::parse(parsed.as_str()), Ok(parsed), "{name}");
        }
    }
    assert!(scripts >= 30, "{scripts} scripts");
    assert!(allowed(&"x".repeat(32)));
}

#[test]
fn x31_x32_x33_what_cannot_be_seen_or_misleads_is_refused() {
    for (rule, names) in table::REFUSED {
        for name in *names {
            match Username::parse(name) {
                Ok(_) => panic!("{rule}: {name} {}", name.escape_unicode()),
                Err(refusal) => assert!(refusal.message.contains(rule), "{name:?}: {}", refusal.message),
            }
        }
    }
    assert!(!allowed(&"x".repeat(33)));
    assert!(!allowed(&"x".repeat(1_000_000)));
}

#[test]
fn x09_names_that_look_the_same_share_a_key() {
    for (a, b) in table::ALIKE {
        assert!(same(a, b), "{a} {b} {} {}", a.escape_unicode(), b.escape_unicode());
    }
    for (a, b) in table::DIFFERENT {
        assert!(!same(a, b), "{a} {b} {} {}", a.escape_unicode(), b.escape_unicode());
    }
}

#[test]
fn a_name_is_found_whatever_its_case() {
    for (typed, stored) in table::SAME_IN_ANOTHER_CASE {
        assert_eq!(fold(typed), fold(stored), "{typed} {stored}");
    }
    for (_, names) in table::ACCEPTED {
        for name in *names {
            assert_eq!(fold(name), fold(&name.to_uppercase()), "{name}");
            assert_eq!(fold(name), fold(&name.to_lowercase()), "{name}");
        }
    }
}

/// Two people cannot have names that only differ in a character that nobody can see, whichever it is.
#[test]
fn x32_what_shows_nothing_makes_no_other_name() {
    use chatterbox_protocol::characters::{is_ignorable, shows_nothing};
    for c in (char::MIN..=char::MAX).filter(|c| *c != ' ' && shows_nothing(*c)) {
        let name = format!("ad{c}a");
        assert!(!allowed(&name), "{}", c.escape_unicode());
        assert!(!is_ignorable(c) || fold(&name) == "ada", "{}", c.escape_unicode());
    }
}

/// The answers are kept in databases. Ideographs and Hangul, which have neither case nor look-alikes, are left out.
#[test]
fn the_version_of_the_keys_rises_when_they_change() {
    let mut digest = 0xcbf2_9ce4_8422_2325_u64;
    for c in ('\0'..'\u{3400}').chain('\u{f900}'..'\u{20000}') {
        let name = format!("i{c}");
        for byte in [fold(&name), look(&name)].iter().flat_map(|key| key.bytes()) {
            digest = (digest ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    assert_eq!((KEYS_VERSION, digest), (1, 8_815_795_362_567_617_976), "other answers need another version");
}

proptest! {
    #[test]
    fn an_allowed_name_is_allowed_again_as_stored(name in "\\PC{0,40}") {
        if let Ok(name) = Username::parse(&name) {
            prop_assert_eq!(Username::parse(name.as_str()).unwrap(), name);
        }
    }

    #[test]
    fn keys_of_a_name_do_not_depend_on_its_case(name in "[a-zA-Zà-üÀ-Üα-ωΑ-Ωа-яА-ЯıİiI ]{1,20}") {
        prop_assert_eq!(fold(&name), fold(&name.to_lowercase()));
        prop_assert_eq!(fold(&name), fold(&name.to_uppercase()));
    }

    #[test]
    fn the_short_way_to_a_key_leads_to_the_same_key(name in "[\\x00-\\x7f]{0,20}") {
        prop_assert_eq!(fold(&name), fold(&format!("{name}\u{200b}")));
    }

    #[test]
    fn a_key_of_a_key_is_the_key(name in "\\PC{0,20}") {
        let key = fold(&name);
        prop_assert_eq!(fold(&key), key);
    }
}
