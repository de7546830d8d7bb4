//! What nodes tell one another, over a bus that loses, repeats, delays and reorders; and what they find out by themselves.

use chatterbox_core::logs::LogId;
use chatterbox_core::shard::{Input, Published};
use chatterbox_protocol::events::Event;
use chatterbox_protocol::ids::SessionId;

use super::{At, encode};
use crate::world::World;

impl World {
    /// Tells of a change: the cores of the node that has committed it in the order of commits, the other nodes somehow; of
    /// each those that follow the log by then.
    pub(crate) fn publish(&mut self, node: usize, log: LogId, event: &Event) {
        let epoch = self.store.epoch;
        let entry = Published::new(event, encode(event)).expect("it has a place");
        let input = Input::Published { epoch, log, entry };
        self.deliver_to_node(node, &input);
        self.broadcast(node, &input);
    }

    fn deliver_to_node(&mut self, node: usize, input: &Input) {
        for at in self.cores(node) {
            let follows = |log| self.nodes[node].cores[at.core].follows.contains(log);
            if !matches!(input, Input::Published { log, .. } if !follows(log)) {
                self.deliver(at, input.clone());
            }
        }
    }

    /// A session is over.
    pub(crate) fn end_session(&mut self, node: usize, session: SessionId) {
        for at in self.cores(node) {
            self.deliver(at, Input::SessionOver(session));
        }
        self.broadcast(node, &Input::SessionOver(session));
    }

    fn broadcast(&mut self, from: usize, input: &Input) {
        for node in (0..self.nodes.len()).filter(|node| *node != from) {
            let repeats = 1 + u64::from(self.chance.percent(self.plan.bus_repeats));
            for _ in 0..repeats {
                if let Some(delay) = self.bus_delay() {
                    let input = input.clone();
                    self.after(delay, move |world| world.deliver_to_node(node, &input));
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
        let known = if self.plan.is_looking { self.store.stands() } else { Vec::new() };
        let epoch = self.store.epoch;
        for (log, seq) in known {
            for at in self.cores(node) {
                let delay = self.chance.delay(self.plan.reading);
                self.deliver_after(delay, at, Input::Stands { epoch, log, seq });
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
