//! The end of the trouble: everybody connects, and then every screen must show what is stored.

use std::collections::BTreeSet;

use chatterbox_core::log::KEPT_BYTES;
use chatterbox_core::logs::LogId;
use chatterbox_protocol::ids::{RoomId, UserId};
use chatterbox_protocol::logs::{Entry, LogName};
use chatterbox_protocol::messages::Message;

use crate::client::{Full, Kind};
use crate::world::World;

/// Rounds of trouble and calm in a run.
const ROUNDS: usize = 2;

/// How long it may take until everybody is live and has said what it had to say: the slowest lines take a hundred bytes in
/// 300 ms, for a long absence in pages of one message and for everything that others still say. Whoever goes in circles
/// is not done then either.
const PATIENCE: u64 = 20_000_000;

/// How long it takes at the most until everybody knows who is online, and a lost change is found out.
const QUIET: u64 = 12_000;

/// A log lets go of its bytes in pieces of this size.
const PIECE_BYTES: u64 = 64 * 1024;

impl World {
    /// A whole run. Panics when a promise is broken. Answers how many changes there were in the rooms.
    pub(crate) fn run(&mut self) -> u64 {
        for _ in 0..ROUNDS {
            self.is_calm = false;
            self.pass(self.plan.chaos);
            self.is_calm = true;
            self.settle();
            self.check();
            // Whoever has missed something without noticing would notice with the next change. That must not be.
            self.everybody_speaks();
            self.settle();
            self.check();
        }
        self.store.seqs().values().map(|seq| seq.0).sum()
    }

    fn settle(&mut self) {
        self.tell(|_| "all is calm".to_owned());
        let deadline = self.now + PATIENCE;
        let mut settled_since = None;
        while settled_since.is_none_or(|since| self.now - since < QUIET) {
            self.pass(500);
            settled_since = if self.is_settled() { settled_since.or(Some(self.now)) } else { None };
            assert!(self.now < deadline, "it does not settle: {}", self.unsettled());
        }
    }

    fn is_settled(&self) -> bool {
        self.clients.iter().all(|client| client.is_settled())
            && self.links.values().all(|link| !link.is_cut && link.to_client.is_empty() && link.to_server.is_empty())
    }

    fn unsettled(&self) -> String {
        let clients = self.clients.iter().enumerate().filter(|(_, client)| !client.is_settled());
        let clients: Vec<String> =
            clients.map(|(number, client)| format!("{number}: {}", client.unsettled())).collect();
        format!("{clients:?} {:?}", self.links)
    }

    fn everybody_speaks(&mut self) {
        for client in 0..self.clients.len() {
            for room in self.store.rooms.keys().copied().collect::<Vec<_>>() {
                let is_full = matches!(self.clients[client].kind, Kind::Full(_));
                if room == RoomId::FIRST || is_full {
                    self.send_in(client, room);
                }
            }
        }
    }

    /// Holds everything against everything.
    fn check(&mut self) {
        self.ledger.check(&self.store);
        self.check_screens();
        self.check_presence();
        self.check_memory();
    }

    fn check_screens(&self) {
        for (number, client) in self.clients.iter().enumerate() {
            match &client.kind {
                Kind::Full(full) => {
                    for room in self.store.rooms.keys().filter(|room| self.store.has(**room, client.user)) {
                        let shown = &full.view.rooms[room];
                        let stored = self.store.messages_from(*room, shown.floor).map(|stored| &stored.message);
                        same(number, *room, shown.messages.values(), stored);
                        assert_eq!(full.state.seq(*room), self.store.seq(*room), "E2: client {number} is behind");
                        self.check_things(number, full, LogName::Room(*room), LogId::Room(*room));
                    }
                    if !full.is_plain {
                        self.check_things(number, full, LogName::Own, LogId::Own(client.user));
                        self.check_things(number, full, LogName::House, LogId::House);
                        let lost = full.view.rooms.keys().find(|room| !self.store.may_see(**room, client.user));
                        assert_eq!(lost, None, "P2: client {number} still shows a room that it has lost");
                    }
                }
                Kind::Contract(contract) => {
                    let floor = client.link.map(|link| self.links[&link].floor).unwrap_or_default();
                    let stored = self.store.messages_from(RoomId::FIRST, floor).map(|stored| &stored.message);
                    same(number, RoomId::FIRST, contract.messages.values(), stored);
                }
            }
        }
    }

    /// What is no message is on the screen as it is in the log.
    fn check_things(&self, number: usize, full: &Full, name: LogName, log: LogId) {
        let shown: Vec<&Entry> = full.view.things.all(name).collect();
        let mut stored = self.store.things(log);
        stored.sort_by_key(|entry| (entry.kind, entry.id));
        assert!(
            shown.iter().copied().eq(&stored),
            "E2: client {number} shows {log:?} as {shown:?}, and it is {stored:?}"
        );
    }

    /// What everybody has read is not kept, but for the little that is kept for those who come.
    fn check_memory(&self) {
        let bound = self.store.rooms.len() as u64 * (KEPT_BYTES + PIECE_BYTES);
        for core in self.nodes.iter().flat_map(|node| &node.cores) {
            let held = core.shard.log_bytes() + core.shard.own_bytes();
            assert!(held <= bound, "I1: a shard to which nobody owes a thing holds {held} bytes");
        }
    }

    fn check_presence(&self) {
        let truth: BTreeSet<UserId> = self.clients.iter().map(|client| client.user).collect();
        for (number, client) in self.clients.iter().enumerate() {
            assert_eq!(client.online.as_ref(), Some(&truth), "client {number} is told who is online");
            let follows = matches!(&client.kind, Kind::Full(full) if !full.is_plain);
            assert_eq!(client.knows_ids, follows, "client {number} is told of people as it knows them");
        }
    }
}

/// Whether a screen shows what is stored, whoever has seen it.
fn same<'a>(
    client: usize,
    room: RoomId,
    shown: impl Iterator<Item = &'a Message>,
    stored: impl Iterator<Item = &'a Message>,
) {
    let plain = |message: &Message| Message { seen: false, changed: None, since: None, ..message.clone() };
    let (mut shown, mut stored): (Vec<_>, Vec<_>) = (shown.map(plain).collect(), stored.map(plain).collect());
    shown.sort_by_key(|message| message.seq);
    stored.sort_by_key(|message| message.seq);
    if shown != stored {
        let missing: Vec<_> = stored.iter().filter(|message| !shown.contains(message)).collect();
        let wrong: Vec<_> = shown.iter().filter(|message| !stored.contains(message)).collect();
        panic!("E2: client {client} shows room {room} otherwise than it is. Missing: {missing:?}. Wrong: {wrong:?}");
    }
}
