//! How many sockets one user and one network may hold.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use chatterbox_protocol::errors::{ErrorCode, Refusal};
use chatterbox_protocol::ids::UserId;
use parking_lot::Mutex;

use crate::throttle::{Network, Throttles};

/// Sockets of one user: more tabs and devices than anyone has open.
const PER_USER: usize = 20;
/// Sockets from one network: a team behind one address.
const PER_NETWORK: usize = 200;

/// Who holds how many sockets.
#[derive(Debug, Default)]
pub(super) struct Seats(Mutex<SeatsTaken>);

#[derive(Debug, Default)]
struct SeatsTaken {
    users: HashMap<UserId, usize>,
    networks: HashMap<Network, usize>,
    seats: usize,
}

/// The right to hold one socket, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    seats: Arc<Seats>,
    user: UserId,
    network: Network,
}

impl Seats {
    /// Users and networks that hold a seat.
    pub(super) fn holders(&self) -> (usize, usize) {
        let taken = self.0.lock();
        (taken.users.len(), taken.networks.len())
    }

    /// Seats that somebody holds.
    pub(super) fn taken(&self) -> usize {
        self.0.lock().seats
    }

    /// One more. Errors: too many of this user or network, if limits are on.
    pub(super) fn take(self: &Arc<Self>, user: UserId, network: Network, limits: &Throttles) -> Result<Seat, Refusal> {
        let mut taken = self.0.lock();
        let of_user = taken.users.get(&user).copied().unwrap_or(0);
        let of_network = taken.networks.get(&network).copied().unwrap_or(0);
        if limits.is_on() && (of_user >= PER_USER || of_network >= PER_NETWORK) {
            let message = "Too many connections are open already. Close one, then try again.";
            return Err(Refusal::new(ErrorCode::RateLimited, message).retry_after(10));
        }
        taken.users.insert(user, of_user + 1);
        taken.networks.insert(network, of_network + 1);
        taken.seats += 1;
        Ok(Seat { seats: self.clone(), user, network })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let taken = &mut *self.seats.0.lock();
        taken.seats -= 1;
        give_back(&mut taken.users, &self.user);
        give_back(&mut taken.networks, &self.network);
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
