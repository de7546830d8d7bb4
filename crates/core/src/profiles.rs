//! Profiles: what people may say of themselves.

use chatterbox_protocol::errors::Refusal;
use chatterbox_protocol::limits::{BIO_CHARS_MAX, DISPLAY_NAME_CHARS_MAX, PRONOUNS_CHARS_MAX, STATUS_CHARS_MAX};
use chatterbox_protocol::profiles::{PersonStatus, Profile, ProfileChanges};
use jiff::tz::TimeZoneDatabase;

use crate::lines::{emoji, one_line};

/// What is to become of a profile: what can be shown, in the form in which it is kept. What is left out stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProfilePatch(ProfileChanges);

impl ProfilePatch {
    /// Checks changes as typed. What has nothing to see in it is left out of the profile. Errors: a slip in the field.
    pub fn parse(typed: ProfileChanges) -> Result<Self, Refusal> {
        let ProfileChanges { name, bio, pronouns, time_zone, status } = typed;
        let line = |field, what, typed: Option<String>, chars_max| {
            typed.map(|typed| one_line(field, what, &typed, chars_max)).transpose()
        };
        Ok(Self(ProfileChanges {
            name: line("name", "A name", name, DISPLAY_NAME_CHARS_MAX)?,
            bio: line("bio", "What you say of yourself", bio, BIO_CHARS_MAX)?,
            pronouns: line("pronouns", "Pronouns", pronouns, PRONOUNS_CHARS_MAX)?,
            time_zone: time_zone.map(|typed| self::time_zone(&typed)).transpose()?,
            status: status.map(|status| status.map_or(Ok(None), self::status)).transpose()?,
        }))
    }

    /// A profile after these changes.
    pub fn applied_to(&self, profile: &Profile) -> Profile {
        let ProfileChanges { name, bio, pronouns, time_zone, status } = &self.0;
        let or = |changed: &Option<String>, before: &String| changed.as_ref().unwrap_or(before).clone();
        Profile {
            name: or(name, &profile.name),
            bio: or(bio, &profile.bio),
            pronouns: or(pronouns, &profile.pronouns),
            time_zone: or(time_zone, &profile.time_zone),
            status: status.as_ref().unwrap_or(&profile.status).clone(),
            picture: profile.picture.clone(),
        }
    }
}

/// A time zone by its name in IANA's database, as that spells it; empty for none.
fn time_zone(typed: &str) -> Result<String, Refusal> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Ok(String::new());
    }
    let found = TimeZoneDatabase::bundled().get(typed).ok();
    let name = found.as_ref().and_then(|zone| zone.iana_name()).map(str::to_owned);
    name.ok_or_else(|| Refusal::slip("time_zone", "A time zone is one of IANA's names, such as Europe/Berlin."))
}

/// What there is to see of a status; none if there is nothing.
fn status(typed: PersonStatus) -> Result<Option<PersonStatus>, Refusal> {
    let emoji = emoji("status", "The sign of a status", &typed.emoji)?;
    let text = one_line("status", "A status", &typed.text, STATUS_CHARS_MAX)?;
    let says_something = !emoji.is_empty() || !text.is_empty();
    Ok(says_something.then_some(PersonStatus { emoji, text, until: typed.until }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(change: impl FnOnce(&mut ProfileChanges)) -> Result<Profile, Refusal> {
        let mut changes = ProfileChanges::default();
        change(&mut changes);
        Ok(ProfilePatch::parse(changes)?.applied_to(&Profile::default()))
    }

    #[test]
    fn a_time_zone_is_one_of_ianas_in_its_spelling() {
        let zone = |typed: &str| parse(|changes| changes.time_zone = Some(typed.to_owned()));
        for (typed, kept) in [("europe/berlin", "Europe/Berlin"), (" America/New_York ", "America/New_York"), ("", "")]
        {
            assert_eq!(zone(typed).unwrap().time_zone, kept);
        }
        for typed in ["Mars/Phobos", "../etc/passwd", "Europe/Berlin\0", "+01:00"] {
            assert_eq!(zone(typed).unwrap_err().field, Some("time_zone"), "{typed}");
        }
    }

    #[test]
    fn each_part_is_one_line_of_its_length_and_turns_no_text() {
        type Part = (&'static str, usize, fn(&mut ProfileChanges, String));
        let parts: [Part; 4] = [
            ("name", DISPLAY_NAME_CHARS_MAX, |changes, text| changes.name = Some(text)),
            ("bio", BIO_CHARS_MAX, |changes, text| changes.bio = Some(text)),
            ("pronouns", PRONOUNS_CHARS_MAX, |changes, text| changes.pronouns = Some(text)),
            ("status", STATUS_CHARS_MAX, |changes, text| {
                changes.status = Some(Some(PersonStatus { text, ..PersonStatus::default() }))
            }),
        ];
        for (field, most, put) in parts {
            assert!(parse(|changes| put(changes, "ü".repeat(most))).is_ok(), "{field}");
            for bad in ["ü".repeat(most + 1), "a\u{202e}b".to_owned(), "a\u{7}b".to_owned()] {
                assert_eq!(parse(|changes| put(changes, bad)).unwrap_err().field, Some(field));
            }
            assert!(parse(|changes| put(changes, " \u{200b} ".to_owned())).unwrap().is_empty(), "{field}");
        }
        let emoji = |emoji: &str| Some(Some(PersonStatus { emoji: emoji.to_owned(), ..PersonStatus::default() }));
        assert!(parse(|changes| changes.status = emoji("away")).is_err());
        assert_eq!(parse(|changes| changes.status = emoji("🦀")).unwrap().status.unwrap().emoji, "🦀");
    }

    #[test]
    fn what_is_left_out_stays_as_it_is() {
        let before = Profile { name: "Ada".into(), bio: "Counts.".into(), ..Profile::default() };
        let changes = ProfileChanges { bio: Some(String::new()), ..ProfileChanges::default() };
        let after = ProfilePatch::parse(changes).unwrap().applied_to(&before);
        assert_eq!(after, Profile { name: "Ada".into(), ..Profile::default() });
    }
}
