//! The connections of one core, as one state machine: inputs in, outputs out. It decides what each client is told, in which
//! order, and when it is to leave; whoever drives it carries that out.
//!
//! The way of a message: a client says it ([`Input::Said`]), the store is to decide it ([`Output::Submit`]) and has
//! ([`Input::Decided`]); the event is published to the shards of all nodes that follow its log, in the order of commits
//! ([`Input::Published`]), and lies in the [`Log`](crate::log::Log), where each listener has a place. For a client that
//! arrives or returns the shard first follows the log ([`Output::Follow`]), then has a snapshot read ([`Output::Read`],
//! [`Input::Read`]), and then the client goes on in the log behind it, wherever the log is by then: nothing is lost between
//! the two, and nothing comes twice.

mod company;
mod following;
mod input;
mod logs;
mod online;
mod output;
mod outside;
mod peer;
mod put_off;
mod resume;
mod seen;
mod ticking;
mod typing;
mod watching;
mod whose;
mod writing;

use std::collections::{HashMap, VecDeque};

use bytes::Bytes;
use chatterbox_protocol::commands::{Called, Command, Ref};
use chatterbox_protocol::errors::Refusal;
use chatterbox_protocol::events::{Done, Event, Failed};
use chatterbox_protocol::ids::{SessionId, UserId};
use chatterbox_protocol::limits::INVALID_COMMANDS_MAX;
use chatterbox_protocol::users::Role;
use slotmap::SlotMap;

use crate::logs::{Epoch, LogId};
use logs::{Pieces, ShardLog};
use online::LatestTelling;
use peer::Peer;
use whose::Owners;

pub use company::FoundCompany;
pub use input::{Decision, Input, LogPage, Past, Published, Spelled, ToldOnline};
pub use logs::LOGS_BYTES_MAX;
pub use output::{Ending, Output, Wanted, WantedPage};
pub use peer::{ANSWERS_BYTES_MAX, OWED_BYTES_MAX, View};

slotmap::new_key_type! {
    /// Names a connection of a shard, and never another one after it.
    pub struct PeerId;
}

/// How long a connection may owe more than [`OWED_BYTES_MAX`], in milliseconds. Looked at once a second, it is gone within
/// the 10 seconds of threats.md I1.
pub const PATIENCE_MS: i64 = 8_000;

/// How long an ended session is remembered, in milliseconds: longer than a handshake takes from looking at the session to
/// handing the connection over.
pub const ENDED_KEPT_MS: i64 = 60_000;

/// Refusals for want of budget after which a client is cut off: it does not listen.
pub const OVER_BUDGET_MAX: u32 = 100;

/// Refusals for want of budget that one command within it makes up for: who says ten times as much as is allowed does not
/// listen either, and each refusal costs what it takes to read a command.
pub const OVER_BUDGET_FORGIVEN: u32 = 10;

/// How an event becomes the bytes that travel.
pub type Encode = fn(&Event) -> Bytes;

/// What a contract client is shown of the past when it connects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replay {
    /// This many of the newest messages.
    Newest(usize),
    /// Everything.
    All,
}

type Peers = SlotMap<PeerId, Peer>;

/// Looked up for every delivery. Nobody outside chooses the ids, so that a quick hash will do.
type ShardLogs = HashMap<LogId, ShardLog, foldhash::fast::FixedState>;

