//! The logs that a shard follows: what is committed comes in here, from this node or another, and waits for those who
//! listen.

use std::collections::VecDeque;

use bytes::Bytes;
use chatterbox_protocol::events::{Event, Loss};
use chatterbox_protocol::ids::Seq;
use slotmap::DenseSlotMap;

use super::{Output, PeerId, Published, Shard};
use crate::log::{Appended, Hears, Joined, Log};
use crate::logs::LogId;

/// Bytes that all logs of a shard keep together. With more, the oldest piece of any goes: whoever lags there has to resume.
pub const LOGS_BYTES_MAX: u64 = 64 * 1024 * 1024;

slotmap::new_key_type! {
    /// Names a listener of a log, and never another one after it.
    pub(super) struct ListenerId;
}

/// A connection that hears of a log, and its place there: what lies behind it is still to be sent.
#[derive(Debug)]
pub(super) struct LogListener {
    pub(super) peer: PeerId,
    pub(super) place: u64,
    pub(super) hears: Hears,
    /// The client knows everything up to this change, and the log has not got there yet.
    pub(super) ahead: Option<Seq>,
    /// Where the log ends for this one, who has lost the right to hear of it.
    pub(super) end: Option<u64>,
    /// How many of the connection's own frames are to go first.
    pub(super) behind: i64,
    /// Whether it is among those that [its connection](super::Peer::waiting) is owed something from.
    pub(super) is_waiting: bool,
}

impl LogListener {
    /// The right to hear of it was lost by this change. Whoever was shown a later state by the store had it again there.
    fn loses(&mut self, by: Seq, end: u64) {
        if self.ahead.is_none_or(|known| known < by) {
            self.end.get_or_insert(end);
        }
    }

    /// The offset up to which there is something for it.
    pub(super) fn end(&self, log: &Log) -> u64 {
        self.end.unwrap_or_else(|| log.end())
    }
}

/// A log that the shard follows, because somebody listens or is about to.
#[derive(Debug, Default)]
pub(super) struct ShardLog {
    pub(super) log: Log,
    pub(super) listeners: DenseSlotMap<ListenerId, LogListener>,
    /// Connections for which a page of it is read.
    pub(super) expected: Vec<PeerId>,
    /// Listeners that know more than the log, or did.
    pub(super) ahead: usize,
    pub(super) is_dirty: bool,
    /// Whether there may be more in it than anybody needs, so that it is looked at when next tidied up.
    has_grown: bool,
    /// Whether it may be that nobody needs it.
    pub(super) is_idle: bool,
    /// The store is asked for what is missing; the last change that was heard of meanwhile.
    filling: Option<Seq>,
    /// What the last contract client that came was shown, for the next one, as long as nothing changes.
    pub(super) newest: Option<Newest>,
}

/// The newest page of a room, encoded.
#[derive(Debug)]
pub(super) struct Newest {
    pub(super) frames: Bytes,
    /// The room's last change.
    pub(super) seq: Seq,
}

/// How much all logs hold, and which pieces are the oldest.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    pub(super) bytes: u64,
    /// The pieces by age: of which log, and where they begin there. Some may be gone already.
    by_age: VecDeque<(LogId, u64)>,
    /// How many there were when those that are gone were last sorted out.
    sorted: usize,
}

/// Pieces that are never worth sorting.
const PIECES_MIN: usize = 1_024;

impl Shard {
    pub(super) fn published(&mut self, id: LogId, entry: Published, out: &mut Vec<Output>) {
        self.stamp += 1;
        let Some(state) = self.logs.get_mut(&id) else { return };
        state.newest = None;
        if state.filling.is_some() {
            state.filling = state.filling.max(Some(entry.seq));
            return;
        }
        match self.append(id, &entry) {
            Appended::Yes => {
                self.has_news(id);
                self.comes(id, entry.came, out);
            }
            Appended::Old => {}
            Appended::Gap { since } => {
                if let Some(state) = self.logs.get_mut(&id) {
                    state.filling = Some(entry.seq);
                    out.push(Output::Fill { log: id, since });
                }
            }
        }
    }

    pub(super) fn stands(&mut self, id: LogId, seq: Seq, out: &mut Vec<Output>) {
        let Some(state) = self.logs.get_mut(&id) else { return };
        let Some(last) = state.log.last().filter(|last| *last < seq) else { return };
        if state.filling.is_none() {
            out.push(Output::Fill { log: id, since: last });
        }
        state.filling = state.filling.max(Some(seq));
    }

    pub(super) fn filled(&mut self, id: LogId, changes: &[(Seq, Event)], seq: Seq, out: &mut Vec<Output>) {
        let Some(state) = self.logs.get_mut(&id) else { return };
        let Some(heard_of) = state.filling.take() else { return };
        state.newest = None;
        self.stamp += 1;
        // The change that closed the room may have been overtaken by a later state of the room, behind what was said there.
        let mut closed_at = changes.iter().find_map(|(_, event)| match event.loss() {
            Some(Loss::EverybodyFrom(seq)) if state.log.last().is_some_and(|last| last < seq) => Some(seq),
            _ => None,
        });
        for (seq, event) in changes {
            if let Some(state) = self.logs.get_mut(&id)
                && let Some(closed_at) = closed_at.take_if(|closed_at| seq > closed_at)
            {
                state.everybody_loses(closed_at);
                self.end_for_who_has_heard_all(id, out);
            }
            if let Some(entry) = Published::new(event, (self.encode)(event)) {
                self.append(id, &entry);
                self.comes(id, entry.came, out);
            }
        }
        let Some(state) = self.logs.get_mut(&id) else { return };
        state.log.reaches(seq);
        if heard_of > seq {
            state.filling = Some(heard_of);
            out.push(Output::Fill { log: id, since: seq });
        }
        self.has_news(id);
    }

