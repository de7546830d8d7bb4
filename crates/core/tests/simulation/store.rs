//! A store in memory that answers as the real one does: what is in it is the truth of a run.

mod belonging;
mod deciding;
mod reading;

use std::collections::{BTreeMap, BTreeSet};

use chatterbox_core::changes::{Facts, MarkFact, MembershipFact, RoomFact, Row, SessionFact, UserFact};
use chatterbox_core::logs::{Epoch, LogId};
use chatterbox_core::receipts::Receipts;
use chatterbox_core::sessions::Whence;
use chatterbox_protocol::ids::{MessageId, RoomId, Seq, SessionId, UserId};
use chatterbox_protocol::logs::Mark;
use chatterbox_protocol::messages::Message;
use chatterbox_protocol::rooms::{Member, MemberChange, RoomKind, RoomState};
use chatterbox_protocol::time::Timestamp;
use chatterbox_protocol::users::Role;

use belonging::KEEPER;
pub(crate) use deciding::Moment;
pub(crate) use reading::Pages;

/// What clocks on walls say when a run begins.
pub(crate) const BEGIN: Timestamp = Timestamp(1_700_000_000_000);

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
    kind: Option<RoomKind>,
    /// The change that closed it, if one did.
    closed_at: Option<Seq>,
    /// When each change was committed, the first one first.
    pub(crate) committed: Vec<u64>,
}

/// The store: facts, and what is read of them, which follows from them.
#[derive(Clone)]
pub(crate) struct Store {
    pub(crate) epoch: Epoch,
    facts: Facts,
    pub(crate) rooms: BTreeMap<RoomId, RoomLog>,
    pub(crate) messages: BTreeMap<MessageId, Stored>,
    by_seq: BTreeMap<(RoomId, Seq), MessageId>,
    by_change: BTreeMap<(RoomId, Seq), MessageId>,
    pub(crate) sessions: BTreeMap<SessionId, UserId>,
    /// Who belongs to a room: each change by its number, the first one first.
    belongs: BTreeMap<(RoomId, UserId), Vec<(Seq, bool)>>,
    marks: BTreeMap<(RoomId, UserId), Seq>,
    pub(crate) last_id: MessageId,
}

impl Store {
    /// A store with these people, the first room, and private ones with these members.
    pub(crate) fn new(users: &[UserId], private: impl IntoIterator<Item = BTreeSet<UserId>>) -> Self {
        let mut store = Self {
            epoch: Epoch(1),
            facts: Facts::whole(),
            rooms: BTreeMap::new(),
            messages: BTreeMap::new(),
            by_seq: BTreeMap::new(),
            by_change: BTreeMap::new(),
            sessions: BTreeMap::new(),
            belongs: BTreeMap::new(),
            marks: BTreeMap::new(),
            last_id: MessageId(0),
        };
        let people = users.iter().copied().chain([KEEPER.user]);
        people.zip(1..).for_each(|(user, number)| store.put(Row::User(user, account(user, Seq(number)))));
        store.log_in(KEEPER.session, KEEPER.user);
        store.put(room(RoomId::FIRST, RoomKind::Open));
        // One is open at first, and the others are closed.
        let kinds = [RoomKind::Open].into_iter().chain(std::iter::repeat(RoomKind::Closed));
        for ((id, kind), members) in (2..).map(RoomId).zip(kinds).zip(private) {
            store.put(room(id, kind));
            store.belongs_from_the_start(id, KEEPER.user, true);
            members.iter().for_each(|user| store.belongs_from_the_start(id, *user, false));
        }
        store
    }

    fn belongs_from_the_start(&mut self, room: RoomId, user: UserId, moderator: bool) {
        let member = Member { change: MemberChange::Joined, by: None, time: BEGIN, moderator };
        self.put(Row::Membership(room, user, MembershipFact { member, since: BEGIN, changed_seq: Seq(0) }));
        let changed_seq = Seq(self.last(LogId::Own(user)).0 + 1);
        let mark = Mark { up_to: Seq(0), listed: true };
        self.put(Row::Mark(room, user, MarkFact { mark, seen: Seq(0), changed_seq }));
    }

    /// A user has logged in.
    pub(crate) fn log_in(&mut self, session: SessionId, user: UserId) {
        let mut token_hash = [0; 32];
        token_hash[..8].copy_from_slice(&session.0.to_be_bytes());
        // Of this run's time: using a session gives it an end that counts from its begin.
        let (created, expires) = (BEGIN, Timestamp(i64::MAX));
        self.put(Row::Session(
            session,
            Some(SessionFact { user, token_hash, created, used: created, expires, whence: Whence::default() }),
        ));
    }

    fn put(&mut self, row: Row) {
        self.follow(&row, 0);
        self.facts.apply([row]);
        self.facts.is_written();
    }

    /// The name of a user.
    pub(crate) fn username(user: UserId) -> String {
        format!("user{user}")
    }

    /// The user of that name.
    pub(crate) fn user(username: &str) -> UserId {
        let id = username.strip_prefix("user").and_then(|id| id.parse().ok());
        UserId(id.unwrap_or_else(|| panic!("nobody is called {username}")))
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

/// Whoever comes as so-manieth takes that number in the house's log.
/// A room in which nothing has happened.
fn room(id: RoomId, kind: RoomKind) -> Row {
    let state = RoomState { kind, name: format!("Room {id}"), ..RoomState::default() };
    let fact = RoomFact { name_fold: state.name.to_lowercase(), state, created: Timestamp(0), changed_seq: Seq(0) };
    Row::Room(id, Box::new(fact))
}

fn account(user: UserId, card_seq: Seq) -> UserFact {
    let name = Store::username(user);
    UserFact {
        username: name.clone(),
        username_fold: name.clone(),
        username_look: name.clone(),
        irregular: false,
        email: name.clone(),
        email_fold: name,
        password_hash: String::new(),
        role: Role::Member,
        active: true,
        gone: false,
        profile: Box::default(),
        created: Timestamp(0),
        account_seq: Seq(1),
        card_seq,
    }
}
