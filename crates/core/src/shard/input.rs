//! Everything that can happen to a shard.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use chatterbox_protocol::commands::{Called, Ref};
use chatterbox_protocol::errors::Refusal;
use chatterbox_protocol::events::{Event, History, Loss, Me};
use chatterbox_protocol::ids::{MessageId, RoomId, Seq, SessionId, UserId};
use chatterbox_protocol::logs::{Place, States};
use chatterbox_protocol::messages::Message;
use chatterbox_protocol::presence::PersonPresence;
use chatterbox_protocol::rooms::Room;
use chatterbox_protocol::time::Timestamp;

use super::PeerId;
use super::company::FoundCompany;
use crate::logs::{Epoch, LogId};

/// What happens to a shard.
#[derive(Debug, Clone)]
pub enum Input {
    /// A client says something. `budget` is what [`Shard::may_go_on`](super::Shard::may_go_on) says to it, and then the rate
    /// limits.
    Said {
        /// Which connection.
        peer: PeerId,
        /// The command, or why it is none.
        called: Called,
        /// Whether the user may go on.
        budget: Result<(), Refusal>,
    },
    /// The store has decided a command.
    Decided {
        /// Whose command.
        peer: PeerId,
        /// What the answer is to carry.
        reference: Option<Ref>,
        /// How it was decided.
        decision: Decision,
    },
    /// A change is committed, here or by another node. Changes of one log come in their order; repetitions and gaps are
    /// noticed.
    Published {
        /// The history that its number belongs to.
        epoch: Epoch,
        /// In which log.
        log: LogId,
        /// The entry.
        entry: Published,
    },
    /// The store says where a log stands: more may have been committed than was published here.
    Stands {
        /// The history that the number belongs to.
        epoch: Epoch,
        /// Which log.
        log: LogId,
        /// Its last change.
        seq: Seq,
    },
    /// What was missing in a log ([`Output::Fill`](super::Output::Fill)): entries in their order.
    Filled {
        /// The history that the numbers belong to.
        epoch: Epoch,
        /// Which log.
        log: LogId,
        /// The newest of each thing; each says which numbers it covers.
        changes: Vec<(Seq, Event)>,
        /// What this brings the log up to.
        seq: Seq,
    },
    /// What was read for a client ([`Output::Read`](super::Output::Read)).
    Read {
        /// The history that its numbers belong to.
        epoch: Epoch,
        /// For whom.
        peer: PeerId,
        /// What was found.
        past: Box<Past>,
    },
    /// Who is online.
    Online(ToldOnline),
    /// Who is online for one person alone ([`Output::TellCompany`](super::Output::TellCompany)).
    Company {
        /// The person's connection.
        peer: PeerId,
        /// What was found; none if storage does not answer.
        found: Option<FoundCompany>,
    },
    /// Somebody writes something that is meant for a room, for those who listen there.
    Typing {
        /// Which room.
        room: RoomId,
        /// Who.
        user: UserId,
        /// The event, encoded.
        frame: Bytes,
    },
    /// The connection's user is among those online from this telling on.
    Appeared {
        /// Which connection.
        peer: PeerId,
        /// The telling's number.
        number: u64,
    },
    /// A frame of the transport's own for one connection, such as the answer to a ping.
    Frame {
        /// Which connection.
        peer: PeerId,
        /// The frame, encoded.
        frame: Bytes,
    },
    /// What was seen in a room, for those who listen there.
    Seen {
        /// Which room.
        room: RoomId,
        /// The `seen` event for everybody but the furthest reader, encoded; none if there is nothing new for them.
        everybody: Option<Bytes>,
        /// The furthest reader, and the event for them.
        furthest: Option<(UserId, Option<Bytes>)>,
    },
    /// A session has ended. What was published before is still for its clients, nothing after.
    SessionOver(SessionId),
    /// The node is about to stop.
    Drain,
    /// Time has passed; to be said about once a second.
    Tick,
}