/// The connections of one core.
#[derive(Debug)]
pub struct Shard {
    encode: Encode,
    replay: Replay,
    /// The history that all numbers here belong to.
    epoch: Epoch,
    peers: Peers,
    whose: Owners,
    /// Those that this shard follows.
    logs: ShardLogs,
    pieces: Pieces,
    online: LatestTelling,
    /// Counts what is told, to one or in a log, so that each connection is told it in that order.
    stamp: u64,
    /// Connections with something of their own to send.
    dirty: Vec<PeerId>,
    /// Connections that may have to be told something late, or to go.
    looked_after: Vec<PeerId>,
    /// Logs with something to send to whoever listens.
    dirty_logs: Vec<LogId>,
    /// Logs in which there may be more than anybody needs.
    grown: Vec<LogId>,
    /// Logs that it may be that nobody needs.
    idle: Vec<LogId>,
    /// Bytes that logs have got since their listeners were last told.
    untold_bytes: u64,
    /// Sessions that have ended a moment ago, and when: their last connections may still be on the way here.
    ended: VecDeque<(SessionId, i64)>,
    is_draining: bool,
}

impl Shard {
    /// A shard without connections.
    pub fn new(encode: Encode, replay: Replay, epoch: Epoch) -> Self {
        Self {
            encode,
            replay,
            epoch,
            peers: SlotMap::with_key(),
            whose: Owners::default(),
            logs: ShardLogs::default(),
            pieces: Pieces::default(),
            online: LatestTelling::default(),
            stamp: 0,
            dirty: Vec::new(),
            looked_after: Vec::new(),
            dirty_logs: Vec::new(),
            grown: Vec::new(),
            idle: Vec::new(),
            untold_bytes: 0,
            ended: VecDeque::new(),
            is_draining: false,
        }
    }

    /// A connection has begun, whose session was found live not longer than [`ENDED_KEPT_MS`] ago. `first` is what it is told
    /// before anything else and whatever becomes of it: the answer to its handshake, unless that was given already.
    pub fn open(
        &mut self,
        user: UserId,
        session: SessionId,
        role: Role,
        view: View,
        first: Bytes,
        out: &mut Vec<Output>,
    ) -> PeerId {
        let is_owed = !first.is_empty();
        let mut peer = Peer::new(user, session, view, first);
        peer.is_guest = role == Role::Guest;
        let id = self.peers.insert(peer);
        self.whose.add(id, user, session);
        if is_owed {
            self.mark(id);
        }
        if self.is_draining {
            self.close(id, Ending::Draining, out);
        } else if self.ended.iter().any(|(ended, _)| *ended == session) {
            self.close(id, Ending::SessionOver, out);
        } else if view == View::Contract {
            self.begin_replay(id, out);
        }
        id
    }

    /// Bytes of logs, which wait for listeners or are kept for those who come: at most
    /// [`LOG_BYTES_MAX`](crate::log::LOG_BYTES_MAX) for each, and [`LOGS_BYTES_MAX`] for all.
    pub fn log_bytes(&self) -> u64 {
        self.pieces.bytes
    }

    /// Bytes that wait for one connection alone: answers, and what it is shown of the past.
    pub fn own_bytes(&self) -> u64 {
        self.peers.values().map(|peer| peer.own_bytes() as u64).sum()
    }

    /// Forgets all connections and logs, whatever state they are in, and never uses the names of the connections again.
    pub fn abandon(&mut self) {
        self.peers.clear();
        self.whose = Owners::default();
        self.online = LatestTelling::default();
        self.dirty.clear();
        self.looked_after.clear();
        self.drop_logs();
    }

    fn drop_logs(&mut self) {
        self.logs.clear();
        self.pieces = Pieces::default();
        self.dirty_logs.clear();
        self.grown.clear();
        self.idle.clear();
        self.untold_bytes = 0;
    }

    /// Whether numbers of this history mean something here. With a later one, everything begins anew.
    fn is_of_now(&mut self, epoch: Epoch, out: &mut Vec<Output>) -> bool {
        if epoch > self.epoch {
            self.epoch = epoch;
            self.end_all(|_| true, Ending::NewEpoch, out);
            out.extend(self.logs.keys().map(|log| Output::Unfollow(*log)));
            self.drop_logs();
        }
        epoch == self.epoch
    }

