//! What connections may take of the file descriptors: a share for those who have said nothing yet, one for HTTP, and the
//! rest for sockets, so that none of them keeps the others out. Where a share is used up, whoever has been idle for longest
//! goes; where nobody is idle, the one who comes is refused.

mod crowd;
mod state;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chatterbox_protocol::errors::{ErrorCode, Refusal};
use parking_lot::Mutex;

use self::crowd::Full;
use self::state::{ConnectionKind, DescriptorsState};
use crate::throttle::Network;

/// File descriptors kept for the database, for files and for the runtime.
const RESERVED: usize = 64;
/// Connections that have said nothing yet, whatever the system allows: as many as the kernel keeps before they are accepted.
const NEWCOMERS_MAX: usize = 4_096;
/// Connections that speak HTTP, whatever the system allows. They are short, and each takes some 20 KiB.
const HTTP_CONNECTIONS_MAX: usize = 4_096;
/// Of either kind from one network: a team behind one address. Half of the share, if that is less.
const PER_NETWORK: usize = 200;
/// After an answer a connection is not idle at once: the end of it may still be on its way.
const ANSWER_PATIENCE: Duration = Duration::from_secs(2);

/// How a connection is told that it has to go. Called without a lock; must be quick.
type Leave = Box<dyn Fn() + Send>;

/// How many there may be of each kind, and of those who were sent away and have not gone yet.
#[derive(Debug, Clone, Copy)]
struct Shares {
    newcomers: usize,
    http_connections: usize,
    sockets: usize,
    leaving: usize,
}

impl Shares {
    fn of(descriptors: usize) -> Self {
        let newcomers = (descriptors / 16).clamp(1, NEWCOMERS_MAX);
        let http_connections = (descriptors / 8).clamp(1, HTTP_CONNECTIONS_MAX);
        let leaving = newcomers;
        let sockets = descriptors.saturating_sub(newcomers + http_connections + leaving).max(1);
        Self { newcomers, http_connections, sockets, leaving }
    }
}

/// All connections of this process.
#[derive(Debug, Clone)]
pub(crate) struct Descriptors {
    shared: Arc<Shared>,
}

struct Shared {
    shares: Shares,
    state: Mutex<DescriptorsState>,
}

impl fmt::Debug for Shared {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Shared").field("shares", &self.shares).finish_non_exhaustive()
    }
}

/// The right of one connection to its file descriptor. Whoever takes over the connection takes this along.
#[derive(Debug, Clone)]
pub(crate) struct Descriptor {
    held: Arc<Hold>,
}

#[derive(Debug)]
struct Hold {
    shared: Arc<Shared>,
    key: u64,
}

/// A request that is being answered; its connection is not idle meanwhile.
#[derive(Debug)]
pub(crate) struct Exchange {
    held: Arc<Hold>,
    is_behind_proxy: bool,
}

/// Why a connection is not to be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Denial {
    /// There are too many, and none of them is idle.
    Full(Full),
    /// Too many of those who were sent away are still there. It may be tried again in a moment.
    NotYet,
    /// It was itself sent away for another one.
    SentAway,
}

impl From<Full> for Denial {
    fn from(full: Full) -> Self {
        Self::Full(full)
    }
}

impl Denial {
    /// Too many of one network.
    pub(crate) const NETWORK_IS_FULL: Self = Self::Full(Full::Network);

    /// What the client is told.
    pub(crate) fn refusal(self) -> Refusal {
        match self {
            Self::Full(Full::Network) => {
                let message = "Too many requests from your network are under way. Try again in a few seconds.";
                Refusal::new(ErrorCode::RateLimited, message).retry_after(2)
            }
            Self::Full(Full::Everywhere) | Self::NotYet | Self::SentAway => {
                let message = "The server has as many connections as it can take. Try again in a few seconds.";
                Refusal::new(ErrorCode::Overloaded, message).retry_after(2)
            }
        }
    }
}

impl Descriptors {
    /// As many as the system lets this process have, but for [`RESERVED`]. With limits, a network has its share as well.
    pub(crate) fn new(is_limited: bool) -> Self {
        let all = rlimit::increase_nofile_limit(u64::MAX)
            .map_or(1_024, |descriptors| usize::try_from(descriptors).unwrap_or(usize::MAX));
        Self::with(Shares::of(all.saturating_sub(RESERVED)), is_limited)
    }

    fn with(shares: Shares, is_limited: bool) -> Self {
        Self { shared: Arc::new(Shared { shares, state: Mutex::new(DescriptorsState::new(shares, is_limited)) }) }
    }

