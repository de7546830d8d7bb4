//! Connections of one kind: how many there are, of whom, and which of them are idle. At most one share of them.

use std::collections::{BTreeSet, HashMap};
use std::time::Instant;

use crate::throttle::Network;

/// There are as many as there may be, and none of them is idle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Full {
    /// Of this network.
    Network,
    /// Of all.
    Everywhere,
}

#[derive(Debug)]
pub(super) struct Crowd {
    max: usize,
    /// The last places are for whoever has reserved them.
    reserved: usize,
    per_network: usize,
    count: usize,
    networks: HashMap<Network, usize>,
    /// Who is idle, by how long.
    idle: BTreeSet<(Instant, u64)>,
    /// The same within each network.
    idle_of: BTreeSet<(Network, Instant, u64)>,
}

impl Crowd {
    pub(super) fn new(max: usize, reserved: usize, per_network: usize) -> Self {
        Self {
            max,
            reserved,
            per_network,
            count: 0,
            networks: HashMap::new(),
            idle: BTreeSet::new(),
            idle_of: BTreeSet::new(),
        }
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    pub(super) fn networks(&self) -> usize {
        self.networks.len()
    }

    /// Who has to go for one more of this network, if anybody has.
    pub(super) fn displaced_by(&self, network: Option<Network>, has_reserved: bool) -> Result<Option<u64>, Full> {
        if let Some(network) = network
            && let Some(own) = self.displaced_in(network)?
        {
            return Ok(Some(own));
        }
        let max = if has_reserved { self.max } else { self.max - self.reserved };
        if self.count < max {
            return Ok(None);
        }
        self.idle.first().map(|(_, key)| Some(*key)).ok_or(Full::Everywhere)
    }

    /// Who of this network has to go for one more of it, if anybody has.
    pub(super) fn displaced_in(&self, network: Network) -> Result<Option<u64>, Full> {
        if self.networks.get(&network).is_none_or(|count| *count < self.per_network) {
            return Ok(None);
        }
        let longest =
            self.idle_of.range((network, self.idle.first().map_or_else(Instant::now, |(first, _)| *first), 0)..);
        let own = longest.take_while(|(of, _, _)| *of == network).map(|(_, _, key)| *key).next();
        own.map(Some).ok_or(Full::Network)
    }

    pub(super) fn add(&mut self, network: Option<Network>) {
        self.count += 1;
        if let Some(network) = network {
            *self.networks.entry(network).or_insert(0) += 1;
        }
    }

    pub(super) fn remove(&mut self, network: Option<Network>) {
        self.count -= 1;
        if let Some(network) = network
            && let Some(count) = self.networks.get_mut(&network)
        {
            *count -= 1;
            if *count == 0 {
                self.networks.remove(&network);
            }
        }
    }

    pub(super) fn rests(&mut self, key: u64, network: Option<Network>, since: Instant) {
        self.idle.insert((since, key));
        self.idle_of.extend(network.map(|network| (network, since, key)));
    }

    pub(super) fn stirs(&mut self, key: u64, network: Option<Network>, since: Instant) {
        self.idle.remove(&(since, key));
        if let Some(network) = network {
            self.idle_of.remove(&(network, since, key));
        }
    }
}
