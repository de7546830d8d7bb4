//! A client: it connects, says things, reads slowly, goes away and comes back.

mod acting;
mod connecting;
mod contract;
mod full;
mod listening;

use std::collections::BTreeSet;

use chatterbox_client::{Backoff, State};
use chatterbox_core::shard::View;
use chatterbox_protocol::ids::{MessageId, RoomId, SessionId, UserId};

use crate::link::LinkId;
use crate::plan::Plan;
use crate::world::World;
pub(crate) use contract::Contract;
pub(crate) use full::Full;

/// What a client understands.
#[derive(Debug)]
pub(crate) enum Kind {
    /// The full view, as the SDK knows it.
    Full(Box<Full>),
    /// The original program's.
    Contract(Contract),
}

/// A client.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) user: UserId,
    pub(crate) session: SessionId,
    pub(crate) kind: Kind,
    pub(crate) link: Option<LinkId>,
    backoff: Backoff,
    is_dialling: bool,
    /// Until when it does not come back.
    away_until: u64,
    /// Until when it reads nothing.
    stalled_until: u64,
    /// The line of which it has read the begin.
    partial: Vec<u8>,
    /// How many messages it has sent.
    sent: u64,
    /// Who is online, as far as it was told.
    pub(crate) online: Option<BTreeSet<UserId>>,
    /// Whether it was told so by id.
    pub(crate) knows_ids: bool,
}

impl Client {
    fn new(user: UserId, session: SessionId, kind: Kind) -> Self {
        Self {
            user,
            session,
            kind,
            link: None,
            backoff: Backoff::default(),
            is_dialling: false,
            away_until: 0,
            stalled_until: 0,
            partial: Vec::new(),
            sent: 0,
            online: None,
            knows_ids: false,
        }
    }

    /// Whether it is connected, knows that, and waits for nothing.
    pub(crate) fn is_settled(&self) -> bool {
        let is_done = match &self.kind {
            Kind::Full(full) => full.is_live && full.state.is_live() && full.state.undecided() == 0,
            Kind::Contract(_) => true,
        };
        is_done && self.link.is_some() && self.online.is_some() && self.partial.is_empty()
    }

    /// What it waits for.
    pub(crate) fn unsettled(&self) -> String {
        let Self { link, online, partial, .. } = self;
        let (is_live, undecided) = match &self.kind {
            Kind::Full(full) => (full.is_live, full.state.undecided()),
            Kind::Contract(_) => (link.is_some(), 0),
        };
        format!("{link:?}, live {is_live}, undecided {undecided}, online {online:?}, {} bytes", partial.len())
    }

    /// Messages that it has on its screen.
    fn messages(&self) -> Vec<(RoomId, MessageId)> {
        match &self.kind {
            Kind::Full(full) => full.view.ids(),
            Kind::Contract(contract) => contract.messages.keys().map(|id| (RoomId::FIRST, *id)).collect(),
        }
    }
}

impl World {
    /// Makes all clients. Some users have more than one.
    pub(crate) fn invite_clients(&mut self) {
        let Plan { users, full_clients, contract_clients, .. } = self.plan;
        for number in 0..full_clients + contract_clients {
            let user = UserId(1 + number as u64 % users);
            let session = self.log_in(user);
            let is_plain = self.chance.percent(25);
            let state = if is_plain { State::plain() } else { State::default() };
            let full = Full { state, is_plain, ..Full::default() };
            let kind =
                if number < full_clients { Kind::Full(Box::new(full)) } else { Kind::Contract(Contract::default()) };
            self.clients.push(Client::new(user, session, kind));
            self.dial(number, 0);
            self.acts(number);
        }
    }

    /// How a client opens its connections: some that know `hello` say it only after a while.
    fn opening_view(&mut self, client: usize) -> View {
        match self.clients[client].kind {
            Kind::Full(_) if self.chance.percent(85) => View::Full,
            Kind::Full(_) | Kind::Contract(_) => View::Contract,
        }
    }
}
