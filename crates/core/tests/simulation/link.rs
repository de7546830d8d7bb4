//! A connection: what the kernels of both sides hold of it.

use std::collections::{BTreeMap, VecDeque};

use chatterbox_core::presence::ConnectionId;
use chatterbox_core::shard::{Ending, PeerId};
use chatterbox_protocol::ids::{RoomId, Seq, SessionId, UserId};

use crate::node::At;
use crate::world::ClientId;

/// Names a connection, and never another one after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LinkId(pub(crate) u64);

/// A connection.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) client: ClientId,
    pub(crate) user: UserId,
    pub(crate) session: SessionId,
    pub(crate) at: At,
    pub(crate) peer: PeerId,
    /// What the server has written and the client has not read.
    pub(crate) to_client: VecDeque<u8>,
    /// What the client has said and the server has not heard.
    pub(crate) to_server: VecDeque<String>,
    /// The client is going to read.
    pub(crate) is_read: bool,
    /// The server waits until it can write again.
    pub(crate) is_blocked: bool,
    /// The client has gone, and the server does not know yet.
    pub(crate) is_cut: bool,
    /// The server has gone: this is why, and what it has written is all there will be.
    pub(crate) ending: Option<Ending>,
    pub(crate) has_appeared: bool,
    /// As which connection its user is online.
    pub(crate) connection: Option<ConnectionId>,
    /// Commands that are submitted and not decided.
    pub(crate) in_flight: usize,
    /// How far it was told of each room.
    pub(crate) told: BTreeMap<RoomId, Seq>,
    /// What it owed at the last tick.
    pub(crate) owed: usize,
    /// Since when it owes more than it may, by the clock of its node.
    pub(crate) owes_since: Option<i64>,
    /// Where a contract client's view begins.
    pub(crate) floor: Seq,
}

impl Link {
    /// A connection of a client to a core.
    pub(crate) fn new(client: ClientId, by: (UserId, SessionId), at: At, peer: PeerId) -> Self {
        Self {
            client,
            user: by.0,
            session: by.1,
            at,
            peer,
            to_client: VecDeque::new(),
            to_server: VecDeque::new(),
            is_read: false,
            is_blocked: false,
            is_cut: false,
            ending: None,
            has_appeared: false,
            connection: None,
            in_flight: 0,
            told: BTreeMap::new(),
            owed: 0,
            owes_since: None,
            floor: Seq(0),
        }
    }
}
