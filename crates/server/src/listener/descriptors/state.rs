//! The book that is kept of connections.

use std::collections::{HashMap, HashSet};
use std::time::Instant;

use super::crowd::{Crowd, Full};
use super::{Denial, Leave, PER_NETWORK, Shares};
use crate::throttle::Network;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ConnectionKind {
    Newcomer,
    Http,
    Socket,
}

pub(super) struct Connection {
    pub(super) kind: ConnectionKind,
    /// Whom it counts for. Nobody, if it is a proxy's or a socket's: who holds sockets is counted elsewhere.
    pub(super) network: Option<Network>,
    idle_since: Option<Instant>,
    leave: Option<Leave>,
}

pub(super) struct DescriptorsState {
    shares: Shares,
    next: u64,
    connections: HashMap<u64, Connection>,
    pub(super) newcomers: Crowd,
    pub(super) http_connections: Crowd,
    sockets: usize,
    /// Those who were sent away and have not gone yet.
    leaving: HashSet<u64>,
}

impl DescriptorsState {
    pub(super) fn new(shares: Shares, is_limited: bool) -> Self {
        let per_network = |share: usize| if is_limited { PER_NETWORK.min(share.div_ceil(2)) } else { usize::MAX };
        let Shares { newcomers, http_connections, .. } = shares;
        Self {
            shares,
            next: 0,
            connections: HashMap::new(),
            newcomers: Crowd::new(newcomers, 0, per_network(newcomers)),
            http_connections: Crowd::new(http_connections, http_connections / 4, per_network(http_connections)),
            sockets: 0,
            leaving: HashSet::new(),
        }
    }

    /// Connections that hold a file descriptor.
    pub(super) fn count(&self) -> usize {
        self.connections.len() + self.leaving.len()
    }

    /// Whether as many have been sent away as may be there.
    pub(super) fn must_wait(&self) -> bool {
        self.leaving.len() >= self.shares.leaving
    }

    pub(super) fn get(&self, key: u64) -> Result<&Connection, Denial> {
        self.connections.get(&key).ok_or(Denial::SentAway)
    }

    /// Somebody has come.
    pub(super) fn add(&mut self, network: Option<Network>) -> u64 {
        let key = self.next;
        self.next += 1;
        self.newcomers.add(network);
        let newcomer = Connection { kind: ConnectionKind::Newcomer, network, idle_since: None, leave: None };
        self.connections.insert(key, newcomer);
        key
    }

    /// Somebody has gone.
    pub(super) fn remove(&mut self, key: u64) -> Option<Connection> {
        if self.leaving.remove(&key) {
            return None;
        }
        self.take_out(key)
    }

    /// Sends away whoever has to go for one more of this kind; returns how to tell them so.
    pub(super) fn make_room(
        &mut self,
        kind: ConnectionKind,
        network: Option<Network>,
        has_reserved: bool,
    ) -> Result<Option<Leave>, Denial> {
        let displaced = match kind {
            ConnectionKind::Newcomer => self.newcomers.displaced_by(network, has_reserved)?,
            ConnectionKind::Http => self.http_connections.displaced_by(network, has_reserved)?,
            // Each is somebody's who has signed in: nobody goes for another one.
            ConnectionKind::Socket if self.sockets >= self.shares.sockets => return Err(Full::Everywhere.into()),
            ConnectionKind::Socket => None,
        };
        displaced.map_or(Ok(None), |key| self.send_away(key))
    }

    /// Sends away whoever has to go for one more request of this network, wherever its connection comes from.
    pub(super) fn make_room_for_request(&mut self, network: Network) -> Result<Option<Leave>, Denial> {
        self.http_connections.displaced_in(network)?.map_or(Ok(None), |key| self.send_away(key))
    }

    fn send_away(&mut self, key: u64) -> Result<Option<Leave>, Denial> {
        if self.must_wait() {
            return Err(Denial::NotYet);
        }
        self.leaving.insert(key);
        Ok(self.take_out(key).and_then(|connection| connection.leave))
    }

    fn take_out(&mut self, key: u64) -> Option<Connection> {
        self.stir(key);
        let connection = self.connections.remove(&key)?;
        match self.crowd(connection.kind) {
            Some(crowd) => crowd.remove(connection.network),
            None => self.sockets -= 1,
        }
        Some(connection)
    }

    /// A connection becomes one of this kind, or counts for somebody else.
    pub(super) fn turn(&mut self, key: u64, kind: ConnectionKind, network: Option<Network>) {
        let Some(connection) = self.take_out(key) else { return };
        match self.crowd(kind) {
            Some(crowd) => crowd.add(network),
            None => self.sockets += 1,
        }
        let leave = connection.leave.filter(|_| kind != ConnectionKind::Socket);
        self.connections.insert(key, Connection { kind, network, idle_since: None, leave });
    }

    /// A connection is idle from then on.
    pub(super) fn rest(&mut self, key: u64, since: Instant, leave: Option<Leave>) {
        self.stir(key);
        let Some(connection) = self.connections.get_mut(&key) else { return };
        connection.idle_since = Some(since);
        connection.leave = leave.or(connection.leave.take());
        let (kind, network) = (connection.kind, connection.network);
        if let Some(crowd) = self.crowd(kind) {
            crowd.rests(key, network, since);
        }
    }

    /// A connection is not idle any more.
    pub(super) fn stir(&mut self, key: u64) {
        let Some(connection) = self.connections.get_mut(&key) else { return };
        let Some(since) = connection.idle_since.take() else { return };
        let (kind, network) = (connection.kind, connection.network);
        if let Some(crowd) = self.crowd(kind) {
            crowd.stirs(key, network, since);
        }
    }

    fn crowd(&mut self, kind: ConnectionKind) -> Option<&mut Crowd> {
        match kind {
            ConnectionKind::Newcomer => Some(&mut self.newcomers),
            ConnectionKind::Http => Some(&mut self.http_connections),
            ConnectionKind::Socket => None,
        }
    }
}
