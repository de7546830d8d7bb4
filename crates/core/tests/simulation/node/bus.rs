//! What nodes tell one another, over a bus that loses, repeats, delays and reorders; and what they find out by themselves.

use std::collections::BTreeMap;

use bytes::Bytes;
use chatterbox_core::shard::Input;
use chatterbox_protocol::ids::{RoomId, Seq, SessionId};

use super::At;
use crate::world::World;

impl World {
    /// Tells of a change: the cores of the node that has committed it in the order of commits, the other nodes somehow.
    pub(crate) fn publish(&mut self, node: usize, room: RoomId, seq: Seq, frame: Bytes) {
        for at in self.cores(node) {
            self.deliver(at, Input::Published { room, seq, frame: frame.clone() });
        }
        self.broadcast(node, &Input::Published { room, seq, frame });
    }

    /// A session is over.
    pub(crate) fn end_session(&mut self, node: usize, session: SessionId) {
        for at in self.cores(node) {
            self.deliver(at, Input::SessionOver(session));
        }
        self.broadcast(node, &Input::SessionOver(session));
    }

    /// What travels names its epoch: a node that knows another one by now does not take it.
    fn broadcast(&mut self, from: usize, input: &Input) {
        let epoch = self.store.epoch;
        for node in (0..self.nodes.len()).filter(|node| *node != from) {
            let repeats = 1 + u64::from(self.chance.percent(self.plan.bus_repeats));
            for _ in 0..repeats {
                if let Some(delay) = self.bus_delay() {
                    let input = input.clone();
                    self.after(delay, move |world| {
                        if world.store.epoch == epoch {
                            world.cores(node).for_each(|at| world.deliver(at, input.clone()));
                        }
                    });
                }
            }
        }
    }

    /// How long the bus takes; none if it loses what it is given.
    pub(crate) fn bus_delay(&mut self) -> Option<u64> {
        let is_lost = !self.is_calm && self.chance.percent(self.plan.bus_loses);
        (!is_lost).then(|| self.chance.delay(self.plan.bus_delay))
    }

    /// A node looks about once a second at what it may not have been told, and says who is online there.
    pub(crate) fn beats(&mut self, node: usize, life: u32) {
        if self.nodes[node].life != life || self.nodes[node].cores.is_empty() {
            return;
        }
        let known = if self.plan.is_looking { self.store.seqs() } else { BTreeMap::new() };
        for (room, seq) in known {
            for at in self.cores(node) {
                let delay = self.chance.delay(self.plan.reading);
                self.deliver_after(delay, at, Input::Stands { room, seq });
            }
        }
        for at in self.cores(node) {
            self.look_after_sessions(at);
        }
        self.say_who_is_online(node);
        let pause = self.chance.between(500..=1_500);
        self.after(pause, move |world| world.beats(node, life));
    }

    fn look_after_sessions(&mut self, at: At) {
        let here = self.links.values().filter(|link| link.at == at && link.ending.is_none());
        let over = here.map(|link| link.session).filter(|session| !self.store.sessions.contains_key(session));
        for session in over.collect::<Vec<SessionId>>() {
            self.deliver(at, Input::SessionOver(session));
        }
    }
}
