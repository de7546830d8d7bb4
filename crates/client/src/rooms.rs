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
    turns: u64,
}

impl Rooms {
    /// These rooms, the first one first, and no others.
    pub(crate) fn chosen(rooms: impl IntoIterator<Item = RoomId>) -> Self {
        let mut chosen = Self { are_chosen: true, ..Self::default() };
        for room in rooms {
            chosen.follow(room);
        }
        chosen
    }

    /// A room more. Answers whether there is a place for it.
    pub(crate) fn follow(&mut self, room: RoomId) -> bool {
        self.unwanted.remove(&room);
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
        self.followed.remove(&room).is_some()
    }

    /// These rooms may be seen. Answers which of them are new.
    pub(crate) fn may_be_seen(&mut self, rooms: impl IntoIterator<Item = RoomId>) {
        if !self.are_chosen {
            for room in rooms {
                if !self.unwanted.contains(&room) {
                    self.follow(room);
                }
            }
        }
    }

    /// The server tells nothing more of a room. Answers whether that is news.
    pub(crate) fn lost(&mut self, room: RoomId) -> bool {
        let is_heard = self.followed.get(&room).is_some_and(|room| room.log.is_heard());
        is_heard && self.followed.remove(&room).is_some()
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
