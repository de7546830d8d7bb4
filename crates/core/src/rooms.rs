//! Rooms: what somebody is to one, and what one may be called.

use chatterbox_protocol::errors::Refusal;
use chatterbox_protocol::ids::RoomId;
use chatterbox_protocol::limits::{ROOM_NAME_CHARS_MAX, TOPIC_CHARS_MAX};
use chatterbox_protocol::rooms::RoomKind;
use chatterbox_protocol::users::Role;

use crate::lines::{emoji, one_line};
use crate::usernames::fold;

/// What somebody is to a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// They do not belong to it.
    Outsider,
    /// They belong to it.
    Member,
    /// They belong to it, and look after it.
    Moderator,
}

impl Standing {
    /// Every standing, for tables and tests.
    pub const ALL: [Standing; 3] = [Self::Outsider, Self::Member, Self::Moderator];
}

/// A room beside what somebody is to it: all that decides what they may do there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InRoom {
    /// What kind of room it is.
    pub kind: RoomKind,
    /// Whether it is [the first](RoomId::FIRST), to which everybody belongs but guests.
    pub is_first: bool,
    /// Whether it is put away.
    pub is_archived: bool,
    /// What somebody with a role is to it.
    pub standing: Standing,
}

impl InRoom {
    /// A room beside somebody with this role. `membership` is what is stored of them: whether they moderate the room, if they
    /// belong to it. To the first room everybody belongs of whom nothing is stored, but for guests.
    pub fn new(id: RoomId, kind: RoomKind, is_archived: bool, role: Role, membership: Option<bool>) -> Self {
        let is_first = id == RoomId::FIRST;
        let standing = match membership {
            Some(true) => Standing::Moderator,
            Some(false) => Standing::Member,
            None if is_first && role != Role::Guest => Standing::Member,
            None => Standing::Outsider,
        };
        Self { kind, is_first, is_archived, standing }
    }

    /// Whether somebody with this role sees the room, and so whatever is in it. To everyone else it is not there.
    pub fn is_seen_by(self, role: Role) -> bool {
        self.standing != Standing::Outsider || (self.kind == RoomKind::Open && role != Role::Guest)
    }
}

/// A room's name that can be read: 1 to 80 characters in NFC, with single spaces between words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomName(String);

impl RoomName {
    /// Checks a name as typed; spaces around and between words are made single ones. Errors: a slip in `name`.
    pub fn parse(typed: &str) -> Result<Self, Refusal> {
        let name = one_line("name", "A room's name", typed, ROOM_NAME_CHARS_MAX)?;
        if name.is_empty() {
            return Err(Refusal::slip("name", "A room's name needs at least one character that can be seen."));
        }
        Ok(Self(name))
    }

    /// As it is stored and shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What it shares with names that differ from it only in case or form: one open room alone has it.
    pub fn fold(&self) -> String {
        fold(&self.0)
    }
}

/// What a room is about: up to 250 characters in one line, or nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Topic(String);

impl Topic {
    /// Checks a topic as typed; what can only be taken for nothing is none. Errors: a slip in `topic`.
    pub fn parse(typed: &str) -> Result<Self, Refusal> {
        one_line("topic", "A topic", typed, TOPIC_CHARS_MAX).map(Self)
    }

    /// As it is stored and shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What stands before a room's name: one sign, or nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Icon(String);

impl Icon {
    /// Checks an icon as typed. Errors: a slip in `icon`.
    pub fn parse(typed: &str) -> Result<Self, Refusal> {
        emoji("icon", "An icon", typed).map(Self)
    }

    /// As it is stored and shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use chatterbox_protocol::limits::ICON_CHARS_MAX;

    use super::*;

    #[test]
    fn to_the_first_room_everybody_belongs_but_guests_whom_nobody_has_put_there() {
        for role in Role::ALL {
            let first = |membership| InRoom::new(RoomId::FIRST, RoomKind::Open, false, role, membership).standing;
            assert_eq!(first(None) == Standing::Member, role != Role::Guest, "{role:?}");
            assert_eq!((first(Some(false)), first(Some(true))), (Standing::Member, Standing::Moderator));
            let other = InRoom::new(RoomId(2), RoomKind::Open, false, role, None);
            assert_eq!((other.standing, other.is_seen_by(role)), (Standing::Outsider, role != Role::Guest), "{role:?}");
        }
    }

    #[test]
    fn a_name_is_one_line_that_can_be_read() {
        for (typed, kept) in [("  Two \n words ", "Two words"), ("Cafe\u{301}", "Café"), ("غرفة", "غرفة"), ("#1", "#1")]
        {
            assert_eq!(RoomName::parse(typed).unwrap().as_str(), kept);
        }
        let long = "x".repeat(ROOM_NAME_CHARS_MAX + 1);
        for typed in ["", "   ", "\u{200b}", "\u{2800}", "a\u{202e}b", "a\u{7}b", long.as_str()] {
            assert!(RoomName::parse(typed).is_err(), "{typed:?}");
        }
        assert!(RoomName::parse(&"ü".repeat(ROOM_NAME_CHARS_MAX)).is_ok());
        assert_eq!(RoomName::parse("CAFÉ").unwrap().fold(), RoomName::parse("cafe\u{301}").unwrap().fold());
    }

    #[test]
    fn a_topic_may_be_nothing_and_an_icon_is_a_sign() {
        assert_eq!(Topic::parse(" \u{200b} ").unwrap(), Topic::default());
        assert!(Topic::parse(&"x".repeat(TOPIC_CHARS_MAX + 1)).is_err());
        for icon in ["", "🦀", "👩\u{200d}🔬", "❤\u{fe0f}", "1\u{fe0f}\u{20e3}", "#"] {
            assert_eq!(Icon::parse(icon).unwrap().as_str(), icon);
        }
        for icon in ["ab", "🦀 🦀", &"🦀".repeat(ICON_CHARS_MAX + 1)] {
            assert!(Icon::parse(icon).is_err(), "{icon}");
        }
    }
}
