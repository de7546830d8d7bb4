//! Everything that can happen to a shard.

use bytes::Bytes;
use chatterbox_protocol::commands::{Called, Ref};
use chatterbox_protocol::errors::Refusal;
use chatterbox_protocol::events::{Event, History, Me};
use chatterbox_protocol::ids::{MessageId, RoomId, Seq, SessionId, UserId};
use chatterbox_protocol::messages::Message;
use chatterbox_protocol::rooms::Room;
use chatterbox_protocol::time::Timestamp;

use super::PeerId;

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
    /// A change is committed. Changes of one room come in their order; repetitions and gaps are noticed.
    Published {
        /// In which room.
        room: RoomId,
        /// The change's number.
        seq: Seq,
        /// The event that tells of it, encoded.
        frame: Bytes,
    },
    /// The store says where a room's log stands: more may have been committed than was published here.
    Stands {
        /// Which room.
        room: RoomId,
        /// Its last change.
        seq: Seq,
    },
    /// What was missing in a room's log ([`Output::Fill`](super::Output::Fill)): each change by its number, in their order.
    Filled {
        /// Which room.
        room: RoomId,
        /// The changes, as far as no later one has overtaken them.
        changes: Vec<(Seq, Event)>,
        /// What this brings the log up to.
        seq: Seq,
    },
    /// What was read for a client ([`Output::Read`](super::Output::Read)).
    Read {
        /// For whom.
        peer: PeerId,
        /// What was found.
        past: Past,
    },
    /// Who is online.
    Online {
        /// Counts the tellings.
        number: u64,
        /// The `users` event, encoded.
        users: Bytes,
        /// The `presence` event that leads from the telling before to this one, encoded; none if nobody came or went.
        change: Option<Bytes>,
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
    Page {
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
        /// The rooms that the user may see now, and the first page of each.
        rooms: Vec<(Room, History)>,
        /// The address that people open, if it is another one than the server's own.
        public_url: Option<String>,
    },
    /// A further page of a room; none if the room cannot be shown to this user (any more).
    Further(Option<History>),
    /// The session is over.
    SessionOver,
    /// Storage does not answer.
    Failed,
}
