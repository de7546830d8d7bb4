//! What has been seen in a room, told to those who listen there. It has no number: who has missed it is told the newest
//! later.

use bytes::Bytes;
use chatterbox_protocol::ids::{RoomId, UserId};

use super::{Output, PeerId, Shard};
use crate::logs::LogId;

impl Shard {
    pub(super) fn seen(&mut self, room: RoomId, everybody: Option<&Bytes>, furthest: Option<&(UserId, Option<Bytes>)>) {
        let log = LogId::Room(room);
        let Some(state) = self.logs.get_mut(&log) else { return };
        state.newest = None;
        let (listeners, expected) = match (everybody, furthest) {
            (Some(_), _) => (state.listeners.values().map(|listener| listener.peer).collect(), state.expected.clone()),
            // There is nothing new for anybody else.
            (None, Some((user, _))) => {
                let hears_of = |id: &PeerId| self.peers.get(*id).is_some_and(|peer| peer.listener_of(log).is_some());
                let (hear, others): (Vec<_>, Vec<_>) = self.whose.of_user(*user).iter().partition(|id| hears_of(id));
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
        if peer.is_full() || peer.is_replaying() {
            return;
        }
        let hears_of = |room: &RoomId| peer.listener_of(LogId::Room(*room)).is_some();
        let is_expected =
            |room: &RoomId| self.logs.get(&LogId::Room(*room)).is_some_and(|state| state.expected.contains(&id));
        let (told, later): (Vec<RoomId>, Vec<RoomId>) = peer.missed_seen.iter().partition(|room| hears_of(room));
        peer.missed_seen = later.into_iter().filter(|room| is_expected(room)).collect();
        out.extend(told.into_iter().map(|room| Output::TellSeen { peer: id, room }));
    }
}