    /// Takes in what happens.
    pub fn handle(&mut self, now_ms: i64, input: Input, out: &mut Vec<Output>) {
        match input {
            Input::Said { peer, called, budget } => self.said(now_ms, peer, called, budget, out),
            Input::Decided { peer, reference, decision } => self.decided(peer, reference, decision, out),
            Input::Published { epoch, .. }
            | Input::Stands { epoch, .. }
            | Input::Filled { epoch, .. }
            | Input::Read { epoch, .. }
                if !self.is_of_now(epoch, out) => {}
            Input::Published { log, entry, .. } => self.published(log, entry, out),
            Input::Stands { log, seq, .. } => self.stands(log, seq, out),
            Input::Filled { log, changes, seq, .. } => self.filled(log, &changes, seq, out),
            Input::Read { peer, past, .. } => self.read(peer, *past, out),
            Input::Online(told) => self.is_told_who_is_online(now_ms, told, out),
            Input::Company { peer, found } => self.company_is_read(peer, found),
            Input::Typing { room, user, frame } => self.types(room, user, &frame),
            Input::Appeared { peer, number } => self.appeared(now_ms, peer, number, out),
            Input::Frame { peer, frame } => self.push(peer, frame),
            Input::Seen { room, everybody, furthest } => self.seen(room, everybody.as_ref(), furthest.as_ref()),
            Input::SessionOver(session) => {
                self.ended.push_back((session, now_ms));
                self.end(self.whose.of_session(session).to_vec(), Ending::SessionOver, out);
            }
            Input::Drain => {
                self.is_draining = true;
                self.end_all(|peer| peer.in_flight == 0, Ending::Draining, out);
            }
            Input::Tick => self.tick(now_ms, out),
        }
    }

    fn said(&mut self, now_ms: i64, id: PeerId, called: Called, budget: Result<(), Refusal>, out: &mut Vec<Output>) {
        if self.is_draining {
            return;
        }
        let Some(peer) = self.peers.get_mut(id).filter(|peer| !peer.is_leaving) else { return };
        if let Err(refusal) = &called.command
            && !refusal.is_slip
        {
            peer.invalid += 1;
            let is_broken = peer.invalid >= INVALID_COMMANDS_MAX;
            self.refuse(id, called.reference, refusal.clone());
            return if is_broken {
                self.close(id, Ending::Invalid, out)
            };
        }
        peer.invalid = 0;
        if let Err(refusal) = budget {
            peer.put_off.refused(called.nonce(), &refusal);
            peer.over_budget += 1;
            let is_deaf = peer.over_budget > OVER_BUDGET_MAX;
            self.refuse(id, called.reference, refusal);
            return if is_deaf {
                self.close(id, Ending::TooManyCommands, out)
            };
        }
        peer.over_budget = peer.over_budget.saturating_sub(OVER_BUDGET_FORGIVEN);
        peer.put_off.goes_on(&called);
        let Called { reference, command, .. } = called;
        match command {
            Err(slip) => self.refuse(id, reference, slip),
            Ok(Command::Hello(hello)) => self.hello(id, *hello, reference, out),
            Ok(Command::Follow(follow)) => self.follow(id, follow, reference, out),
            Ok(Command::Unfollow(unfollow)) => self.unfollow(id, unfollow, reference, out),
            Ok(Command::Active) => self.is_active(id, reference, out),
            Ok(Command::Watch(watch)) => self.watch(now_ms, id, watch, reference, out),
            Ok(Command::Typing(typing)) => self.says_typing(now_ms, id, typing, reference, out),
            Ok(command) => {
                peer.in_flight += 1;
                out.push(Output::Submit { peer: id, reference, command });
            }
        }
    }

    /// The user has input at this client.
    fn is_active(&mut self, id: PeerId, reference: Option<Ref>, out: &mut Vec<Output>) {
        self.has_input(id, 0, out);
        if let Some(reference) = reference {
            self.tell(id, &Event::Ok(Done { reference, id: None, seq: None, time: None }));
        }
    }

