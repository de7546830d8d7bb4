//! What is to be written to each connection: first the frames for it alone, then what waits in the logs that it listens to.

use bytes::Bytes;
use smallvec::SmallVec;

use super::logs::LogListener;
use super::peer::{HeardLog, OWED_BYTES_MAX};
use super::{Output, Peer, PeerId, Shard};
use crate::log::{Hears, Log};

/// A place in a log, from which something waits for a connection.
struct Waiting<'a> {
    log: &'a Log,
    place: u64,
    end: u64,
    hears: Hears,
    /// The number of the connection's own frame that goes first.
    behind: i64,
}

impl Shard {
    /// The connections with something of their own to send.
    pub fn take_dirty(&mut self) -> Vec<PeerId> {
        let mut dirty = std::mem::take(&mut self.dirty);
        dirty.retain(|id| {
            let Some(peer) = self.peers.get_mut(*id) else { return false };
            peer.is_dirty = false;
            peer.takes_more()
        });
        dirty
    }

    /// Whether a log has something to send.
    pub fn has_dirty_logs(&self) -> bool {
        !self.dirty_logs.is_empty()
    }

    /// Bytes that logs have got since the last telling. They keep no more than a few MiB: who tells too late tells nobody.
    pub fn untold_bytes(&self) -> u64 {
        self.untold_bytes
    }

    /// Tells everybody who listens to a log that has something to send. Nearly everybody is owed nothing else, and that in
    /// one piece: `write` gets it and answers how much was taken. To whom more than that is to be written comes back.
    pub fn tell_listeners(&mut self, mut write: impl FnMut(PeerId, &[u8]) -> usize) -> Vec<PeerId> {
        self.untold_bytes = 0;
        let mut left = Vec::new();
        for id in std::mem::take(&mut self.dirty_logs) {
            let Some(state) = self.logs.get_mut(&id) else { continue };
            state.is_dirty = false;
            for (key, listener) in &mut state.listeners {
                let to = listener.peer;
                let Some(peer) = self.peers.get_mut(to) else { continue };
                if listener.is_waiting {
                    // Somebody has looked at what it is owed, and has not written it.
                    if peer.takes_more() {
                        left.push(to);
                    }
                    continue;
                }
                let is_simple = peer.takes_more()
                    && peer.has_nothing_of_its_own()
                    && peer.waiting.is_empty()
                    && listener.end.is_none();
                if is_simple && tell(listener, &state.log, |piece| write(to, piece)) {
                    continue;
                }
                if listener.place < listener.end(&state.log) {
                    listener.is_waiting = true;
                    peer.waiting.push((id, key));
                    if !std::mem::replace(&mut peer.is_looked_after, true) {
                        self.looked_after.push(to);
                    }
                    if peer.takes_more() && peer.waiting.len() == 1 {
                        left.push(to);
                    }
                }
            }
        }
        left
    }

    /// Finds what a connection is owed in logs that were not told yet.
    pub(super) fn gather(&mut self, id: PeerId) {
        let Some(peer) = self.peers.get_mut(id) else { return };
        let mut found: SmallVec<[HeardLog; 2]> = SmallVec::new();
        if self.dirty_logs.len() < peer.listens.len() {
            let listens = |log| peer.listens.binary_search_by_key(log, |(log, _)| *log).ok();
            found.extend(self.dirty_logs.iter().filter_map(|log| listens(log).map(|at| peer.listens[at])));
        } else if !self.dirty_logs.is_empty() {
            found.extend(peer.listens.iter().copied());
        }
        for (log, listener) in found {
            let Some(state) = self.logs.get_mut(&log).filter(|state| state.is_dirty) else { continue };
            let Some(found) = state.listeners.get_mut(listener) else { continue };
            if !found.is_waiting && found.place < found.end.unwrap_or_else(|| state.log.end()) {
                found.is_waiting = true;
                peer.waiting.push((log, listener));
            }
        }
    }

