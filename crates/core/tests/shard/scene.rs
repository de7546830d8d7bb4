//! A shard on a stage.

use bytes::Bytes;
use chatterbox_core::logs::{Epoch, LogId};
use chatterbox_core::shard::{Encode, Input, LogPage, Output, Past, PeerId, Published, Replay, Shard, View};
use chatterbox_protocol::commands::{Called, Command, Hello};
use chatterbox_protocol::events::{Event, History, Me};
use chatterbox_protocol::ids::{MessageId, RoomId, Seq, SessionId, UserId};
use chatterbox_protocol::logs::{Entry, Followed, Whole};
use chatterbox_protocol::messages::Message;
use chatterbox_protocol::rooms::{Member, MemberChange, RoomKind, RoomState};
use chatterbox_protocol::time::Timestamp;
use chatterbox_protocol::users::Role;

pub(crate) const LOBBY: RoomId = RoomId::FIRST;
pub(crate) const EPOCH: Epoch = Epoch(1);

/// Encodes a message as its number, so that what is written can be read at a glance.
pub(crate) fn encode(event: &Event) -> Bytes {
    match event {
        Event::Message(message) => format!("{};", message.seq).into(),
        Event::History(history) => format!("up to {};", history.seq).into(),
        Event::Unfollowed { room } => format!("{room} is not there;").into(),
        Event::State(Entry { id, state: Some(Whole::Member(member)), .. }) if !member.change.is_in() => {
            format!("{id} is lost;").into()
        }
        Event::State(Entry { state: Some(Whole::Room(_)), .. }) => Bytes::from_static(b"the room;"),
        _ => Bytes::from_static(b"other;"),
    }
}

pub(crate) fn message(seq: u64) -> Message {
    Message {
        id: MessageId(seq),
        user: "ada".into(),
        by: None,
        text: "Hello.".into(),
        time: Timestamp(0),
        seen: false,
        room: LOBBY,
        seq: Seq(seq),
        edited: None,
        nonce: None,
        changed: None,
        since: None,
    }
}

pub(crate) fn page(seqs: &[u64], seq: u64) -> Past {
    Past::Replayed { messages: seqs.iter().copied().map(message).collect(), more: false, seq: Seq(seq) }
}

/// A shard, and what it wants.
pub(crate) struct Scene {
    pub(crate) shard: Shard,
    pub(crate) out: Vec<Output>,
}

impl Scene {
    pub(crate) fn new() -> Self {
        Self::encoding(encode)
    }

    pub(crate) fn encoding(encode: Encode) -> Self {
        Self { shard: Shard::new(encode, Replay::Newest(3), EPOCH), out: Vec::new() }
    }

    /// Grace comes with the original program's page.
    pub(crate) fn grace(&mut self) -> PeerId {
        self.shard.open(UserId(2), SessionId(2), Role::Member, View::Contract, Bytes::new(), &mut self.out)
    }

    pub(crate) fn handle(&mut self, input: Input) {
        self.shard.handle(0, input, &mut self.out);
    }

    pub(crate) fn read(&mut self, peer: PeerId, past: Past) {
        self.handle(Input::Read { epoch: EPOCH, peer, past: Box::new(past) });
    }

    pub(crate) fn publish(&mut self, seq: u64, frame: impl Into<Bytes>) {
        let entry = Published {
            seq: Seq(seq),
            since: Seq(seq - 1),
            lost: None,
            came: None,
            is_quiet: false,
            frame: frame.into(),
        };
        self.handle(Input::Published { epoch: EPOCH, log: LogId::Room(LOBBY), entry });
    }

    /// A connection that follows these rooms, each from behind a change.
    pub(crate) fn follows(&mut self, user: u64, rooms: &[(RoomId, u64)]) -> PeerId {
        let peer =
            self.shard.open(UserId(user), SessionId(user), Role::Member, View::Full, Bytes::new(), &mut self.out);
        let follow = rooms.iter().map(|(room, seq)| Followed { room: *room, seq: Some(Seq(*seq)) }).collect();
        self.says(peer, Command::Hello(Box::new(Hello { follow: Some(follow), ..Hello::default() })));
        peer
    }

    pub(crate) fn says(&mut self, peer: PeerId, command: Command) {
        let called = Called { reference: None, command: Ok(command), turn: None };
        self.handle(Input::Said { peer, called, budget: Ok(()) });
    }

    /// It is answered with a page of the first room that it has named, up to a change.
    pub(crate) fn is_welcomed(&mut self, peer: PeerId, room: RoomId, seq: u64) {
        let user = Me { id: UserId(9), username: "somebody".into(), role: Role::Member };
        let page = Some(LogPage::Room(history(room, seq)));
        self.read(peer, Past::Welcome { user, epoch: "one".into(), rooms: vec![], page, public_url: None });
    }

    /// A room is told of by this change; it was closed by that one.
    pub(crate) fn is_closed(&mut self, room: RoomId, seq: u64, since: u64, closed_at: u64) {
        let state = RoomState { kind: RoomKind::Closed, closed_at: Some(Seq(closed_at)), ..RoomState::default() };
        let mut event = Event::State(Entry::room(Seq(seq), room, state));
        event.goes_on_from(Seq(since));
        let entry = Published::new(&event, encode(&event)).expect("it is an entry");
        self.handle(Input::Published { epoch: EPOCH, log: LogId::Room(room), entry });
    }

    /// A user is lost to a room by this change.
    pub(crate) fn loses(&mut self, room: RoomId, seq: u64, user: u64) {
        let event = Event::State(removed(Seq(seq), room, UserId(user)));
        let entry = Published::new(&event, encode(&event)).expect("it is an entry");
        self.handle(Input::Published { epoch: EPOCH, log: LogId::Room(room), entry });
    }

    /// Grace listens behind this change.
    pub(crate) fn grace_listens(&mut self, behind: u64) -> PeerId {
        let grace = self.grace();
        self.read(grace, page(&[], behind));
        grace
    }

    /// What is to be written to a connection.
    pub(crate) fn unsent(&mut self, peer: PeerId) -> String {
        String::from_utf8(self.shard.unsent(peer).flatten().copied().collect()).expect("frames are text")
    }
}

/// The last page of a room, with nothing on it.
pub(crate) fn history(room: RoomId, seq: u64) -> History {
    let (messages, deleted, states) = (Vec::new(), Vec::new(), Vec::new());
    History { room, reset: false, more: false, messages, deleted, states, seq: Seq(seq), live: true }
}

/// Somebody belongs to a room no longer.
pub(crate) fn removed(seq: Seq, room: RoomId, user: UserId) -> Entry {
    let member = Member { change: MemberChange::Removed, by: None, time: Timestamp(0), moderator: false };
    Entry::member(seq, room, user, member)
}
