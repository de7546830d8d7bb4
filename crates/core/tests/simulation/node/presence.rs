//! Who is online: each node knows it of itself, and believes the others for as long as they say something.

use std::collections::BTreeSet;

use chatterbox_core::presence::{Connected, ConnectionId, Telling};
use chatterbox_core::shard::{Input, PeerId, Spelled, ToldOnline};
use chatterbox_protocol::events::Event;
use chatterbox_protocol::ids::UserId;
use chatterbox_protocol::presence::PresentPeople;

use super::{At, Word, encode};
use crate::link::LinkId;
use crate::store::Store;
use crate::world::World;

/// For how long a node believes another one that says nothing.
const BELIEF: u64 = 4_000;

impl World {
    /// A client is live: its user is online.
    pub(crate) fn appear(&mut self, at: At, peer: PeerId) {
        let Some(id) = self.core(at).and_then(|core| core.links.get(&peer).copied()) else { return };
        let Some(link) = self.links.get(&id) else { return };
        let user = link.user;
        let now = self.clocks(at.node);
        let Connected { id: connection, number } =
            self.nodes[at.node].presence.connect(user, &Store::username(user), None, now);
        let Some(link) = self.links.get_mut(&id) else { return };
        (link.has_appeared, link.connection) = (true, Some(connection));
        self.deliver(at, Input::Appeared { peer, number });
        self.tell_soon(at.node);
    }

    /// A connection is gone.
    pub(crate) fn disappear(&mut self, id: LinkId) {
        let Some(link) = self.links.get(&id) else { return };
        let (Some(connection), node, user) = (link.connection, link.at.node, link.user) else { return };
        let now = self.clocks(node);
        self.nodes[node].presence.disconnect(user, connection, now);
        self.tell_soon(node);
    }

    fn tell_soon(&mut self, node: usize) {
        let now_ms = self.clock(node);
        let state = &mut self.nodes[node];
        let Some(due_ms) = state.presence.due_ms() else { return };
        if state.tells_at_ms.is_none_or(|tells_at_ms| due_ms < tells_at_ms) {
            state.tells_at_ms = Some(due_ms);
            let delay = u64::try_from((due_ms.max(now_ms) - now_ms) * 100 / state.clock.rate + 1).unwrap_or(0);
            let life = state.life;
            self.after(delay, move |world| {
                if world.nodes[node].life == life {
                    world.tell_who_is_online(node);
                }
            });
        }
    }

    fn tell_who_is_online(&mut self, node: usize) {
        let now = self.clocks(node);
        self.nodes[node].tells_at_ms = None;
        if let Some(telling) = self.nodes[node].presence.tell(now) {
            let users = telling.names().into_iter().map(str::to_owned).collect();
            let all = PresentPeople { reset: true, people: telling.everybody().collect() };
            let whole = Spelled { names: encode(&Event::Users { users }), ids: encode(&Event::People(all)) };
            let Telling { number, people, states, online, offline, hiding, is_anew, .. } = telling;
            let (has_names, has_ids) = (!online.is_empty() || !offline.is_empty(), !states.is_empty());
            let changed = PresentPeople { reset: false, people: states };
            let told = ToldOnline {
                number,
                whole: Some(whole),
                names: has_names.then(|| encode(&Event::Presence { online, offline })),
                ids: has_ids.then(|| encode(&Event::People(changed))),
                people: people.into(),
                hiding,
                is_company_other: false,
                is_anew,
            };
            for at in self.cores(node) {
                self.deliver(at, Input::Online(told.clone()));
            }
        }
        self.tell_soon(node);
    }

    /// Users with a live connection to a node.
    pub(crate) fn online_at(&self, node: usize) -> BTreeSet<UserId> {
        let links = self.links.values();
        let here = links.filter(|link| link.at.node == node && link.has_appeared && link.ending.is_none());
        here.map(|link| link.user).collect()
    }

    /// A node tells the others who is online there, and stops believing those that are silent.
    pub(crate) fn say_who_is_online(&mut self, node: usize) {
        self.nodes[node].words += 1;
        let (number, users) = (self.nodes[node].words, self.online_at(node));
        for other in (0..self.nodes.len()).filter(|other| *other != node) {
            if let Some(delay) = self.bus_delay() {
                let users = users.clone();
                self.after(delay, move |world| world.hear_who_is_online(other, node, number, users));
            }
        }
        let now = self.now;
        let silent = |word: &Word| word.at + BELIEF < now && !word.users.is_empty();
        let gone: Vec<usize> =
            self.nodes[node].others.iter().filter(|(_, word)| silent(word)).map(|(other, _)| *other).collect();
        for other in gone {
            let number = self.nodes[node].others[&other].number + 1;
            self.hear_who_is_online(node, other, number, BTreeSet::new());
        }
    }

    fn hear_who_is_online(&mut self, node: usize, from: usize, number: u64, users: BTreeSet<UserId>) {
        let (at, now) = (self.now, self.clocks(node));
        let state = &mut self.nodes[node];
        if state.cores.is_empty() {
            return;
        }
        let word = state.others.entry(from).or_default();
        if word.number >= number {
            return;
        }
        (word.number, word.at) = (number, at);
        let gone = |user: &UserId, _: &mut ConnectionId| !users.contains(user);
        for (user, connection) in word.users.extract_if(.., gone) {
            state.presence.disconnect(user, connection, now);
        }
        for user in &users {
            let presence = &mut state.presence;
            word.users.entry(*user).or_insert_with(|| presence.connect(*user, &Store::username(*user), None, now).id);
        }
        self.tell_soon(node);
    }
}
