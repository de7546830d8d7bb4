//! The connections of one core, as one state machine: inputs in, outputs out. It decides what each client is told, in which
//! order, and when it is to leave; whoever drives it carries that out.
//!
//! The way of a message: a client says it ([`Input::Said`]), the store is to decide it ([`Output::Submit`]) and has
//! ([`Input::Decided`]); the event is published to the shards of all nodes in the order of commits ([`Input::Published`])
//! and lies in the [`Log`] of its room, where each listener has a place. A client that arrives or returns is shown a
//! snapshot ([`Output::Read`], [`Input::Read`]) and then goes on in the log behind it, wherever the log is by then:
//! nothing is lost between the two, and nothing comes twice.

mod input;
mod online;
mod output;
mod peer;
mod put_off;
mod resume;
mod writing;

use std::collections::{HashMap, VecDeque};

use bytes::Bytes;
use chatterbox_protocol::commands::{Called, Command, Ref};
use chatterbox_protocol::errors::Refusal;
use chatterbox_protocol::events::{Done, Event, Failed};
use chatterbox_protocol::ids::{RoomId, Seq, SessionId, UserId};
use chatterbox_protocol::limits::INVALID_COMMANDS_MAX;
use slotmap::SlotMap;

use crate::log::{Appended, Joined, Log};
use online::LatestTelling;
use peer::{Peer, Stage};

pub use input::{Decision, Input, Past};
pub use output::{Ending, Output, Wanted};
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

#[derive(Debug, Default)]
struct ShardRoom {
    log: Log,
    listeners: Vec<PeerId>,
    /// Listeners that know more than the log, or did.
    ahead: usize,
    is_dirty: bool,
    /// The store is asked for what is missing; the last change that was heard of meanwhile.
    filling: Option<Seq>,
    /// What the last contract client that came was shown, for the next one, as long as nothing changes.
    newest: Option<Newest>,
}

/// Looked up for every delivery. Nobody outside chooses the ids, so that a quick hash will do.
type ShardRooms = HashMap<RoomId, ShardRoom, foldhash::fast::FixedState>;

/// The newest page of a room, encoded.
#[derive(Debug)]
struct Newest {
    frames: Bytes,
    /// The room's last change.
    seq: Seq,
}

/// The connections of one core.
#[derive(Debug)]
pub struct Shard {
    encode: Encode,
    replay: Replay,
    peers: SlotMap<PeerId, Peer>,
    rooms: ShardRooms,
    online: LatestTelling,
    /// Counts what is told, to one or to a room, so that each connection is told it in that order.
    stamp: u64,
    /// Connections with something of their own to send.
    dirty: Vec<PeerId>,
    /// ShardRooms with something to send to whoever listens.
    dirty_rooms: Vec<RoomId>,
    /// Bytes that rooms have got since their listeners were last taken.
    untold_bytes: u64,
    /// Sessions that have ended a moment ago, and when: their last connections may still be on the way here.
    ended: VecDeque<(SessionId, i64)>,
    is_draining: bool,
}

