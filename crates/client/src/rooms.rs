//! Which rooms a client follows, and in which order.

use std::collections::{BTreeMap, BTreeSet};

use chatterbox_protocol::ids::{RoomId, Seq};
use chatterbox_protocol::limits::FOLLOWED_MAX;
use chatterbox_protocol::logs::Followed;

use crate::logs::KnownLog;
use crate::room::KnownRoom;

/// The rooms that a client follows.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rooms {
    followed: BTreeMap<RoomId, KnownRoom>,
    /// Whether it follows those only that it was told to follow, and not all that it may see.
    are_chosen: bool,
    /// Those that it was told to follow no more.
    unwanted: BTreeSet<RoomId>,
    /// Those that it was told to follow, whether its user has them or not.
    wished: BTreeSet<RoomId>,
    /// Those that its user has, as far as that is known.
    had: BTreeSet<RoomId>,
    turns: u64,
}

impl Rooms {
    /// These rooms, the first one first, and no others.
    pub(crate) fn chosen(rooms: impl IntoIterator<Item = RoomId>) -> Self {
        let mut chosen = Self { are_chosen: true, ..Self::default() };
        for room in rooms {
            chosen.wish(room);
        }
        chosen
    }

    /// A room more, until it is to be followed no more. Answers whether there is a place for it.
    pub(crate) fn wish(&mut self, room: RoomId) -> bool {
        self.unwanted.remove(&room);
        let has_place = self.follow(room);
        if has_place {
            self.wished.insert(room);
        }
        has_place
    }

    fn follow(&mut self, room: RoomId) -> bool {
        let has_place = self.followed.len() < FOLLOWED_MAX || self.followed.contains_key(&room);
        if has_place {
            self.turns += 1;
            self.followed.entry(room).or_insert_with(|| KnownRoom::new(self.turns));
        }
        has_place
    }

    /// A room less, and nothing is known of it any more. Answers whether it was followed.
    pub(crate) fn unfollow(&mut self, room: RoomId) -> bool {
        if !self.are_chosen {
            self.unwanted.insert(room);
        }
        self.wished.remove(&room);
        self.followed.remove(&room).is_some()
    }

    /// Its user has these rooms, and no others.
    pub(crate) fn are_had(&mut self, rooms: impl IntoIterator<Item = RoomId>) {
        self.had.clear();
        rooms.into_iter().for_each(|room| self.is_had(room));
    }

    /// Its user has this room more: it follows it, unless it was told which ones to follow.
    pub(crate) fn is_had(&mut self, room: RoomId) {
        self.had.insert(room);
        if !self.are_chosen && !self.unwanted.contains(&room) {
            self.follow(room);
        }
    }

    /// Its user has this room no longer. Answers whether it is followed no longer, either.
    pub(crate) fn is_had_no_more(&mut self, room: RoomId) -> bool {
        self.had.remove(&room) && !self.wished.contains(&room) && self.followed.remove(&room).is_some()
    }

    /// Those that are followed although its user has them not, nor has chosen them: they are so no longer.
    pub(crate) fn let_go(&mut self) -> Vec<RoomId> {
        let gone = |room: &&RoomId| !self.wished.contains(room) && !self.had.contains(room);
        let gone: Vec<RoomId> = self.followed.keys().filter(gone).copied().collect();
        self.followed.retain(|room, _| !gone.contains(room));
        gone
    }

    /// The server tells nothing more of a room. One that its user has is asked for once more, as it is when it was closed or when
    /// they were let out and in again. Answers whether it is lost.
    pub(crate) fn lost(&mut self, room: RoomId) -> bool {
        let Some(known) = self.followed.get_mut(&room).filter(|known| known.log.is_heard()) else { return false };
        if self.had.contains(&room) && !std::mem::replace(&mut known.is_doubted, true) {
            known.log.lost();
            return false;
        }
        self.wished.remove(&room);
        self.followed.remove(&room).is_some()
    }

    /// Only these are there. Answers which of those followed are not.
    pub(crate) fn keep(&mut self, there: &BTreeSet<RoomId>) -> Vec<RoomId> {
        let gone: Vec<_> = self.followed.keys().filter(|room| !there.contains(room)).copied().collect();
        self.followed.retain(|room, _| there.contains(room));
        gone
    }

    pub(crate) fn get(&self, room: RoomId) -> Option<&KnownRoom> {
        self.followed.get(&room)
    }

    pub(crate) fn get_mut(&mut self, room: RoomId) -> Option<&mut KnownRoom> {
        self.followed.get_mut(&room)
    }

    pub(crate) fn logs(&self) -> impl Iterator<Item = &KnownLog> {
        self.followed.values().map(|room| &room.log)
    }

    pub(crate) fn logs_mut(&mut self) -> impl Iterator<Item = &mut KnownLog> {
        self.followed.values_mut().map(|room| &mut room.log)
    }

    /// Those that are to be asked for, the first one first.
    pub(crate) fn wanted(&self) -> Vec<Followed> {
        let mut wanted: Vec<_> = self.followed.iter().filter(|(_, room)| room.log.is_wanted()).collect();
        wanted.sort_by_key(|(_, room)| room.turn);
        wanted.into_iter().map(|(id, room)| room.followed(*id)).collect()
    }

    /// How far each of those is known of which anything is.
    pub(crate) fn known(&self) -> BTreeMap<RoomId, Seq> {
        self.followed.iter().filter_map(|(id, room)| Some((*id, room.log.known()?))).collect()
    }
}
