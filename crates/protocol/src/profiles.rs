//! Profiles: what people say of themselves.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

use crate::decode::Fields;
use crate::errors::{ErrorCode, Refusal};
use crate::time::Timestamp;

/// What somebody says of themselves. What they say nothing of is left out.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
pub struct Profile {
    /// How they want to be called; without it, by their username.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[ts(as = "Option<String>", optional)]
    pub name: String,
    /// Who they are, in a line or three.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[ts(as = "Option<String>", optional)]
    pub bio: String,
    /// How others speak of them.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[ts(as = "Option<String>", optional)]
    pub pronouns: String,
    /// Where their clock is, by its name in IANA's database.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[ts(as = "Option<String>", optional)]
    pub time_zone: String,
    /// What they are about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub status: Option<PersonStatus>,
    /// Which picture they show, by a word that nobody guesses: `GET /api/users/{id}/picture/{picture}` is it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[ts(as = "Option<String>", optional)]
    pub picture: String,
}

impl Profile {
    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// How many bytes of text it has.
    pub fn text_bytes(&self) -> usize {
        let Self { name, bio, pronouns, time_zone, status, picture } = self;
        let status = status.as_ref().map_or(0, |status| status.emoji.len() + status.text.len());
        name.len() + bio.len() + pronouns.len() + time_zone.len() + status + picture.len()
    }
}

/// What somebody is about, for a while.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
pub struct PersonStatus {
    /// An emoji that stands for it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[ts(as = "Option<String>", optional)]
    pub emoji: String,
    /// In words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[ts(as = "Option<String>", optional)]
    pub text: String,
    /// From when on it is over: whoever draws it leaves it out then, because nothing is told at that moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub until: Option<Timestamp>,
}

/// What somebody wants to say of themselves. What is left out stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, TS)]
pub struct ProfileChanges {
    /// How they want to be called; empty for their username.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub name: Option<String>,
    /// Who they are; empty for nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub bio: Option<String>,
    /// How others speak of them; empty for nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub pronouns: Option<String>,
    /// Where their clock is; empty for nowhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub time_zone: Option<String>,
    /// What they are about; null for nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub status: Option<Option<PersonStatus>>,
}

impl ProfileChanges {
    /// Takes them out of a body. Errors: a mistyped field.
    fn take(fields: &mut Fields<'_>) -> Result<Self, Refusal> {
        let (name, bio, pronouns) = (text(fields, "name")?, text(fields, "bio")?, text(fields, "pronouns")?);
        let time_zone = text(fields, "time_zone")?;
        let status = fields.value("status").map(status).transpose()?;
        Ok(Self { name, bio, pronouns, time_zone, status })
    }
}

/// The body of `PATCH /api/me`: how somebody wants to be called and reached, and what they want to say of themselves. What is
/// left out stays as it is. It has no `Debug`, so that addresses stay out of the program's output.
#[derive(Clone, Default, PartialEq, Eq, Serialize, TS)]
pub struct OwnChanges {
    /// The name that others are to see and that logs in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub username: Option<String>,
    /// The e-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub email: Option<String>,
    /// Of the profile.
    #[serde(flatten)]
    pub profile: ProfileChanges,
}

impl OwnChanges {
    /// Reads the body. Errors: malformed JSON, a mistyped field, a further one, or none at all.
    pub fn decode(json: &[u8]) -> Result<Self, Refusal> {
        let mut fields = Fields::parse(json)?;
        let (username, email) = (text(&mut fields, "username")?, text(&mut fields, "email")?);
        let changes = Self { username, email, profile: ProfileChanges::take(&mut fields)? };
        fields.finish(&["username", "email", "name", "bio", "pronouns", "time_zone", "status"])?;
        if changes == Self::default() {
            let message = "`username`, `email`, `name`, `bio`, `pronouns`, `time_zone` or `status` must be there: nothing \
                           else can be changed.";
            return Err(invalid("name", message.to_owned()));
        }
        Ok(changes)
    }
}

fn text(fields: &mut Fields<'_>, name: &'static str) -> Result<Option<String>, Refusal> {
    match fields.value(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(invalid(name, format!("`{name}` must be text."))),
    }
}

fn status(value: Value) -> Result<Option<PersonStatus>, Refusal> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Strict {
        #[serde(default)]
        emoji: String,
        #[serde(default)]
        text: String,
        until: Option<Timestamp>,
    }
    let wanted = "`status` must be null, or an object with `emoji` and `text`, which are text, and `until`, a time as \
                  2026-11-23T15:04:05Z; each may be left out.";
    let read: Option<Strict> = serde_json::from_value(value).map_err(|_| invalid("status", wanted.to_owned()))?;
    Ok(read.map(|Strict { emoji, text, until }| PersonStatus { emoji, text, until }))
}

fn invalid(field: &'static str, message: String) -> Refusal {
    Refusal::field(ErrorCode::InvalidField, field, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_says_of_oneself_is_read_strictly() {
        let changes = OwnChanges::decode(br#"{"bio":"","status":null}"#).unwrap();
        assert_eq!(
            changes.profile,
            ProfileChanges { bio: Some(String::new()), status: Some(None), ..Default::default() }
        );
        let lunch = br#"{"status":{"emoji":"x","until":"2026-11-23T15:04:05.123Z"}}"#;
        let status = OwnChanges::decode(lunch).unwrap().profile.status.unwrap().unwrap();
        assert_eq!((status.text.as_str(), status.until), ("", Some(Timestamp(1_795_446_245_123))));
        for bad in [
            "{}",
            r#"{"name":null}"#,
            r#"{"bio":1}"#,
            r#"{"status":"out"}"#,
            r#"{"status":{"until":"soon"}}"#,
            r#"{"status":{"text":"x","more":1}}"#,
            r#"{"role":"owner"}"#,
        ] {
            assert!(OwnChanges::decode(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