impl Shard {
    /// A shard without connections.
    pub fn new(encode: Encode, replay: Replay) -> Self {
        Self {
            encode,
            replay,
            peers: SlotMap::with_key(),
            rooms: ShardRooms::default(),
            online: LatestTelling::default(),
            stamp: 0,
            dirty: Vec::new(),
            dirty_rooms: Vec::new(),
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
        view: View,
        first: Bytes,
        out: &mut Vec<Output>,
    ) -> PeerId {
        let is_owed = !first.is_empty();
        let id = self.peers.insert(Peer::new(user, session, view, first));
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

    /// Bytes of rooms' logs, which wait for listeners or are kept for those who come: at most
    /// [`LOG_BYTES_MAX`](crate::log::LOG_BYTES_MAX) for each room.
    pub fn log_bytes(&self) -> u64 {
        self.rooms.values().map(|room| room.log.end() - room.log.start()).sum()
    }

    /// Bytes that wait for one connection alone: answers, and what it is shown of the past.
    pub fn own_bytes(&self) -> u64 {
        self.peers.values().map(|peer| peer.own_bytes() as u64).sum()
    }

    /// Forgets all connections and logs, whatever state they are in, and never uses the names of the connections again.
    pub fn abandon(&mut self) {
        self.peers.clear();
        self.rooms.clear();
        self.dirty.clear();
        self.dirty_rooms.clear();
        self.untold_bytes = 0;
    }

    /// Takes in what happens.
    pub fn handle(&mut self, now_ms: i64, input: Input, out: &mut Vec<Output>) {
        match input {
            Input::Said { peer, called, budget } => self.said(peer, called, budget, out),
            Input::Decided { peer, reference, decision } => self.decided(peer, reference, decision, out),
            Input::Published { room, seq, frame } => self.published(room, seq, &frame, out),
            Input::Stands { room, seq } => self.stands(room, seq, out),
            Input::Filled { room, changes, seq } => self.filled(room, &changes, seq, out),
            Input::Read { peer, past } => self.read(peer, past, out),
            Input::Online { number, users, change } => {
                self.online.change(number, users, change);
                self.tell_online(now_ms);
            }
            Input::Appeared { peer, number } => self.appeared(now_ms, peer, number),
            Input::Frame { peer, frame } => self.push(peer, frame),
            Input::Seen { room, everybody, furthest } => self.seen(room, everybody.as_ref(), furthest.as_ref()),
            Input::SessionOver(session) => {
                self.ended.push_back((session, now_ms));
                self.end_all(|peer| peer.session == session, Ending::SessionOver, out);
            }
            Input::Drain => {
                self.is_draining = true;
                self.end_all(|peer| peer.in_flight == 0, Ending::Draining, out);
            }
            Input::Tick => self.tick(now_ms, out),
        }
    }

    fn said(&mut self, id: PeerId, called: Called, budget: Result<(), Refusal>, out: &mut Vec<Output>) {
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
            Ok(Command::Hello(hello)) => self.hello(id, hello, reference, out),
            Ok(Command::Follow(_) | Command::Unfollow(_)) => {}
            Ok(command) => {
                peer.in_flight += 1;
                out.push(Output::Submit { peer: id, reference, command });
            }
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

    fn published(&mut self, id: RoomId, seq: Seq, frame: &[u8], out: &mut Vec<Output>) {
        self.stamp += 1;
        let room = self.rooms.entry(id).or_default();
        room.newest = None;
        if room.filling.is_some() {
            room.filling = room.filling.max(Some(seq));
            return;
        }
        match room.log.append(seq, frame, self.stamp) {
            Appended::Yes => {
                self.untold_bytes += frame.len() as u64;
                self.skip_what_is_known(id);
                self.mark_room(id);
            }
            Appended::Old => {}
            Appended::Gap { since } => {
                room.filling = Some(seq);
                out.push(Output::Fill { room: id, since });
            }
        }
    }

    fn stands(&mut self, id: RoomId, seq: Seq, out: &mut Vec<Output>) {
        let Some(room) = self.rooms.get_mut(&id) else { return };
        let Some(last) = room.log.last().filter(|last| *last < seq) else { return };
        if room.filling.is_none() {
            out.push(Output::Fill { room: id, since: last });
        }
        room.filling = room.filling.max(Some(seq));
    }

    fn filled(&mut self, id: RoomId, changes: &[(Seq, Event)], seq: Seq, out: &mut Vec<Output>) {
        let Some(room) = self.rooms.get_mut(&id) else { return };
        let Some(heard_of) = room.filling.take() else { return };
        room.newest = None;
        self.stamp += 1;
        let frames: Vec<(Seq, Bytes)> = changes.iter().map(|(seq, event)| (*seq, (self.encode)(event))).collect();
        self.untold_bytes += frames.iter().map(|(_, frame)| frame.len() as u64).sum::<u64>();
        room.log.fill(frames.iter().map(|(seq, frame)| (*seq, &frame[..])), seq, self.stamp);
        if heard_of > seq {
            room.filling = Some(heard_of);
            out.push(Output::Fill { room: id, since: seq });
        }
        self.skip_what_is_known(id);
        self.mark_room(id);
    }

    fn seen(&mut self, room: RoomId, everybody: Option<&Bytes>, furthest: Option<&(UserId, Option<Bytes>)>) {
        let Some(state) = self.rooms.get_mut(&room) else { return };
        state.newest = None;
        let listeners = state.listeners.clone();
        // What is on its way to these from the store may be older than this.
        for (_, peer) in self.peers.iter_mut().filter(|(_, peer)| !peer.is_up_to_date()) {
            peer.has_missed_seen = true;
        }
        for id in listeners {
            let Some(peer) = self.peers.get_mut(id) else { continue };
            if peer.is_full() {
                peer.has_missed_seen = true;
                continue;
            }
            let frame = match furthest {
                Some((user, frame)) if *user == peer.user => frame.as_ref(),
                _ => everybody,
            };
            if let Some(frame) = frame {
                self.push(id, frame.clone());
            }
        }
    }

    fn end_all(&mut self, concerns: impl Fn(&Peer) -> bool, ending: Ending, out: &mut Vec<Output>) {
        let concerned: Vec<PeerId> = self.peers.iter().filter(|(_, peer)| concerns(peer)).map(|(id, _)| id).collect();
        for id in concerned {
            self.close(id, ending, out);
        }
    }

    /// Looks after what depends on time: who owes too much for too long, who is to be told who is online, and what the
    /// logs need not keep.
    fn tick(&mut self, now_ms: i64, out: &mut Vec<Output>) {
        self.ended.retain(|(_, ended_ms)| ended_ms + ENDED_KEPT_MS > now_ms);
        let mut needed: HashMap<RoomId, u64> = HashMap::new();
        let mut too_slow = Vec::new();
        for (id, peer) in &mut self.peers {
            if peer.has_missed_seen && peer.stage == Stage::Live && !peer.is_full() {
                peer.has_missed_seen = false;
                out.extend(peer.cursors.iter().map(|cursor| Output::TellSeen { peer: id, room: cursor.room }));
            }
            let mut owed = peer.own_bytes() as u64;
            let mut has_fallen_out = false;
            for cursor in &peer.cursors {
                let Some(room) = self.rooms.get(&cursor.room) else { continue };
                if !peer.is_replaying() {
                    owed += room.log.end() - cursor.place;
                }
                has_fallen_out |= cursor.place < room.log.start();
                let place = needed.entry(cursor.room).or_insert(cursor.place);
                *place = cursor.place.min(*place);
            }
            let is_owing = owed > OWED_BYTES_MAX as u64;
            peer.owes_since = if is_owing { peer.owes_since.or(Some(now_ms)) } else { None };
            // Who takes none of its answers is not heard, and may not stay so for ever either. Who takes them slowly may: a
            // weak line needs its time for a page.
            peer.stuck_since = if peer.is_full() { peer.stuck_since.or(Some(now_ms)) } else { None };
            let is_over = |since: Option<i64>| since.is_some_and(|since| since + PATIENCE_MS <= now_ms);
            if has_fallen_out || is_over(peer.owes_since) || is_over(peer.stuck_since) {
                too_slow.push(id);
            }
        }
        for id in too_slow {
            self.close(id, Ending::TooSlow, out);
        }
        for (id, room) in &mut self.rooms {
            match needed.get(id) {
                Some(needed) => room.log.trim(*needed),
                None if room.listeners.is_empty() => room.log.forget(),
                None => {}
            }
        }
        self.tell_online(now_ms);
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

    /// Sends an event of the past: before anything that waits in the rooms.
    fn tell_past(&mut self, id: PeerId, event: &Event) {
        let frame = (self.encode)(event);
        self.push_at(id, frame, 0);
    }

    fn push_at(&mut self, id: PeerId, frame: Bytes, stamp: u64) {
        if let Some(peer) = self.peers.get_mut(id).filter(|peer| !peer.is_leaving) {
            peer.push(frame, stamp);
            self.mark(id);
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

    /// Moves listeners past events that the store has shown them before the log had them.
    fn skip_what_is_known(&mut self, id: RoomId) {
        let Some(room) = self.rooms.get_mut(&id).filter(|room| room.ahead > 0) else { return };
        room.ahead = 0;
        for listener in &room.listeners {
            let Some(peer) = self.peers.get_mut(*listener) else { continue };
            for cursor in peer.cursors.iter_mut().filter(|cursor| cursor.room == id) {
                let Some(seq) = cursor.ahead else { continue };
                match room.log.join(seq) {
                    Joined::At(place) => (cursor.place, cursor.ahead) = (place, None),
                    // `TooOld` cannot be: the log has just got there.
                    Joined::Ahead | Joined::TooOld => {
                        cursor.place = room.log.end();
                        room.ahead += 1;
                    }
                }
            }
        }
    }

    fn mark_room(&mut self, id: RoomId) {
        if let Some(room) = self.rooms.get_mut(&id)
            && !std::mem::replace(&mut room.is_dirty, true)
        {
            self.dirty_rooms.push(id);
        }
    }

    fn stop_listening(&mut self, id: PeerId) {
        let Some(peer) = self.peers.get_mut(id) else { return };
        for cursor in std::mem::take(&mut peer.cursors) {
            if let Some(room) = self.rooms.get_mut(&cursor.room)
                && let Some(at) = room.listeners.iter().position(|listener| *listener == id)
            {
                room.listeners.swap_remove(at);
            }
        }
    }
}