/// How people are there at a moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ToldOnline {
    /// Counts the tellings.
    pub number: u64,
    /// All who are there: `users`, or `people` with `reset`. It may be left out while nobody is told of everybody.
    pub whole: Option<Spelled>,
    /// What leads from the telling before to this one, as `presence`; none if nobody has come or gone by name.
    pub names: Option<Bytes>,
    /// The same as `people`; none if nobody is there otherwise.
    pub ids: Option<Bytes>,
    /// Who is there otherwise, or was last there at another time.
    pub people: Arc<[PersonPresence]>,
    /// Who hides.
    pub hiding: Arc<BTreeSet<UserId>>,
    /// Whether a telling before may have been missed: this one has everything.
    pub is_anew: bool,
    /// Whether guests may be in other company than at the telling before: people have come into rooms, or have gone.
    pub is_company_other: bool,
}

/// Who is online, encoded for those who know people by name and for those who know them by id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spelled {
    /// By name.
    pub names: Bytes,
    /// By id.
    pub ids: Bytes,
}

/// An entry of a log, as the listeners of one core are told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The change's number.
    pub seq: Seq,
    /// The number that it goes on from.
    pub since: Seq,
    /// Who may hear of the log no more behind this.
    pub lost: Option<Loss>,
    /// Who belongs to the room by this, now or still.
    pub came: Option<UserId>,
    /// Whether it is for those alone who hear of more than messages.
    pub is_quiet: bool,
    /// The event that tells of it, encoded.
    pub frame: Bytes,
}

impl Published {
    /// The entry that an event is, if it is one.
    pub fn new(event: &Event, frame: Bytes) -> Option<Self> {
        let Place { seq, since, .. } = event.place()?;
        let is_quiet = matches!(event, Event::State(_));
        Some(Self { seq, since, lost: event.loss(), came: event.came(), is_quiet, frame })
    }
}

/// How the store decided a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It is committed.
    Done {
        /// The message that it is about.
        id: Option<MessageId>,
        /// The change's number.
        seq: Option<Seq>,
        /// When.
        time: Option<Timestamp>,
    },
    /// It has changed nothing.
    Refused(Refusal),
    /// The store does not take it on. To be told before anything else that the connection says: what is to come after it is
    /// not to overtake it.
    NotTaken {
        /// Of a `send`, if it has one.
        nonce: Option<String>,
        /// Why, and for how long.
        refusal: Refusal,
    },
    /// The session that said it is over.
    SessionOver(Refusal),
}

/// What the store has for a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Past {
    /// A page of the first room, for a contract client; the first of what [`Replay`](super::Replay) says, or a further one.
    Replayed {
        /// The messages, oldest first.
        messages: Vec<Message>,
        /// Whether there are newer ones.
        more: bool,
        /// The room's last change in the same snapshot.
        seq: Seq,
    },
    /// The answer to `hello`.
    Welcome {
        /// Who the client is.
        user: Me,
        /// Which history the numbers belong to.
        epoch: String,
        /// The rooms that the user may see now.
        rooms: Vec<Room>,
        /// The page that was asked for as well, if it may be shown.
        page: Option<LogPage>,
        /// The address that people open, if it is another one than the server's own.
        public_url: Option<String>,
    },
    /// A page of a log; none if it cannot be shown to this user (any more).
    Page(Option<LogPage>),
    /// The session is over.
    SessionOver,
    /// Storage does not answer.
    Failed,
}

/// A page of a log, which brings a client up to some number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogPage {
    /// Of a room's.
    Room(History),
    /// Of one's own, or of the house's.
    States(States),
}

impl LogPage {
    /// Of which log, to the user whose it is to be.
    pub fn log(&self, user: UserId) -> LogId {
        match self {
            Self::Room(history) => LogId::Room(history.room),
            Self::States(States { house: true, .. }) => LogId::House,
            Self::States(_) => LogId::Own(user),
        }
    }

    /// The number that it brings the client up to.
    pub fn seq(&self) -> Seq {
        match self {
            Self::Room(History { seq, .. }) | Self::States(States { seq, .. }) => *seq,
        }
    }

    /// Whether it is the last one.
    pub fn live(&mut self) -> &mut bool {
        match self {
            Self::Room(History { live, .. }) | Self::States(States { live, .. }) => live,
        }
    }

    /// As it is told.
    pub fn event(self) -> Event {
        match self {
            Self::Room(history) => Event::History(history),
            Self::States(states) => Event::States(states),
        }
    }
}
