//! How clients read what the server writes, and what must never be in it.

use std::collections::BTreeSet;

use chatterbox_protocol::events::Event;
use chatterbox_protocol::ids::{RoomId, Seq, UserId};
use chatterbox_protocol::logs::{LogName, Place};
use chatterbox_protocol::presence::{PersonPresence, PresenceState, PresentPeople};

use super::{Client, Kind};
use crate::link::LinkId;
use crate::store::Store;
use crate::world::{ClientId, World};

/// How long a node may not know that another one has ended a session (threats.md Z3: 2 s, and what is on its way).
const OVER_LATE: u64 = 7_000;

impl World {
    /// Has a client read soon.
    pub(crate) fn have_read(&mut self, id: LinkId) {
        let Some(link) = self.links.get_mut(&id).filter(|link| !link.is_cut) else { return };
        let is_something = !link.to_client.is_empty() || link.ending.is_some();
        if is_something && !std::mem::replace(&mut link.is_read, true) {
            let stalled = self.clients[link.client].stalled_until.saturating_sub(self.now);
            let delay = stalled + self.chance.delay(self.plan.latency);
            self.after(delay, move |world| world.read(id));
        }
    }

    fn read(&mut self, id: LinkId) {
        let Some(link) = self.links.get_mut(&id).filter(|link| !link.is_cut) else { return };
        link.is_read = false;
        let client = link.client;
        if self.clients[client].stalled_until > self.now {
            return self.have_read(id);
        }
        let there = link.to_client.len();
        let count = if self.chance.percent(70) { there } else { self.chance.length(there.min(1), there) };
        let bytes: Vec<u8> = link.to_client.drain(..count).collect();
        if link.is_blocked {
            let delay = self.chance.between(0..=5);
            self.after(delay, move |world| world.writable(id));
        }
        let mut rest = std::mem::take(&mut self.clients[client].partial);
        rest.extend(bytes);
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = rest.drain(..=end).collect();
            self.listen(client, id, &line);
        }
        self.clients[client].partial = rest;
        let Some(link) = self.links.get(&id) else { return };
        match link.ending {
            Some(ending) if link.to_client.is_empty() => {
                let rest = self.clients[client].partial.len();
                assert_eq!(rest, 0, "client {client} was left with the begin of an event when {id:?} ended");
                self.links.remove(&id);
                self.lost(client, id, Some(ending));
            }
            _ => self.have_read(id),
        }
    }

    fn listen(&mut self, client: ClientId, id: LinkId, line: &[u8]) {
        let text = std::str::from_utf8(line).unwrap_or_else(|_| panic!("client {client} got no UTF-8"));
        self.hears(client, text);
        let event: Event = serde_json::from_str(text)
            .unwrap_or_else(|error| panic!("client {client} got something that is no event ({error}): {text}"));
        self.looks_for_canaries(self.clients[client].user, text, &event);
        self.is_for_a_live_session(id, &event);
        self.comes_once(id, &event);
        self.hear_of_presence(client, &event);
        match self.clients[client].kind {
            Kind::Full(_) => self.listen_full(client, id, event),
            Kind::Contract(_) => self.listen_contract(client, event),
        }
    }

    /// Nothing of a room reaches who might not see it when that happened.
    fn looks_for_canaries(&self, user: UserId, text: &str, event: &Event) {
        for room in self.store.rooms.keys().filter(|room| text.contains(&canary(**room))) {
            let seq = place_of(event).filter(|(of, _)| of == room).map(|(_, seq)| seq);
            let might_see = seq.is_some_and(|seq| self.store.might_see(*room, user, seq));
            assert!(might_see || self.ledger.restored, "P2: {user} gets to see something of room {room}: {text}");
        }
    }

    /// Nothing that was committed after the end of a session reaches its clients.
    fn is_for_a_live_session(&self, id: LinkId, event: &Event) {
        let Some((room, seq)) = place_of(event) else { return };
        let Some(link) = self.links.get(&id) else { return };
        let Some(over) = self.ledger.over.get(&link.session) else { return };
        if seq <= over.seqs[&room] {
            return;
        }
        let is_snapshot = matches!(event, Event::History(_));
        let is_known_there = link.at.node == over.node;
        let committed = self.store.committed_at(room, seq).unwrap_or_default();
        let is_late = committed > over.at + OVER_LATE;
        let what = format!("{:?} ended at {}, and {id:?} gets {event:?}", link.session, over.at);
        assert!(!is_snapshot && !is_known_there && !is_late, "Z3: {what} of {committed}");
    }

    /// The server itself repeats nothing: no client has to tell what it knows already.
    fn comes_once(&mut self, id: LinkId, event: &Event) {
        let (Some((room, seq)), Some(link)) = (place_of(event), self.links.get_mut(&id)) else { return };
        let told = link.told.insert(room, seq).unwrap_or_default();
        let is_page = matches!(event, Event::History(_));
        assert!(seq > told || is_page, "E3: {id:?} is told {seq} of room {room} after {told}");
    }

    fn hear_of_presence(&mut self, client: ClientId, event: &Event) {
        let Client { online, knows_ids, .. } = &mut self.clients[client];
        let known = |online: &mut Option<BTreeSet<UserId>>| {
            online.take().expect("the whole set comes before the first change of it")
        };
        match event {
            Event::Users { users } => *online = Some(users.iter().map(|name| Store::user(name)).collect()),
            Event::Presence { online: come, offline: gone } => {
                assert!(!*knows_ids, "client {client} is told by name behind ids");
                let mut people = known(online);
                people.extend(come.iter().map(|name| Store::user(name)));
                people.retain(|user| !gone.contains(&Store::username(*user)));
                *online = Some(people);
            }
            Event::People(PresentPeople { reset, people: told }) => {
                assert!(*knows_ids || *reset, "client {client} is told by id behind names");
                let mut people = if *reset { BTreeSet::new() } else { known(online) };
                for PersonPresence { id, state, .. } in told {
                    let is_other = match state {
                        PresenceState::Online | PresenceState::Away => people.insert(*id),
                        PresenceState::Offline => people.remove(id),
                    };
                    assert!(is_other, "client {client} is told nothing new of {id}");
                }
                *online = Some(people);
            }
            _ => return,
        }
        *knows_ids = matches!(event, Event::People(_));
    }
}

/// What stands in every text of a private room.
pub(crate) fn canary(room: RoomId) -> String {
    format!("secret-of-room-{room}.")
}

fn place_of(event: &Event) -> Option<(RoomId, Seq)> {
    match event {
        Event::History(history) => Some((history.room, history.seq)),
        _ => match event.place()? {
            Place { log: LogName::Room(room), seq, .. } => Some((room, seq)),
            Place { log: LogName::Own | LogName::House, .. } => None,
        },
    }
}
