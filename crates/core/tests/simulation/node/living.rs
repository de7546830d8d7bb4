//! How nodes start, tick, crash, drain and start again.

use chatterbox_core::presence::Presence;
use chatterbox_core::shard::{Input, OWED_BYTES_MAX, PATIENCE_MS, Shard};

use super::{Clock, Core, Node, encode};
use crate::world::World;

/// How long a node that drains waits for its clients at the most.
const DRAIN_PATIENCE: u64 = 3_000;

impl World {
    /// Starts all nodes.
    pub(crate) fn found_nodes(&mut self) {
        for node in 0..self.plan.nodes {
            let clock = Clock { ahead: 0, rate: i64::try_from(self.chance.between(50..=200)).unwrap_or(100) };
            self.nodes.push(Node { clock, ..Node::default() });
            self.start(node);
        }
    }

    fn start(&mut self, node: usize) {
        self.tell(|_| format!("node {node} starts"));
        let (replay, epoch) = (self.plan.replay, self.store.epoch);
        let core = || Core {
            shard: Shard::new(encode, replay, epoch),
            inbox: Default::default(),
            is_called: false,
            links: Default::default(),
            follows: Default::default(),
        };
        let cores = (0..self.plan.cores).map(|_| core()).collect();
        let Node { life, clock, words, .. } = std::mem::take(&mut self.nodes[node]);
        self.nodes[node] = Node { life: life + 1, clock, words, cores, ..Node::default() };
        self.ticks(node, life + 1);
        self.beats(node, life + 1);
    }

    /// A node tells its cores once a second that time has passed.
    fn ticks(&mut self, node: usize, life: u32) {
        if self.nodes[node].life != life || self.nodes[node].cores.is_empty() {
            return;
        }
        if !self.is_calm && self.chance.percent(1) {
            self.nodes[node].clock.ahead += i64::try_from(self.chance.between(0..=20_000)).unwrap_or(0);
        }
        for at in self.cores(node) {
            self.tick(at);
        }
        let second = 100_000 / self.nodes[node].clock.rate.unsigned_abs();
        self.after(second, move |world| world.ticks(node, life));
    }

    /// Tells a core that time has passed, and looks whether it has let go of those who owe too much.
    pub(crate) fn tick(&mut self, at: super::At) {
        let now_ms = self.clock(at.node);
        let Some(core) = self.core(at) else { return };
        let mut out = Vec::new();
        core.shard.handle(now_ms, Input::Tick, &mut out);
        self.carry_out(at, &mut out);
        self.flush(at);
        let Some(core) = self.core(at) else { return };
        let links: Vec<_> = core.links.iter().map(|(peer, link)| (*peer, *link)).collect();
        for (peer, link) in links {
            let Some(core) = self.core(at) else { return };
            let owed: usize = core.shard.unsent(peer).map(<[u8]>::len).sum();
            let Some(link) = self.links.get_mut(&link) else { continue };
            link.owed = owed;
            let since = link.owes_since.unwrap_or(now_ms);
            link.owes_since = (owed > OWED_BYTES_MAX).then_some(since);
            assert!(
                link.owes_since.is_none_or(|since| now_ms - since <= PATIENCE_MS),
                "I1: a connection owes {owed} bytes since {} ms",
                now_ms - since
            );
        }
    }

    /// A node is gone from one moment to the next.
    pub(crate) fn crash(&mut self, node: usize) {
        if self.nodes[node].cores.is_empty() {
            return;
        }
        self.tell(|_| format!("node {node} crashes"));
        let links: Vec<_> = self.links.iter().filter(|(_, link)| link.at.node == node).map(|(id, _)| *id).collect();
        for id in links {
            let Some(link) = self.links.remove(&id) else { continue };
            if !link.is_cut {
                self.lost(link.client, id, None);
            }
        }
        let stopped = &mut self.nodes[node];
        stopped.life += 1;
        stopped.cores.clear();
        stopped.queue.clear();
        stopped.presence = Presence::default();
        let delay = self.chance.between(10..=3_000);
        self.after(delay, move |world| {
            if world.nodes[node].cores.is_empty() {
                world.start(node);
            }
        });
    }

    /// A node stops in good order.
    pub(crate) fn drain(&mut self, node: usize) {
        if !self.nodes[node].is_open() {
            return;
        }
        self.tell(|_| format!("node {node} drains"));
        self.nodes[node].is_draining = true;
        let life = self.nodes[node].life;
        for at in self.cores(node) {
            self.deliver(at, Input::Drain);
        }
        self.after(DRAIN_PATIENCE, move |world| {
            if world.nodes[node].life == life {
                let left: usize = world.nodes[node].cores.iter().map(|core| core.links.len()).sum();
                assert_eq!(left, 0, "D10: node {node} waits for connections that owe it nothing");
                world.crash(node);
            }
        });
    }
}
