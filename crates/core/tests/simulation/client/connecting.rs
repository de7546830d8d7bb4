//! How clients connect, lose their connections and come back.

use bytes::Bytes;
use chatterbox_core::shard::Ending;
use chatterbox_protocol::commands::{Command, Hello, encode};
use chatterbox_protocol::ids::SessionId;
use chatterbox_protocol::users::Role;

use super::Kind;
use crate::link::{Link, LinkId};
use crate::node::At;
use crate::world::{ClientId, World};

/// How long it takes at the most until a server notices that a client has gone without a word.
const NOTICE: u64 = 15_000;

impl World {
    /// Has a client try to connect after this long.
    pub(crate) fn dial(&mut self, client: ClientId, wait: u64) {
        let dialler = &mut self.clients[client];
        let wait = wait.max(dialler.away_until.saturating_sub(self.now));
        if dialler.link.is_none() && !std::mem::replace(&mut dialler.is_dialling, true) {
            self.after(wait, move |world| world.call(client));
        }
    }

    /// Has a client try again, after the SDK's pause.
    fn dial_again(&mut self, client: ClientId) {
        let random = self.chance.bits();
        let pause = self.clients[client].backoff.next(random);
        self.dial(client, u64::try_from(pause.as_millis()).unwrap_or(0));
    }

    fn call(&mut self, client: ClientId) {
        let open: Vec<usize> = (0..self.nodes.len()).filter(|node| self.nodes[*node].is_open()).collect();
        let Some(node) = self.chance.pick(&open) else {
            self.clients[client].is_dialling = false;
            return self.dial_again(client);
        };
        let caller = &self.clients[client];
        let (user, mut session) = (caller.user, caller.session);
        if self.store.sessions.get(&session) != Some(&user) {
            session = self.log_in(user);
            self.clients[client].session = session;
        }
        let core = self.chance.length(0, self.plan.cores - 1);
        let at = At { node, life: self.nodes[node].life, core };
        let latency = self.chance.delay(self.plan.latency);
        // The session lives now. It may be over before the connection is open.
        self.after(latency, move |world| world.open(client, session, at));
    }

    fn open(&mut self, client: ClientId, session: SessionId, at: At) {
        self.clients[client].is_dialling = false;
        let (user, view) = (self.clients[client].user, self.opening_view(client));
        let Some(core) = self.core(at) else { return self.dial_again(client) };
        let mut out = Vec::new();
        let peer = core.shard.open(user, session, Role::Member, view, Bytes::new(), &mut out);
        let id = self.next_link();
        if let Some(core) = self.core(at) {
            core.links.insert(peer, id);
        }
        self.tell(|_| format!("client {client} ({user}, {session:?}) opens {id:?} to {at:?} with {view:?}"));
        self.links.insert(id, Link::new(client, (user, session), at, peer));
        let caller = &mut self.clients[client];
        caller.link = Some(id);
        caller.backoff.succeeded();
        caller.partial.clear();
        caller.online = None;
        match &mut caller.kind {
            Kind::Full(full) => {
                let (reference, hello) = full.state.opened();
                let line = encode(&self.would_rather_start_again(hello), reference.as_ref());
                self.say(id, line);
            }
            Kind::Contract(contract) => contract.begin(),
        }
        self.carry_out(at, &mut out);
        self.flush(at);
    }

    /// Some clients do not want to catch up with much.
    pub(super) fn would_rather_start_again(&mut self, command: Command) -> Command {
        match command {
            Command::Hello(hello) if self.chance.percent(20) => {
                Command::Hello(Box::new(Hello { reset_after: Some(self.chance.between(1..=10)), ..*hello }))
            }
            command => command,
        }
    }

    /// A client's connection ends, for the reason that the server gives, if it does.
    pub(crate) fn lost(&mut self, client: ClientId, id: LinkId, ending: Option<Ending>) {
        self.tell(|_| format!("client {client} has lost {id:?}: {ending:?}"));
        let loser = &mut self.clients[client];
        assert_eq!(loser.link.take(), Some(id));
        loser.online = None;
        loser.partial.clear();
        if let Kind::Full(full) = &mut loser.kind {
            full.state.closed();
            full.is_live = false;
        }
        self.dial_again(client);
    }

    /// A client goes without a word. What was on its way is lost, and the server notices later.
    pub(crate) fn cut(&mut self, client: ClientId) {
        let Some(id) = self.clients[client].link else { return };
        let late = if self.chance.percent(30) { NOTICE } else { 100 };
        let delay = self.chance.between(0..=late);
        let Some(link) = self.links.get_mut(&id) else { return };
        link.is_cut = true;
        let lost = self.chance.length(0, link.to_server.len());
        link.to_server.truncate(lost);
        if link.ending.is_some() {
            self.links.remove(&id);
        }
        self.after(delay, move |world| world.notice(id));
        self.lost(client, id, None);
    }
}
