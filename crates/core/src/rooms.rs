//! Rooms: what kinds there are, and who may see one.

/// What kind of room it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoomKind {
    /// Everyone may see it.
    Open,
    /// Its members alone may see it.
    Closed,
    /// The few people alone may see it whom it was made for.
    Direct,
}

impl RoomKind {
    /// Every kind, for tables and tests.
    pub const ALL: [RoomKind; 3] = [Self::Open, Self::Closed, Self::Direct];

    /// What the kind is called where it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Direct => "direct",
        }
    }

    /// The kind of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// Whether a member may see such a room, and so whatever is in it, or somebody who is none. To everyone else it is not
    /// there.
    pub fn is_seen_by(self, is_member: bool) -> bool {
        is_member || self == Self::Open
    }
}

/// What somebody is to a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InRoom {
    /// What kind of room it is.
    pub kind: RoomKind,
    /// Whether they are one of its members.
    pub is_member: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p1_only_members_see_what_is_not_open() {
        for kind in RoomKind::ALL {
            assert!(kind.is_seen_by(true));
            assert_eq!(kind.is_seen_by(false), kind == RoomKind::Open);
            assert_eq!(RoomKind::from_name(kind.as_str()), Some(kind));
        }
    }
}