    /// The user had input at this client so long ago: that is told when the user appears by it, or at once.
    fn has_input(&mut self, id: PeerId, idle_ms: i64, out: &mut Vec<Output>) {
        let Some(peer) = self.peers.get_mut(id) else { return };
        peer.idle_ms = Some(idle_ms);
        if peer.has_appeared {
            out.push(Output::HadInput { peer: id, idle_ms });
        }
    }

    fn decided(&mut self, id: PeerId, reference: Option<Ref>, decision: Decision, out: &mut Vec<Output>) {
        let Some(peer) = self.peers.get_mut(id) else { return };
        peer.in_flight -= 1;
        let is_last = peer.in_flight == 0;
        match decision {
            // Only a command with a `ref` is answered.
            Decision::Done { id: message, seq, time } => {
                if let Some(reference) = reference {
                    self.tell(id, &Event::Ok(Done { reference, id: message, seq, time }));
                }
            }
            Decision::Refused(refusal) => self.refuse(id, reference, refusal),
            Decision::NotTaken { nonce, refusal } => {
                peer.put_off.refused(nonce.as_deref(), &refusal);
                self.refuse(id, reference, refusal);
            }
            Decision::SessionOver(refusal) => {
                self.refuse(id, reference, refusal);
                self.close(id, Ending::SessionOver, out);
            }
        }
        if self.is_draining && is_last {
            self.close(id, Ending::Draining, out);
        }
    }

    fn end_all(&mut self, concerns: impl Fn(&Peer) -> bool, ending: Ending, out: &mut Vec<Output>) {
        let concerned: Vec<PeerId> = self.peers.iter().filter(|(_, peer)| concerns(peer)).map(|(id, _)| id).collect();
        self.end(concerned, ending, out);
    }

    fn end(&mut self, concerned: Vec<PeerId>, ending: Ending, out: &mut Vec<Output>) {
        for id in concerned {
            self.close(id, ending, out);
        }
    }

    /// Ends a connection. What it is still owed is settled here and now: what is published next is not for it, even if
    /// whoever drives this shard carries out the end later.
    fn close(&mut self, id: PeerId, ending: Ending, out: &mut Vec<Output>) {
        if self.peers.get(id).is_none_or(|peer| peer.is_leaving) {
            return;
        }
        let last = self.last_of(id);
        self.stop_listening(id);
        if let Some(peer) = self.peers.get_mut(id) {
            peer.is_leaving = true;
            peer.owe_only(last);
            out.push(Output::Close(id, ending));
        }
    }

    fn refuse(&mut self, id: PeerId, reference: Option<Ref>, refusal: Refusal) {
        self.tell(id, &Event::Error(Failed::new(reference, refusal)));
    }

    /// Sends an event to one connection alone, behind all that it was told before.
    fn tell(&mut self, id: PeerId, event: &Event) {
        let frame = (self.encode)(event);
        self.push(id, frame);
    }

    fn push(&mut self, id: PeerId, frame: Bytes) {
        self.stamp += 1;
        self.push_at(id, frame, self.stamp);
    }

    /// Sends an event of the past: before anything that waits in the logs.
    fn tell_past(&mut self, id: PeerId, event: &Event) {
        let frame = (self.encode)(event);
        self.push_at(id, frame, 0);
    }

    fn push_at(&mut self, id: PeerId, frame: Bytes, stamp: u64) {
        if let Some(peer) = self.peers.get_mut(id).filter(|peer| !peer.is_leaving) {
            peer.push(frame, stamp);
            self.mark(id);
            self.look_after(id);
        }
    }

    /// There is something to be written to a connection.
    fn mark(&mut self, id: PeerId) {
        if let Some(peer) = self.peers.get_mut(id)
            && !std::mem::replace(&mut peer.is_dirty, true)
        {
            self.dirty.push(id);
        }
    }
}
