//! A node: some cores with a shard each, a writer to the store, and who is online. Its parts do what the server does.

mod bus;
mod committing;
mod hearing;
mod living;
mod presence;
mod turning;
mod writing;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bytes::Bytes;
use chatterbox_core::logs::LogId;
use chatterbox_core::presence::{ConnectionId, Moment, Presence};
use chatterbox_core::shard::{Input, PeerId, Shard};
use chatterbox_protocol::events::Event;
use chatterbox_protocol::ids::UserId;
use chatterbox_protocol::time::Timestamp;

use crate::link::LinkId;
use crate::world::World;
pub(crate) use committing::Job;

/// A core in one life of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct At {
    pub(crate) node: usize,
    pub(crate) life: u32,
    pub(crate) core: usize,
}

/// A core.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) shard: Shard,
    pub(crate) inbox: VecDeque<Input>,
    /// It is going to turn to its inbox.
    is_called: bool,
    pub(crate) links: BTreeMap<PeerId, LinkId>,
    /// The logs that its node tells it of.
    pub(crate) follows: BTreeSet<LogId>,
}

/// A node.
#[derive(Debug, Default)]
pub(crate) struct Node {
    /// Counts its lives. One that is down has no cores.
    pub(crate) life: u32,
    pub(crate) cores: Vec<Core>,
    pub(crate) is_draining: bool,
    /// Commands that wait for the writer.
    queue: VecDeque<Job>,
    is_committing: bool,
    presence: Presence,
    /// When it is going to tell who is online, by its clock.
    tells_at_ms: Option<i64>,
    /// What each other node has said of who is online there, and when.
    others: BTreeMap<usize, Word>,
    words: u64,
    clock: Clock,
}

/// What a node says of who is online there.
#[derive(Debug, Clone, Default)]
struct Word {
    number: u64,
    at: u64,
    users: BTreeMap<UserId, ConnectionId>,
}

/// A clock that never goes back, but goes at any rate and jumps.
#[derive(Debug, Clone, Copy, Default)]
struct Clock {
    ahead: i64,
    rate: i64,
}

impl Node {
    /// What the clock of this node says.
    pub(crate) fn now_ms(&self, now: u64) -> i64 {
        self.clock.ahead + i64::try_from(now).unwrap_or(0) * self.clock.rate / 100
    }

    /// Whether it takes connections.
    pub(crate) fn is_open(&self) -> bool {
        !self.cores.is_empty() && !self.is_draining
    }
}

/// An event as one line.
pub(crate) fn encode(event: &Event) -> Bytes {
    let mut line = serde_json::to_vec(event).expect("an event is text and numbers");
    line.push(b'\n');
    line.into()
}

impl World {
    /// A core, if its node still lives that life.
    pub(crate) fn core(&mut self, at: At) -> Option<&mut Core> {
        self.nodes.get_mut(at.node).filter(|node| node.life == at.life)?.cores.get_mut(at.core)
    }

    /// All cores of a node that lives.
    pub(crate) fn cores(&self, node: usize) -> impl Iterator<Item = At> + use<> {
        let (life, cores) = (self.nodes[node].life, self.nodes[node].cores.len());
        (0..cores).map(move |core| At { node, life, core })
    }

    /// What both clocks of a node say.
    pub(crate) fn clocks(&self, node: usize) -> Moment {
        Moment { ms: self.clock(node), wall: Timestamp(self.clock(node)) }
    }

    /// What the clock of a node says.
    pub(crate) fn clock(&self, node: usize) -> i64 {
        self.nodes[node].now_ms(self.now)
    }
}
