//! What goes wrong besides what clients and the bus do.

use chatterbox_core::logs::Epoch;
use chatterbox_protocol::ids::{RoomId, UserId};
use chatterbox_protocol::limits::TEXT_CHARS_MAX;

use crate::client::Kind;
use crate::node::Job;
use crate::world::World;

/// Messages in a flood: together some 600 KiB.
const FLOOD: usize = 40;

impl World {
    /// Plans what goes wrong now and then, until all is calm.
    pub(crate) fn plan_mishaps(&mut self) {
        self.mishaps();
        if self.plan.is_restored {
            let (saved, restored) = (self.plan.chaos / 3, self.plan.chaos / 2);
            self.after(saved, |world| world.backup = Some(world.store.clone()));
            self.after(restored, Self::restore);
        }
    }

    fn mishaps(&mut self) {
        let pause = self.chance.between(1..=2 * self.plan.fails_every);
        self.after(pause, |world| {
            if !world.is_calm {
                world.mishap();
            }
            world.mishaps();
        });
    }

    fn mishap(&mut self) {
        let node = self.chance.length(0, self.nodes.len() - 1);
        match self.chance.between(0..=9) {
            0..=1 => self.crash(node),
            2..=3 => self.drain(node),
            4..=5 => self.revoke(node),
            8 => self.lets_in_or_out(node),
            9 => self.is_looked_into(node),
            6..=7 if self.plan.is_flooded => self.flood(),
            _ => {
                let client = self.chance.length(0, self.clients.len() - 1);
                self.cut(client);
            }
        }
    }

    /// Somebody says so much that the log of a room cannot keep it all.
    fn flood(&mut self) {
        let client = self.chance.length(0, self.clients.len() - 1);
        let usual = (self.plan.is_long, self.plan.long);
        (self.plan.is_long, self.plan.long) = (100, TEXT_CHARS_MAX - 100);
        for _ in 0..FLOOD {
            self.send_in(client, RoomId::FIRST);
        }
        (self.plan.is_long, self.plan.long) = usual;
    }

    /// Somebody is let into a private room or out of it, while everybody speaks.
    fn lets_in_or_out(&mut self, node: usize) {
        let rooms: Vec<RoomId> = self.store.rooms.keys().copied().filter(|room| *room != RoomId::FIRST).collect();
        let Some(room) = self.chance.pick(&rooms).filter(|_| self.nodes[node].is_open()) else { return };
        let user = UserId(self.chance.between(1..=self.plan.users));
        for _ in 0..self.chance.between(1..=3) {
            let is_member = !self.store.has(room, user) || self.chance.percent(50);
            for is_member in [is_member, !is_member] {
                self.enqueue(node, Job::Belong { room, user, is_member });
                for speaker in 0..self.clients.len() {
                    self.send(speaker);
                }
            }
        }
    }

    /// Some look into a room that they may not belong to, and it is closed perhaps, while everybody speaks there.
    fn is_looked_into(&mut self, node: usize) {
        let rooms: Vec<RoomId> = self.store.rooms.keys().copied().filter(|room| *room != RoomId::FIRST).collect();
        let Some(room) = self.chance.pick(&rooms) else { return };
        for client in 0..self.clients.len() {
            if self.chance.percent(50) {
                self.looks_into(client, room);
            }
        }
        if self.chance.percent(30) {
            let delay = self.chance.between(0..=20 * self.plan.latency.max(10));
            self.after(delay, move |world| {
                if world.nodes[node].is_open() {
                    world.enqueue(node, Job::Close(room));
                }
                for speaker in 0..world.clients.len() {
                    if matches!(world.clients[speaker].kind, Kind::Full(_)) {
                        world.send_in(speaker, room);
                    }
                }
            });
        }
    }

    fn revoke(&mut self, node: usize) {
        let client = self.chance.length(0, self.clients.len() - 1);
        let session = self.clients[client].session;
        let is_alive = self.store.sessions.contains_key(&session);
        if is_alive && self.nodes[node].is_open() {
            self.enqueue(node, Job::Revoke(session));
            // What is committed right behind it is the hardest to keep from it.
            for speaker in 0..self.clients.len() {
                self.send(speaker);
            }
        }
    }

    /// Somebody brings back an old copy of the store. All nodes are down meanwhile.
    fn restore(&mut self) {
        for node in 0..self.nodes.len() {
            self.crash(node);
        }
        if let Some(mut backup) = self.backup.take() {
            self.tell(|_| "the store is restored".to_owned());
            backup.epoch = Epoch(self.store.epoch.0 + 1);
            // Ids of what is lost come again only if the clock is set back as well; nothing is promised for both at once.
            backup.go_on_from(self.store.last_id);
            self.store = backup;
            self.ledger.restored(&self.store);
        }
    }
}