    /// Lets a newcomer in, if need be in the place of one who has said nothing for longer. A proxy is of no network.
    pub(crate) fn admit(&self, network: Option<Network>) -> Result<Descriptor, Denial> {
        let key = self.shared.change(|state| {
            let sent_away = state.make_room(ConnectionKind::Newcomer, network, false)?;
            Ok((state.add(network), sent_away))
        })?;
        Ok(Descriptor { held: Arc::new(Hold { shared: self.shared.clone(), key }) })
    }

    /// Whether many of those who were sent away are still there: whoever comes had better wait than be refused.
    pub(crate) fn must_wait(&self) -> bool {
        self.shared.state.lock().must_wait()
    }

    /// How many descriptors are taken, and how many can be.
    pub(crate) fn connections(&self) -> (usize, usize) {
        let shares = self.shared.shares;
        let max = shares.newcomers + shares.http_connections + shares.sockets + shares.leaving;
        (self.shared.state.lock().count(), max)
    }

    /// How many connections have said nothing yet, and how many can.
    pub(crate) fn newcomers(&self) -> (usize, usize) {
        (self.shared.state.lock().newcomers.count(), self.shared.shares.newcomers)
    }

    /// How many connections speak HTTP, and how many can.
    pub(crate) fn http_connections(&self) -> (usize, usize) {
        (self.shared.state.lock().http_connections.count(), self.shared.shares.http_connections)
    }

    /// How many networks have newcomers and HTTP connections; who has both counts twice.
    pub(crate) fn networks(&self) -> usize {
        let state = self.shared.state.lock();
        state.newcomers.networks() + state.http_connections.networks()
    }

    /// How many sockets there can be.
    pub(crate) fn sockets_max(&self) -> usize {
        self.shared.shares.sockets
    }
}

impl Shared {
    /// Makes a change, then tells whoever has to go for it.
    fn change<T>(
        &self,
        change: impl FnOnce(&mut DescriptorsState) -> Result<(T, Option<Leave>), Denial>,
    ) -> Result<T, Denial> {
        let (done, sent_away) = change(&mut self.state.lock())?;
        if let Some(leave) = sent_away {
            leave();
        }
        Ok(done)
    }
}

impl Descriptor {
    /// The newcomer says nothing so far. `leave` is called if it has to go for another one.
    pub(crate) fn waits(&self, leave: impl Fn() + Send + 'static) {
        self.held.shared.state.lock().rest(self.held.key, Instant::now(), Some(Box::new(leave)));
    }

    /// The newcomer has spoken, and is to be answered by HTTP. The last places are for those who have reserved them. `leave`
    /// is called if it has to go for another one.
    pub(crate) fn speaks_http(&self, has_reserved: bool, leave: impl Fn() + Send + 'static) -> Result<(), Denial> {
        let key = self.held.key;
        self.held.shared.change(|state| {
            let connection = state.get(key)?;
            if connection.kind != ConnectionKind::Newcomer {
                return Ok(((), None));
            }
            let network = connection.network;
            let sent_away = state.make_room(ConnectionKind::Http, network, has_reserved)?;
            state.turn(key, ConnectionKind::Http, network);
            state.rest(key, Instant::now(), Some(Box::new(leave)));
            Ok(((), sent_away))
        })
    }

    /// A request begins. What comes over a proxy's connection counts for the network that the proxy names.
    pub(crate) fn exchange(&self, behind_proxy: Option<Network>) -> Result<Exchange, Denial> {
        let key = self.held.key;
        self.held.shared.change(|state| {
            if state.get(key)?.kind != ConnectionKind::Http {
                return Ok(((), None));
            }
            let sent_away = behind_proxy.map_or(Ok(None), |network| state.make_room_for_request(network))?;
            state.stir(key);
            if behind_proxy.is_some() {
                state.turn(key, ConnectionKind::Http, behind_proxy);
            }
            Ok(((), sent_away))
        })?;
        Ok(Exchange { held: self.held.clone(), is_behind_proxy: behind_proxy.is_some() })
    }

    /// The connection becomes a socket.
    pub(crate) fn settles(&self) -> Result<(), Denial> {
        let key = self.held.key;
        self.held.shared.change(|state| {
            if state.get(key)?.kind == ConnectionKind::Socket {
                return Ok(((), None));
            }
            let nobody = state.make_room(ConnectionKind::Socket, None, false)?;
            state.turn(key, ConnectionKind::Socket, None);
            Ok(((), nobody))
        })
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        let Hold { shared, key } = &*self.held;
        let mut state = shared.state.lock();
        if state.get(*key).is_ok_and(|connection| connection.kind == ConnectionKind::Http) {
            if self.is_behind_proxy {
                state.turn(*key, ConnectionKind::Http, None);
            }
            state.rest(*key, Instant::now() + ANSWER_PATIENCE, None);
        }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        // Whatever it was to be told with goes when the lock is given back.
        let gone = self.shared.state.lock().remove(self.key);
        drop(gone);
    }
}

#[cfg(test)]
mod tests;
