//! A store in memory that answers as the real one does: what is in it is the truth of a run.

mod deciding;
mod reading;

use std::collections::{BTreeMap, BTreeSet};

use chatterbox_core::receipts::Receipts;
use chatterbox_protocol::ids::{MessageId, RoomId, Seq, SessionId, UserId};
use chatterbox_protocol::messages::Message;

pub(crate) use deciding::{Change, Moment};
pub(crate) use reading::Pages;

/// A message and what the store alone knows of it.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    /// As it is now.
    pub(crate) message: Message,
    pub(crate) author: UserId,
    pub(crate) changed: Seq,
    pub(crate) is_deleted: bool,
    /// The text that it was sent with.
    pub(crate) original: String,
}

/// What a room has beside its messages.
#[derive(Debug, Clone, Default)]
pub(crate) struct RoomLog {
    pub(crate) seq: Seq,
    /// Who may see it; none if everybody may.
    pub(crate) members: Option<BTreeSet<UserId>>,
    /// When each change was committed, the first one first.
    pub(crate) committed: Vec<u64>,
}

/// The store.
#[derive(Debug, Clone, Default)]
pub(crate) struct Store {
    pub(crate) epoch: u64,
    pub(crate) rooms: BTreeMap<RoomId, RoomLog>,
    pub(crate) messages: BTreeMap<MessageId, Stored>,
    by_seq: BTreeMap<(RoomId, Seq), MessageId>,
    by_change: BTreeMap<(RoomId, Seq), MessageId>,
    nonces: BTreeMap<(UserId, String), MessageId>,
    pub(crate) sessions: BTreeMap<SessionId, UserId>,
    marks: BTreeMap<(RoomId, UserId), Seq>,
    pub(crate) last_id: MessageId,
}

impl Store {
    /// A store with the first room, and private ones with these members.
    pub(crate) fn new(private: impl IntoIterator<Item = BTreeSet<UserId>>) -> Self {
        let mut rooms = BTreeMap::from([(RoomId::FIRST, RoomLog::default())]);
        for (number, members) in (2..).zip(private) {
            rooms.insert(RoomId(number), RoomLog { members: Some(members), ..RoomLog::default() });
        }
        Self { epoch: 1, rooms, ..Self::default() }
    }

    /// The name of a user.
    pub(crate) fn username(user: UserId) -> String {
        format!("user{user}")
    }

    /// Whether a user may see a room.
    pub(crate) fn may_see(&self, room: RoomId, user: UserId) -> bool {
        let members = self.rooms.get(&room).map(|place| &place.members);
        members.is_some_and(|members| members.as_ref().is_none_or(|members| members.contains(&user)))
    }

    /// The last change in a room.
    pub(crate) fn seq(&self, room: RoomId) -> Seq {
        self.rooms.get(&room).map_or(Seq(0), |place| place.seq)
    }

    /// The last change in each room.
    pub(crate) fn seqs(&self) -> BTreeMap<RoomId, Seq> {
        self.rooms.iter().map(|(room, place)| (*room, place.seq)).collect()
    }

    /// When a change was committed.
    pub(crate) fn committed_at(&self, room: RoomId, seq: Seq) -> Option<u64> {
        let index = usize::try_from(seq.0).ok()?.checked_sub(1)?;
        self.rooms.get(&room)?.committed.get(index).copied()
    }

    /// The messages of a room from a place on, oldest first.
    pub(crate) fn messages_from(&self, room: RoomId, floor: Seq) -> impl Iterator<Item = &Stored> {
        let ids = self.by_seq.range((room, floor)..=(room, Seq(u64::MAX))).map(|(_, id)| id);
        ids.filter_map(|id| self.messages.get(id)).filter(|stored| !stored.is_deleted)
    }

    /// Who has read how far.
    pub(crate) fn receipts(&self, room: RoomId) -> Receipts {
        let mut receipts = Receipts::default();
        for ((_, user), seq) in self.marks.range((room, UserId(0))..=(room, UserId(u64::MAX))) {
            receipts.read(*user, *seq);
        }
        receipts
    }
}