    /// What is to be written to a connection, in order. No more is looked for than is taken.
    pub fn unsent(&mut self, id: PeerId) -> impl Iterator<Item = &[u8]> {
        self.gather(id);
        let peer = self.peers.get(id);
        // Nearly everybody is owed nothing but what everybody is told, and that lies ready.
        let (plain, mixed) = match peer {
            Some(peer) if peer.has_nothing_of_its_own() => (Some(peer), None),
            peer => (None, peer),
        };
        let logs = plain.into_iter().flat_map(|peer| self.waiting(peer)).flatten();
        let logs = logs.flat_map(|waiting| waiting.log.heard(waiting.place, waiting.end, waiting.hears));
        mixed.into_iter().flat_map(|peer| self.mixed(peer)).map(|(_, piece)| piece).chain(logs)
    }

    /// Where something waits for a connection, by the order of [`Peer::waiting`]; none for a log that is not there.
    fn waiting<'a>(&'a self, peer: &'a Peer) -> impl Iterator<Item = Option<Waiting<'a>>> {
        let is_told = !peer.is_replaying();
        peer.waiting.iter().filter(move |_| is_told).map(|(log, listener)| {
            let state = self.logs.get(log)?;
            let listener = state.listeners.get(*listener)?;
            let LogListener { place, behind, hears, .. } = *listener;
            Some(Waiting { log: &state.log, place, end: listener.end(&state.log), hears, behind })
        })
    }

