//! Where accounts are known: the networks that they have logged in from or opened sockets from. Strangers lock nobody out
//! there, and nobody waits behind them.
//!
//! This lasts as long as the process. Who was where is not written to the disk, where copies would keep it for years: after
//! a restart whoever has a session comes back by themselves, and is known by that.

use std::collections::HashMap;

use super::LoginName;
use crate::throttle::network::Network;

/// Networks that one account is known in: home, work and a few more. The ones of whoever travels on are forgotten.
const NETWORKS_MAX: usize = 8;

/// Accounts in one generation. The two that are kept take a few MiB, whatever an attacker registers.
const GENERATION_MAX: usize = 25_000;

/// Accounts that are known somewhere.
pub(crate) const KNOWN_MAX: usize = 2 * GENERATION_MAX;

/// Accounts and their networks. When a generation is full, those are forgotten who have not come since the one before.
#[derive(Debug, Default)]
pub(super) struct KnownNetworks {
    young: HashMap<LoginName, Vec<Network>>,
    old: HashMap<LoginName, Vec<Network>>,
}

impl KnownNetworks {
    /// Whether the account is known in this network.
    pub(super) fn holds(&self, account: LoginName, network: Network) -> bool {
        self.young.get(&account).or_else(|| self.old.get(&account)).is_some_and(|known| known.contains(&network))
    }

    /// The account has been seen in this network.
    pub(super) fn remember(&mut self, account: LoginName, network: Network) {
        if !self.young.contains_key(&account) && self.young.len() >= GENERATION_MAX {
            self.old = std::mem::take(&mut self.young);
        }
        let Self { young, old } = self;
        let networks = young.entry(account).or_insert_with(|| old.remove(&account).unwrap_or_default());
        networks.retain(|known| *known != network);
        if networks.len() >= NETWORKS_MAX {
            networks.remove(0);
        }
        networks.push(network);
    }

    /// How many accounts are known somewhere.
    pub(super) fn accounts(&self) -> usize {
        self.young.len() + self.old.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(number: u32) -> Network {
        std::net::IpAddr::from(number.to_be_bytes()).into()
    }

    #[test]
    fn a6_one_account_takes_the_room_of_eight_networks_however_far_it_travels() {
        let mut known = KnownNetworks::default();
        for number in 0..1_000 {
            known.remember(LoginName(7), network(number));
            known.remember(LoginName(7), network(0));
        }
        assert_eq!(known.young[&LoginName(7)].len(), NETWORKS_MAX);
        assert!(known.holds(LoginName(7), network(0)), "where it always is");
        assert!(known.holds(LoginName(7), network(999)) && !known.holds(LoginName(7), network(900)));
        assert!(!known.holds(LoginName(8), network(0)));
    }

    #[test]
    fn a6_a_flood_of_accounts_is_bounded_and_drives_out_nobody_who_comes_again() {
        let mut known = KnownNetworks::default();
        for account in 0..200_000 {
            known.remember(LoginName(account), network(1));
            if account % 10_000 == 0 {
                known.remember(LoginName(u64::MAX), network(1));
            }
            assert!(known.accounts() <= KNOWN_MAX);
        }
        assert!(known.holds(LoginName(u64::MAX), network(1)));
        assert!(known.holds(LoginName(199_999), network(1)) && !known.holds(LoginName(1), network(1)));
    }
}