    /// A log has ended for some without a last word in it: whoever has taken all that was theirs is told at once.
    fn end_for_who_has_heard_all(&mut self, id: LogId, out: &mut Vec<Output>) {
        let Some(state) = self.logs.get(&id) else { return };
        let has_all = |listener: &&LogListener| listener.end.is_some_and(|end| listener.place >= end);
        let over: Vec<PeerId> = state.listeners.values().filter(has_all).map(|listener| listener.peer).collect();
        for peer in over {
            self.is_lost(peer, id, out);
        }
    }

    /// Appends an entry; for whom was lost by it, the log ends with it.
    fn append(&mut self, id: LogId, entry: &Published) -> Appended {
        let Some(state) = self.logs.get_mut(&id) else { return Appended::Old };
        let (before, piece) = (state.log.bytes(), state.log.newest_piece());
        let last = state.log.last().unwrap_or(entry.since);
        let appended = state.log.append(entry.seq, entry.since, &entry.frame, self.stamp);
        if appended != Appended::Yes {
            return appended;
        }
        // Whoever hears of messages alone hears of no other log.
        if entry.is_quiet && id == Self::FIRST {
            state.log.hush_last();
        }
        match entry.lost {
            Some(Loss::User(user)) => {
                let end = state.log.ends_for(Some(user), entry.seq);
                for theirs in self.whose.of_user(user) {
                    let heard = self.peers.get(*theirs).and_then(|peer| peer.listener_of(id));
                    if let Some(listener) = heard.and_then(|listener| state.listeners.get_mut(listener)) {
                        listener.loses(entry.seq, end);
                    }
                }
            }
            // A later state of the room says it again, to those who have heard it.
            Some(Loss::EverybodyFrom(closed_at)) if last < closed_at => state.everybody_loses(closed_at),
            Some(Loss::EverybodyFrom(_)) | None => {}
        }
        if !std::mem::replace(&mut state.has_grown, true) {
            self.grown.push(id);
        }
        let (after, newest) = (state.log.bytes(), state.log.newest_piece());
        self.untold_bytes += entry.frame.len() as u64;
        self.pieces.bytes = self.pieces.bytes + after - before;
        if newest != piece {
            self.pieces.by_age.extend(newest.map(|start| (id, start)));
            self.let_go_of_the_oldest();
        }
        appended
    }

    fn let_go_of_the_oldest(&mut self) {
        while self.pieces.bytes > LOGS_BYTES_MAX
            && let Some((id, start)) = self.pieces.by_age.pop_front()
        {
            let Some(state) = self.logs.get_mut(&id).filter(|state| state.log.start() == start) else { continue };
            let before = state.log.bytes();
            state.log.drop_first();
            self.pieces.bytes -= before - state.log.bytes();
        }
        if self.pieces.by_age.len() > PIECES_MIN.max(2 * self.pieces.sorted) {
            let logs = &self.logs;
            self.pieces.by_age.retain(|(id, start)| logs.get(id).is_some_and(|state| state.log.start() <= *start));
            self.pieces.sorted = self.pieces.by_age.len();
        }
    }

    fn has_news(&mut self, id: LogId) {
        let Some(state) = self.logs.get_mut(&id) else { return };
        state.skip_what_is_known();
        if !std::mem::replace(&mut state.is_dirty, true) {
            self.dirty_logs.push(id);
        }
    }

    /// Lets go of what nobody needs, and of logs that nobody listens to.
    pub(super) fn tidy_logs(&mut self, out: &mut Vec<Output>) {
        for id in std::mem::take(&mut self.grown) {
            let Some(state) = self.logs.get_mut(&id) else { continue };
            let before = state.log.bytes();
            let needed = state.listeners.values().map(|listener| listener.place).min();
            state.log.trim(needed.unwrap_or_else(|| state.log.end()));
            self.pieces.bytes -= before - state.log.bytes();
            // Somebody still lags.
            state.has_grown = needed.is_some_and(|needed| needed < state.log.end());
            if state.has_grown {
                self.grown.push(id);
            }
        }
        for id in std::mem::take(&mut self.idle) {
            let Some(state) = self.logs.get_mut(&id) else { continue };
            state.is_idle = false;
            if state.listeners.is_empty() && state.expected.is_empty() {
                self.pieces.bytes -= state.log.bytes();
                self.logs.remove(&id);
                self.dirty_logs.retain(|dirty| *dirty != id);
                out.push(Output::Unfollow(id));
            }
        }
    }
}

impl ShardLog {
    /// The log ends here for everybody who has heard of it before this change.
    fn everybody_loses(&mut self, by: Seq) {
        let end = self.log.ends_for(None, by);
        for listener in self.listeners.values_mut() {
            listener.loses(by, end);
        }
    }

    /// Moves listeners past events that the store has shown them before the log had them.
    fn skip_what_is_known(&mut self) {
        if self.ahead == 0 {
            return;
        }
        self.ahead = 0;
        for listener in self.listeners.values_mut() {
            let Some(seq) = listener.ahead else { continue };
            match self.log.join(seq) {
                Joined::At(place) => (listener.place, listener.ahead) = (place, None),
                // `TooOld` cannot be: the log has just got there.
                Joined::Ahead | Joined::TooOld => {
                    listener.place = self.log.end();
                    self.ahead += 1;
                }
            }
        }
    }
}
