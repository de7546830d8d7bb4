//! What has been seen in a room, told to those who listen there. It has no number: who has missed it is told the newest
//! later.

use bytes::Bytes;
use chatterbox_protocol::ids::{RoomId, UserId};

use super::{Output, PeerId, Shard};
use crate::logs::LogId;

impl Shard {
    pub(super) fn seen(&mut self, room: RoomId, everybody: Option<&Bytes>, furthest: Option<&(UserId, Option<Bytes>)>) {
        let log = LogId::Room(room);
        if let Some(state) = self.logs.get_mut(&log) {
            state.newest = None;
        }
        let Some(state) = self.logs.get(&log) else { return };
        let (listeners, expected) = match (everybody, furthest) {
            (Some(_), _) => {
                let hear = state.listeners.values().filter(|listener| listener.end.is_none());
                (hear.map(|listener| listener.peer).collect(), state.expected.clone())
            }
            // There is nothing new for anybody else.
            (None, Some((user, _))) => {
                let (hear, others): (Vec<_>, Vec<_>) =
                    self.whose.of_user(*user).iter().partition(|id| self.hears_of(**id, log));
                (hear, others.into_iter().filter(|id| state.expected.contains(id)).collect())
            }
            (None, None) => (Vec::new(), Vec::new()),
        };
        // What is on its way to these from the store may be older than this.
        for id in expected {
            self.has_missed_seen(id, room);
        }
        for id in listeners {
            let Some(peer) = self.peers.get_mut(id) else { continue };
            if peer.is_full() || peer.is_replaying() {
                self.has_missed_seen(id, room);
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

    fn has_missed_seen(&mut self, id: PeerId, room: RoomId) {
        if let Some(peer) = self.peers.get_mut(id)
            && !peer.missed_seen.contains(&room)
        {
            peer.missed_seen.push(room);
            self.look_after(id);
        }
    }

    /// Has a client told what it has missed, where it hears of the room by now.
    pub(super) fn tell_missed_seen(&mut self, id: PeerId, out: &mut Vec<Output>) {
        let Some(peer) = self.peers.get_mut(id) else { return };
        if peer.missed_seen.is_empty() || peer.is_full() || peer.is_replaying() {
            return;
        }
        let missed = std::mem::take(&mut peer.missed_seen);
        let (told, later): (Vec<RoomId>, Vec<RoomId>) =
            missed.into_iter().partition(|room| self.hears_of(id, LogId::Room(*room)));
        let is_expected =
            |room: &RoomId| self.logs.get(&LogId::Room(*room)).is_some_and(|state| state.expected.contains(&id));
        let later = later.into_iter().filter(is_expected).collect();
        if let Some(peer) = self.peers.get_mut(id) {
            peer.missed_seen = later;
        }
        out.extend(told.into_iter().map(|room| Output::TellSeen { peer: id, room }));
    }

    /// Whether a client hears of a log, and has not lost it: what is owed to it from before that may still lie there.
    pub(super) fn hears_of(&self, id: PeerId, log: LogId) -> bool {
        let listener = self.peers.get(id).and_then(|peer| peer.listener_of(log));
        let listener = listener.and_then(|listener| self.logs.get(&log)?.listeners.get(listener));
        listener.is_some_and(|listener| listener.end.is_none())
    }
}
