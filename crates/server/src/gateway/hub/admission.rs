//! How many sockets one user and one network may hold.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use chatterbox_protocol::errors::{ErrorCode, Refusal};
use chatterbox_protocol::ids::UserId;
use chatterbox_store::Actor;

use super::Hub;
use crate::throttle::{Network, Throttles};

/// Sockets of one user: more tabs and devices than anyone has open.
const PER_USER: usize = 20;
/// Sockets from one network: a team behind one address.
const PER_NETWORK: usize = 200;

/// Who holds how many sockets.
#[derive(Debug, Default)]
pub(super) struct Seats {
    users: HashMap<UserId, usize>,
    networks: HashMap<Network, usize>,
    taken: usize,
}

impl Seats {
    /// Users and networks that hold a seat.
    pub(super) fn holders(&self) -> (usize, usize) {
        (self.users.len(), self.networks.len())
    }

    /// Seats that somebody holds.
    pub(super) fn taken(&self) -> usize {
        self.taken
    }
}

/// The right to hold one socket, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    hub: Arc<Hub>,
    user: UserId,
    network: Network,
}

impl Hub {
    /// Admits one more socket. Errors: too many of this user or network, if limits are on; the server is about to stop.
    pub(crate) fn admit(
        self: &Arc<Self>,
        actor: &Actor,
        network: Network,
        limits: &Throttles,
    ) -> Result<Seat, Refusal> {
        if self.is_draining() {
            return Err(Refusal::new(ErrorCode::Draining, "The server is about to stop.").retry_after(1));
        }
        let mut seats = self.seats.lock();
        let of_user = seats.users.get(&actor.user).copied().unwrap_or(0);
        let of_network = seats.networks.get(&network).copied().unwrap_or(0);
        if limits.is_on() && (of_user >= PER_USER || of_network >= PER_NETWORK) {
            let message = "Too many connections are open already. Close one, then try again.";
            return Err(Refusal::new(ErrorCode::RateLimited, message).retry_after(10));
        }
        seats.users.insert(actor.user, of_user + 1);
        seats.networks.insert(network, of_network + 1);
        seats.taken += 1;
        Ok(Seat { hub: self.clone(), user: actor.user, network })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let seats = &mut *self.hub.seats.lock();
        seats.taken -= 1;
        give_back(&mut seats.users, &self.user);
        give_back(&mut seats.networks, &self.network);
    }
}

fn give_back<K: Eq + Hash>(counts: &mut HashMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}
