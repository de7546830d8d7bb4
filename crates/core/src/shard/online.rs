//! ToldBy clients who is online: contract clients the whole set, at most once a second; those that said `hello` the whole
//! set once and then each change, by id if they know who has which; guests the whole set of their company. Whoever owes
//! anything, or was told too recently, is told at a later tick, and then only the newest.

use bytes::Bytes;

use super::peer::{Peer, ToldPresence, View};
use super::{Output, PeerId, Shard, Spelled, ToldOnline};

/// The least time between two `users` events to a contract client, in milliseconds (contract: one a second).
const USERS_INTERVAL_MS: i64 = 1_000;

/// Bytes of them to each a second: some two hundred names. All who are there are told of all who are there, and where many
/// come and go that would soon be more than everything else.
const USERS_BYTES_PER_SECOND: u64 = 2 * 1024;

/// The newest telling.
#[derive(Debug, Default)]
pub(super) struct LatestTelling {
    number: u64,
    whole: Spelled,
    /// Counts the different sets, and leads from the one before to this one.
    version: u64,
    change: Spelled,
    /// Counts what may have changed for guests.
    company_version: u64,
    /// Connections that are still to be told, now or later: ticks look at these alone.
    awaited_by: Vec<PeerId>,
}

/// How a connection is told.
enum ToldBy {
    Frame(Bytes),
    /// The store is asked whose company a guest is in.
    Company,
}

impl Spelled {
    fn to(&self, peer: &Peer) -> Bytes {
        if peer.knows_ids { self.ids.clone() } else { self.names.clone() }
    }
}

impl LatestTelling {
    /// What a connection is to be told at this moment.
    fn telling(&self, now_ms: i64, peer: &Peer) -> Option<ToldBy> {
        let is_included = peer.appears_with.is_some_and(|number| number <= self.number);
        if !is_included || !peer.takes_more() {
            return None;
        }
        let told = peer.told.filter(|told| told.by_id == peer.knows_ids);
        if told.is_some_and(|told| told.version == self.version_for(peer)) {
            return None;
        }
        if let Some(company) = &peer.company {
            let is_due = told.is_none_or(|told| told.at_ms + USERS_INTERVAL_MS <= now_ms);
            return (is_due && !company.is_asked).then_some(ToldBy::Company);
        }
        let frame = match told {
            Some(told) if peer.view == View::Contract && told.at_ms + self.interval_ms() > now_ms => return None,
            Some(told) if peer.view == View::Full && told.version + 1 == self.version => &self.change,
            Some(_) | None => &self.whole,
        };
        Some(ToldBy::Frame(frame.to(peer)))
    }

    /// What to send to a connection that is to be told who is online; it counts as told.
    fn tell(&self, now_ms: i64, peer: &mut Peer) -> Option<ToldBy> {
        let telling = self.telling(now_ms, peer)?;
        peer.told = Some(ToldPresence { version: self.version_for(peer), by_id: peer.knows_ids, at_ms: now_ms });
        if let Some(company) = &mut peer.company {
            company.is_asked = true;
        }
        Some(telling)
    }

    fn version_for(&self, peer: &Peer) -> u64 {
        if peer.company.is_some() { self.company_version } else { self.version }
    }

    /// Notes down whether a connection is still to be told, now or later.
    pub(super) fn look_at(&mut self, id: PeerId, peer: &mut Peer) {
        let version = self.version_for(peer);
        let is_told = |told: ToldPresence| told.version == version && told.by_id == peer.knows_ids;
        let is_awaited = peer.appears_with.is_some() && !peer.is_leaving && !peer.told.is_some_and(is_told);
        if is_awaited && !std::mem::replace(&mut peer.awaits_telling, true) {
            self.awaited_by.push(id);
        }
    }

    /// How long a contract client is told nothing more, in milliseconds.
    fn interval_ms(&self) -> i64 {
        let interval_ms = self.whole.names.len() as u64 * 1_000 / USERS_BYTES_PER_SECOND;
        USERS_INTERVAL_MS.max(i64::try_from(interval_ms).unwrap_or(i64::MAX))
    }
}

impl Shard {
    pub(super) fn appeared(&mut self, now_ms: i64, id: PeerId, number: u64, out: &mut Vec<Output>) {
        let Some(peer) = self.peers.get_mut(id) else { return };
        peer.appears_with = Some(number);
        self.tell_online_to(now_ms, id, out);
    }

    pub(super) fn is_told_who_is_online(&mut self, now_ms: i64, told: ToldOnline, out: &mut Vec<Output>) {
        let ToldOnline { number, whole, change, is_company_other } = told;
        self.online.number = number;
        self.online.whole = whole;
        if change.is_some() || is_company_other {
            self.online.company_version += 1;
            if let Some(change) = change {
                self.online.version += 1;
                self.online.change = change;
            }
            for (id, peer) in &mut self.peers {
                self.online.look_at(id, peer);
            }
        }
        self.tell_online(now_ms, out);
    }

    pub(super) fn tell_online(&mut self, now_ms: i64, out: &mut Vec<Output>) {
        for id in std::mem::take(&mut self.online.awaited_by) {
            if let Some(peer) = self.peers.get_mut(id) {
                peer.awaits_telling = false;
            }
            self.tell_online_to(now_ms, id, out);
        }
    }

    fn tell_online_to(&mut self, now_ms: i64, id: PeerId, out: &mut Vec<Output>) {
        let Some(peer) = self.peers.get_mut(id) else { return };
        let telling = self.online.tell(now_ms, peer);
        self.online.look_at(id, peer);
        match telling {
            Some(ToldBy::Frame(frame)) => self.push(id, frame),
            Some(ToldBy::Company) => out.push(Output::TellCompany(id)),
            None => {}
        }
    }
}
