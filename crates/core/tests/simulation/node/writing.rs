//! How a core writes to its connections: as much as the kernel takes, which may end in the middle of an event.

use chatterbox_core::shard::{ANSWERS_BYTES_MAX, Ending, PeerId};

use super::At;
use crate::link::LinkId;
use crate::world::World;

impl World {
    /// Writes to every connection that has something to be sent.
    pub(crate) fn flush(&mut self, at: At) {
        let Some(core) = self.core(at) else { return };
        let mut peers = core.shard.take_dirty();
        if core.shard.has_dirty_rooms() {
            peers.extend(core.shard.take_dirty_listeners());
        }
        for peer in peers {
            self.write(at, peer);
        }
    }

    fn write(&mut self, at: At, peer: PeerId) {
        let Some(id) = self.core(at).and_then(|core| core.links.get(&peer).copied()) else { return };
        if self.links[&id].is_blocked {
            // It was blocked a moment ago, by what another room had for it.
            return;
        }
        let space = self.plan.buffer.saturating_sub(self.links[&id].to_client.len());
        let taken = if self.chance.percent(20) { self.chance.length(0, space) } else { space };
        let Some(core) = self.core(at) else { return };
        let mut bytes = Vec::new();
        let mut waiting = 0;
        for piece in core.shard.unsent(peer) {
            waiting += piece.len();
            bytes.extend_from_slice(&piece[..piece.len().min(taken - bytes.len())]);
        }
        let mut out = Vec::new();
        if !bytes.is_empty() {
            core.shard.wrote(peer, bytes.len(), &mut out);
        }
        let is_blocked = bytes.len() < waiting;
        if is_blocked {
            core.shard.block(peer);
        }
        if let Some(link) = self.links.get_mut(&id) {
            link.is_blocked = is_blocked;
            link.to_client.extend(&bytes);
            if is_blocked && link.to_client.len() < self.plan.buffer {
                self.after(3, move |world| world.writable(id));
            }
        }
        self.have_read(id);
        self.carry_out(at, &mut out);
    }

    /// The kernel takes more for a connection.
    pub(crate) fn writable(&mut self, id: LinkId) {
        let Some(link) = self.links.get_mut(&id).filter(|link| link.is_blocked && link.ending.is_none()) else {
            return;
        };
        link.is_blocked = false;
        let (at, peer) = (link.at, link.peer);
        let Some(core) = self.core(at) else { return };
        core.shard.unblock(peer);
        self.write(at, peer);
    }

    /// The server ends a connection: the client still gets what it is owed.
    pub(crate) fn close(&mut self, at: At, peer: PeerId, ending: Ending) {
        let Some(id) = self.core(at).and_then(|core| core.links.get(&peer).copied()) else { return };
        self.tell(|_| format!("the server closes {id:?}: {ending:?}"));
        let last = self.take_leave(at, peer);
        let Some(link) = self.links.get_mut(&id) else { return };
        // A replay of several pages cannot start again.
        let is_replay = !link.has_appeared;
        let is_slow = link.owed >= ANSWERS_BYTES_MAX || is_replay;
        assert!(ending != Ending::TooSlow || is_slow, "I4: {id:?} is closed as too slow, and is not");
        let is_answered = link.in_flight == 0;
        assert!(ending != Ending::Draining || is_answered, "D10: {id:?} is drained before it is answered");
        link.ending = Some(ending);
        link.to_client.extend(last);
        if link.is_cut {
            self.links.remove(&id);
        } else {
            self.have_read(id);
        }
    }

    /// The server forgets a connection.
    pub(crate) fn take_leave(&mut self, at: At, peer: PeerId) -> Vec<u8> {
        let Some(core) = self.core(at) else { return Vec::new() };
        let last = core.shard.leave(peer);
        if let Some(id) = core.links.remove(&peer) {
            self.disappear(id);
        }
        last
    }
}
