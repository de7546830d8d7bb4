//! What is to be written to each connection: first the frames for it alone, then what waits in its rooms.

use bytes::Bytes;

use super::peer::{Cursor, OWED_BYTES_MAX};
use super::{Output, Peer, PeerId, Shard};
use crate::log::Log;

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

    /// Whether a room has something to send.
    pub fn has_dirty_rooms(&self) -> bool {
        !self.dirty_rooms.is_empty()
    }

    /// Bytes that rooms have got since the last telling. Logs keep no more than a few MiB: who tells too late tells nobody.
    pub fn untold_bytes(&self) -> u64 {
        self.untold_bytes
    }

    /// Tells everybody in rooms that have something to send. Nearly everybody is owed nothing else, and that in one piece:
    /// `write` gets it and answers how much was taken. To whom more than that is to be written comes back.
    pub fn tell_listeners(&mut self, mut write: impl FnMut(PeerId, &[u8]) -> usize) -> Vec<PeerId> {
        self.untold_bytes = 0;
        let is_only_room = self.dirty_rooms.len() == 1;
        let mut left = Vec::new();
        for id in self.dirty_rooms.drain(..) {
            let Some(room) = self.rooms.get_mut(&id) else { continue };
            room.is_dirty = false;
            for listener in &room.listeners {
                let Some(peer) = self.peers.get_mut(*listener).filter(|peer| peer.takes_more()) else { continue };
                let is_simple = peer.has_nothing_of_its_own() && (is_only_room || peer.cursors.len() == 1);
                let cursor = peer.cursors.iter_mut().find(|cursor| cursor.room == id).filter(|_| is_simple);
                if !cursor.is_some_and(|cursor| tell(cursor, &room.log, |piece| write(*listener, piece))) {
                    left.push(*listener);
                }
            }
        }
        left
    }

    /// What is to be written to a connection, in order. No more is looked for than is taken.
    pub fn unsent(&self, id: PeerId) -> impl Iterator<Item = &[u8]> {
        let peer = self.peers.get(id);
        let mixed = peer.filter(|peer| peer.own_bytes() > 0);
        // Nearly everybody is owed nothing but what everybody is told, and that lies ready.
        let plain = peer.filter(|peer| peer.has_nothing_of_its_own());
        let rooms = plain.into_iter().flat_map(|peer| &peer.cursors).flat_map(|cursor| self.waiting(cursor, None));
        mixed.into_iter().flat_map(|peer| self.mixed(peer)).map(|(_, piece)| piece).chain(rooms)
    }

    /// What waits for a listener in its room, all of it or what is older than a stamp.
    fn waiting(&self, cursor: &Cursor, before: Option<u64>) -> impl Iterator<Item = &[u8]> {
        let log = self.rooms.get(&cursor.room).map(|room| &room.log);
        let end = move |log: &Log| before.map_or(log.end(), |stamp| log.since(stamp));
        log.into_iter().flat_map(move |log| log.between(cursor.place, end(log)))
    }

    /// A connection's own frames, and between them what it was told in rooms; each piece with the cursor that it is from.
    fn mixed<'a>(&'a self, peer: &'a Peer) -> impl Iterator<Item = (Option<usize>, &'a [u8])> {
        let mut places: Vec<Cursor> = if peer.is_replaying() { Vec::new() } else { peer.cursors.to_vec() };
        let own = peer.own_frames().map(|frame| (Some(frame.stamp), Some(&frame.bytes[..])));
        own.chain([(None, None)]).flat_map(move |(before, own)| {
            let mut pieces = Vec::new();
            for (index, place) in places.iter_mut().enumerate() {
                let first = pieces.len();
                pieces.extend(self.waiting(place, before).map(|piece| (Some(index), piece)));
                place.place += pieces[first..].iter().map(|(_, piece)| piece.len() as u64).sum::<u64>();
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
        if !peer.is_replaying() {
            for cursor in &mut peer.cursors {
                // Who has fallen out of the log stays where it is, so that the next tick finds it.
                if let Some(room) = self.rooms.get(&cursor.room).filter(|room| cursor.place >= room.log.start()) {
                    cursor.place = room.log.end();
                }
            }
        }
        if own > 0 {
            self.read_on(id, out);
        }
    }

    /// This much of [`Self::unsent`] was written, and not all of it.
    pub fn wrote_some(&mut self, id: PeerId, written: usize, out: &mut Vec<Output>) {
        let Some(peer) = self.peers.get(id) else { return };
        let (mut left, mut own, mut in_rooms) = (written, 0, vec![0; peer.cursors.len()]);
        for (cursor, piece) in self.mixed(peer) {
            if left == 0 {
                break;
            }
            let taken = left.min(piece.len());
            left -= taken;
            match cursor {
                Some(cursor) => in_rooms[cursor] += taken as u64,
                None => own += taken,
            }
        }
        let Some(peer) = self.peers.get_mut(id) else { return };
        let was_owed = peer.own_bytes() > 0;
        peer.wrote_own(own);
        for (cursor, taken) in peer.cursors.iter_mut().zip(in_rooms) {
            cursor.place += taken;
        }
        if was_owed && peer.own_bytes() == 0 {
            self.read_on(id, out);
        }
    }

    /// The kernel takes nothing more for this connection until it says so.
    pub fn block(&mut self, id: PeerId) {
        let Some(peer) = self.peers.get_mut(id) else { return };
        peer.is_blocked = true;
        for index in 0..peer.cursors.len() {
            let cursor = &mut peer.cursors[index];
            let Some(log) = self.rooms.get(&cursor.room).map(|room| &room.log) else { continue };
            let end = log.event_end(cursor.place);
            // Who has fallen out of the log stays where it is, so that the next tick finds it.
            if end > cursor.place && cursor.place >= log.start() {
                // The rest of an event that is half written is the connection's own: the log need not keep it.
                let length = usize::try_from(end - cursor.place).unwrap_or(usize::MAX);
                let rest: Vec<u8> = log.from(cursor.place).flatten().copied().take(length).collect();
                cursor.place = end;
                peer.push_torn(Bytes::from(rest));
            }
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
    pub(super) fn last_of(&self, id: PeerId) -> Vec<u8> {
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
        self.peers.remove(id);
        last
    }
}

/// Has what waits in a room written, if it lies in one piece. Answers whether nothing is left of it.
fn tell(cursor: &mut Cursor, log: &Log, write: impl FnOnce(&[u8]) -> usize) -> bool {
    let Some(piece) = log.piece_from(cursor.place) else { return false };
    let written = if piece.is_empty() { 0 } else { write(piece) };
    cursor.place += written as u64;
    written == piece.len()
}