    /// A connection's own frames, and between them what it was told in logs; each piece with where it waits.
    fn mixed<'a>(&'a self, peer: &'a Peer) -> impl Iterator<Item = (Option<usize>, &'a [u8])> {
        let mut places: SmallVec<[Option<Waiting<'a>>; 1]> = self.waiting(peer).collect();
        let own = peer.own_frames().map(|(number, frame)| (number, Some(frame.stamp), Some(&frame.bytes[..])));
        own.chain([(i64::MAX, None, None)]).flat_map(move |(number, before, own)| {
            let mut pieces: SmallVec<[_; 2]> = SmallVec::new();
            for (index, waiting) in places.iter_mut().enumerate() {
                let Some(waiting) = waiting.as_mut().filter(|waiting| waiting.behind <= number) else { continue };
                let end = before.map_or(waiting.end, |stamp| waiting.log.since(stamp).min(waiting.end));
                if waiting.place < end {
                    let heard = waiting.log.heard(waiting.place, end, waiting.hears);
                    pieces.extend(heard.map(|piece| (Some(index), piece)));
                    // Nothing, for a place that is not kept any more.
                    if waiting.place >= waiting.log.start() {
                        waiting.place = end;
                    }
                }
            }
            pieces.extend(own.map(|own| (None, own)));
            pieces
        })
    }

    /// All of [`Self::unsent`] was written.
    pub fn wrote_all(&mut self, id: PeerId, out: &mut Vec<Output>) {
        let Some(peer) = self.peers.get_mut(id) else { return };
        let own = peer.own_bytes();
        peer.wrote_own(own);
        if !peer.is_replaying() && !peer.waiting.is_empty() {
            let logs = &mut self.logs;
            let mut is_over = false;
            peer.waiting.retain(|(log, listener)| {
                let Some(state) = logs.get_mut(log) else { return false };
                let (start, end) = (state.log.start(), state.log.end());
                let Some(listener) = state.listeners.get_mut(*listener) else { return false };
                // Who has fallen out of the log stays where it is, so that the next tick finds it; and so does for a moment
                // who hears no more of it.
                is_over |= listener.end.is_some();
                let has_fallen_out = listener.place < start;
                if !has_fallen_out {
                    listener.place = listener.end.unwrap_or(end);
                }
                listener.is_waiting = has_fallen_out || listener.end.is_some();
                listener.is_waiting
            });
            if is_over {
                self.end_what_is_lost(id, out);
            }
        }
        if own > 0 {
            self.read_on(id, out);
        }
    }

    /// This much of [`Self::unsent`] was written, and not all of it.
    pub fn wrote_some(&mut self, id: PeerId, written: usize, out: &mut Vec<Output>) {
        self.gather(id);
        let Some(peer) = self.peers.get(id) else { return };
        let (mut left, mut own, mut in_logs) = (written, 0, vec![0; peer.waiting.len()]);
        for (waiting, piece) in self.mixed(peer) {
            if left == 0 {
                break;
            }
            let taken = left.min(piece.len());
            left -= taken;
            match waiting {
                Some(waiting) => in_logs[waiting] += taken as u64,
                None => own += taken,
            }
        }
        let Some(peer) = self.peers.get_mut(id) else { return };
        let was_owed = peer.own_bytes() > 0;
        peer.wrote_own(own);
        for ((log, listener), taken) in peer.waiting.iter().zip(in_logs) {
            let Some(state) = self.logs.get_mut(log) else { continue };
            if let Some(listener) = state.listeners.get_mut(*listener) {
                listener.place = state.log.behind(listener.place, taken, listener.hears);
            }
        }
        let is_read_on = was_owed && peer.own_bytes() == 0;
        self.end_what_is_lost(id, out);
        if is_read_on {
            self.read_on(id, out);
        }
    }

    /// The kernel takes nothing more for this connection until it says so.
    pub fn block(&mut self, id: PeerId) {
        self.look_after(id);
        self.gather(id);
        let Some(peer) = self.peers.get_mut(id) else { return };
        peer.is_blocked = true;
        let mut torn = None;
        for (log, listener) in &peer.waiting {
            let Some(state) = self.logs.get_mut(log) else { continue };
            let Some(listener) = state.listeners.get_mut(*listener) else { continue };
            let end = state.log.event_end(listener.place);
            // Who has fallen out of the log stays where it is, so that the next tick finds it.
            if end > listener.place && listener.place >= state.log.start() {
                // The rest of an entry that is half written is the connection's own: the log need not keep it.
                let rest: Vec<u8> = state.log.between(listener.place, end).flatten().copied().collect();
                listener.place = end;
                torn = Some(Bytes::from(rest));
            }
        }
        if let Some(rest) = torn {
            peer.push_torn(rest);
        }
    }

    /// The kernel takes more again. Tells whether it did not before.
    pub fn unblock(&mut self, id: PeerId) -> bool {
        self.peers.get_mut(id).is_some_and(|peer| std::mem::replace(&mut peer.is_blocked, false))
    }

    /// Whether the connection's commands are taken now. Who reads no answers, or is far ahead of the store, has to wait.
    pub fn hears(&self, id: PeerId) -> bool {
        !self.is_draining && self.peers.get(id).is_some_and(super::Peer::is_heard)
    }

    /// Everything that a connection is owed, or if that is too much, the rest of the frame that it has got the begin of.
    pub(super) fn last_of(&mut self, id: PeerId) -> Vec<u8> {
        let owed: usize = self.unsent(id).map(<[u8]>::len).sum();
        if owed <= OWED_BYTES_MAX {
            self.unsent(id).flatten().copied().collect()
        } else {
            self.peers.get(id).and_then(|peer| peer.torn()).unwrap_or_default().to_vec()
        }
    }

    /// Removes a connection, and tells what is to be written before the close frame: everything that it was owed when it
    /// was closed, or if that is too much, the rest of the frame that it has got the begin of.
    pub fn leave(&mut self, id: PeerId) -> Vec<u8> {
        let last = self.last_of(id);
        self.stop_listening(id);
        if let Some(peer) = self.peers.remove(id) {
            self.whose.remove(id, &peer);
            if let Some(watches) = &peer.watches {
                self.online.watched.forget(id, watches);
            }
        }
        last
    }
}

/// Has what waits in a log written, if it lies in one piece. Answers whether nothing is left of it.
fn tell(listener: &mut LogListener, log: &Log, write: impl FnOnce(&[u8]) -> usize) -> bool {
    if listener.hears == Hears::Messages && !log.is_for_all(listener.place) {
        return false;
    }
    let Some(piece) = log.piece_from(listener.place) else { return false };
    let written = if piece.is_empty() { 0 } else { write(piece) };
    listener.place += written as u64;
    written == piece.len()
}
