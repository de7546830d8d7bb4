//! Telling clients who is online: contract clients the whole set, at most once a second; those that said `hello` the whole
//! set once and then each change. Whoever owes anything, or was told too recently, is told at a later tick, and then only
//! the newest.

use bytes::Bytes;

use super::peer::{Peer, ToldPresence, View};
use super::{PeerId, Shard};

/// The least time between two `users` events to a contract client, in milliseconds (contract: one a second).
const USERS_INTERVAL_MS: i64 = 1_000;

/// Bytes of them to each a second: some two hundred names. All who are there are told of all who are there, and where many
/// come and go that would soon be more than everything else.
const USERS_BYTES_PER_SECOND: u64 = 2 * 1024;

/// The newest telling.
#[derive(Debug, Default)]
pub(super) struct LatestTelling {
    number: u64,
    users: Bytes,
    /// Counts the different sets, and leads from the one before to this one.
    version: u64,
    change: Bytes,
    /// Somebody has not been told, so that ticks look at everybody.
    is_awaited: bool,
}

impl LatestTelling {
    pub(super) fn change(&mut self, number: u64, users: Bytes, change: Option<Bytes>) {
        self.number = number;
        self.users = users;
        self.is_awaited = true;
        if let Some(change) = change {
            self.version += 1;
            self.change = change;
        }
    }

    /// What a connection is to be told at this moment.
    fn telling(&self, now_ms: i64, peer: &Peer) -> Option<Bytes> {
        let is_included = peer.appears_with.is_some_and(|number| number <= self.number);
        if !is_included || !peer.takes_more() {
            return None;
        }
        match peer.told {
            None => Some(self.users.clone()),
            Some(told) if told.version == self.version => None,
            Some(told) if peer.view == View::Contract => {
                (told.at_ms + self.interval_ms() <= now_ms).then(|| self.users.clone())
            }
            Some(told) if told.version + 1 == self.version => Some(self.change.clone()),
            Some(_) => Some(self.users.clone()),
        }
    }

    /// Whether a connection is still to be told, now or later.
    fn is_awaited_by(&self, peer: &Peer) -> bool {
        peer.appears_with.is_some() && peer.told.is_none_or(|told| told.version != self.version)
    }

    /// How long a contract client is told nothing more, in milliseconds.
    fn interval_ms(&self) -> i64 {
        let interval_ms = self.users.len() as u64 * 1_000 / USERS_BYTES_PER_SECOND;
        USERS_INTERVAL_MS.max(i64::try_from(interval_ms).unwrap_or(i64::MAX))
    }
}

impl Shard {
    pub(super) fn appeared(&mut self, now_ms: i64, id: PeerId, number: u64) {
        let Some(peer) = self.peers.get_mut(id) else { return };
        peer.appears_with = Some(number);
        let told = tell(&self.online, now_ms, peer);
        self.online.is_awaited |= self.online.is_awaited_by(peer);
        if let Some(frame) = told {
            self.push(id, frame);
        }
    }

    pub(super) fn tell_online(&mut self, now_ms: i64) {
        if !self.online.is_awaited {
            return;
        }
        let tell = |(id, peer)| Some((id, tell(&self.online, now_ms, peer)?));
        let told: Vec<(PeerId, Bytes)> = self.peers.iter_mut().filter_map(tell).collect();
        self.online.is_awaited = self.peers.values().any(|peer| self.online.is_awaited_by(peer));
        for (id, frame) in told {
            self.push(id, frame);
        }
    }
}

/// What to send to a connection that is to be told who is online; it counts as told.
fn tell(online: &LatestTelling, now_ms: i64, peer: &mut Peer) -> Option<Bytes> {
    let frame = online.telling(now_ms, peer)?;
    peer.told = Some(ToldPresence { version: online.version, at_ms: now_ms });
    Some(frame)
}
