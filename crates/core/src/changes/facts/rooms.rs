//! What is known of rooms, and of how people belong to them.

use chatterbox_protocol::ids::{RoomId, Seq, UserId};

use super::table::Table;
use crate::changes::key::{Key, Known, Missing};
use crate::rooms::RoomKind;

/// A room as it is stored, as far as rules ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoomFact {
    /// What kind of room it is.
    pub kind: RoomKind,
    /// The number of the last change in its log.
    pub seq: Seq,
}

impl RoomFact {
    /// The room after one more change in its log.
    pub(in crate::changes) fn next(self) -> Self {
        Self { seq: Seq(self.seq.0 + 1), ..self }
    }
}

/// How a user belongs to a room, as it is stored. To an open room everybody does, and nobody needs this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MembershipFact;

/// What is known of rooms.
#[derive(Debug, Clone)]
pub struct RoomFacts {
    /// The rooms.
    pub rows: Table<RoomId, RoomFact>,
    /// How people belong to them.
    pub memberships: Table<(RoomId, UserId), MembershipFact>,
}

impl RoomFacts {
    pub(super) fn new(is_whole: bool) -> Self {
        Self { rows: Table::new(is_whole), memberships: Table::new(is_whole) }
    }

    pub(in crate::changes) fn get(&self, id: RoomId) -> Known<Option<RoomFact>> {
        self.rows.get(&id).map(Option::<&RoomFact>::copied).ok_or_else(|| Key::Room(id).into())
    }

    /// A room, if it is there, and whether a user is one of its members.
    pub(in crate::changes) fn beside(&self, id: RoomId, user: UserId) -> Known<(Option<RoomFact>, bool)> {
        let (room, membership) = (self.rows.get(&id), self.memberships.get(&(id, user)));
        let (Some(room), Some(membership)) = (room, membership) else {
            // Whoever asks for one will ask for the other.
            return Err(Missing([Key::Room(id), Key::Membership(id, user)].into_iter().collect()));
        };
        Ok((room.copied(), membership.is_some()))
    }

    pub(super) fn is_written(&mut self) {
        self.rows.is_written();
        self.memberships.is_written();
    }

    pub(super) fn forget(&mut self) {
        self.rows.forget();
        self.memberships.forget();
    }
}
