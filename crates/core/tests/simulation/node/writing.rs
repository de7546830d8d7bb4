//! How a core writes to its connections: as much as the kernel takes, which may end in the middle of an event.

use std::collections::HashMap;

use chatterbox_core::shard::{ANSWERS_BYTES_MAX, Ending, PeerId};

use super::At;
use crate::link::LinkId;
use crate::world::World;

impl World {
    /// Writes to every connection that has something to be sent.
    pub(crate) fn flush(&mut self, at: At) {
        let Some(core) = self.core(at) else { return };
        for peer in core.shard.take_dirty() {
            self.write(at, peer);
        }
        for peer in self.tell_rooms(at) {
            self.write(at, peer);
        }
    }

    /// Writes what rooms have to whoever is owed nothing else. Answers to whom more is to be written.
    fn tell_rooms(&mut self, at: At) -> Vec<PeerId> {
        let links: Vec<(PeerId, LinkId)> =
            self.core(at).map_or(Vec::new(), |core| core.links.clone().into_iter().collect());
        let takes: HashMap<PeerId, usize> = links.iter().map(|(peer, id)| (*peer, self.takes(*id))).collect();
        let Some(core) = self.core(at) else { return Vec::new() };
        let mut written = Vec::new();
        let left = core.shard.tell_listeners(|peer, piece| {
            let taken = piece.len().min(takes[&peer]);
            written.push((core.links[&peer], piece[..taken].to_vec()));
            taken
        });
        for (id, bytes) in written {
            if let Some(link) = self.links.get_mut(&id) {
                link.to_client.extend(&bytes);
            }
            self.have_read(id);
        }
        left
    }

    /// How many bytes a connection takes now.
    fn takes(&mut self, id: LinkId) -> usize {
        let space = self.plan.buffer.saturating_sub(self.links[&id].to_client.len());
        if self.chance.percent(20) { self.chance.length(0, space) } else { space }
    }

    fn write(&mut self, at: At, peer: PeerId) {
        let Some(id) = self.core(at).and_then(|core| core.links.get(&peer).copied()) else { return };
        if self.links[&id].is_blocked {
            // It was blocked a moment ago, by what another room had for it.
            return;
        }
        let taken = self.takes(id);
        let Some(core) = self.core(at) else { return };
        let mut bytes = Vec::new();
        let mut waiting = 0;
        for piece in core.shard.unsent(peer) {
            waiting += piece.len();
            bytes.extend_from_slice(&piece[..piece.len().min(taken - bytes.len())]);
        }
        let mut out = Vec::new();
        let is_blocked = bytes.len() < waiting;
        if !is_blocked {
            core.shard.wrote_all(peer, &mut out);
        } else if !bytes.is_empty() {
            core.shard.wrote_some(peer, bytes.len(), &mut out);
        }
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
