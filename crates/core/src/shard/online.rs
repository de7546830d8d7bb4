//! Telling clients who is online: contract clients the whole set, at most once a second; those that said `hello` the whole
//! set once and then each change. Whoever owes anything is told later, and then only the newest.

use bytes::Bytes;

use super::peer::{Told, View};
use super::{PeerId, Shard};

/// The least time between two `users` events to a contract client, in milliseconds (contract: one a second).
const USERS_INTERVAL_MS: i64 = 1_000;

/// The newest telling.
#[derive(Debug, Default)]
pub(super) struct Online {
    number: u64,
    users: Bytes,
    /// Counts the different sets, and leads from the one before to this one.
    version: u64,
    change: Bytes,
    /// When a client is next to be told that was told too recently.
    pub(super) due_ms: Option<i64>,
}

impl Online {
    pub(super) fn change(&mut self, number: u64, users: Bytes, change: Option<Bytes>) {
        self.number = number;
        self.users = users;
        if let Some(change) = change {
            self.version += 1;
            self.change = change;
        }
    }
}

/// Whether a connection is told, and what.
enum Telling {
    Nothing,
    Later(i64),
    Now(What),
}

enum What {
    Everybody,
    Change,
}

impl Shard {
    /// When [`Input::Tick`](super::Input::Tick) is due before its time.
    pub fn alarm_ms(&self) -> Option<i64> {
        self.online.due_ms
    }

    pub(super) fn appeared(&mut self, now_ms: i64, id: PeerId, number: u64) {
        if let Some(peer) = self.peers.get_mut(id) {
            peer.appears_with = Some(number);
            self.tell_online_to(now_ms, id);
        }
    }

    pub(super) fn tell_online(&mut self, now_ms: i64) {
        self.online.due_ms = None;
        let all: Vec<PeerId> = self.peers.keys().collect();
        for id in all {
            self.tell_online_to(now_ms, id);
        }
    }

    fn tell_online_to(&mut self, now_ms: i64, id: PeerId) {
        match self.telling(now_ms, id) {
            Telling::Nothing => {}
            Telling::Later(due_ms) => {
                self.online.due_ms = Some(self.online.due_ms.map_or(due_ms, |other| other.min(due_ms)));
            }
            Telling::Now(what) => {
                if let Some(peer) = self.peers.get_mut(id) {
                    peer.told = Some(Told { version: self.online.version, at_ms: now_ms });
                }
                let frame = match what {
                    What::Everybody => self.online.users.clone(),
                    What::Change => self.online.change.clone(),
                };
                self.push(id, frame);
            }
        }
    }

    fn telling(&self, now_ms: i64, id: PeerId) -> Telling {
        let Some(peer) = self.peers.get(id) else { return Telling::Nothing };
        let is_included = peer.appears_with.is_some_and(|number| number <= self.online.number);
        if !is_included || peer.is_blocked || peer.is_leaving {
            return Telling::Nothing;
        }
        match peer.told {
            None => Telling::Now(What::Everybody),
            Some(told) if told.version == self.online.version => Telling::Nothing,
            Some(told) if peer.view == View::Contract => {
                let due_ms = told.at_ms + USERS_INTERVAL_MS;
                if due_ms <= now_ms { Telling::Now(What::Everybody) } else { Telling::Later(due_ms) }
            }
            Some(told) if told.version + 1 == self.online.version => Telling::Now(What::Change),
            Some(_) => Telling::Now(What::Everybody),
        }
    }
}
