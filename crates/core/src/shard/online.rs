//! Tells clients who is there: contract clients the whole set of names, at most once a second; those that said `hello` the
//! whole set once and then each change, by id if they know who has which; guests, and by name whoever hides, a set of their
//! own; and those that watch people each change of these. Whoever owes anything, or was told too recently, is told at a later
//! tick, and then only the newest.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use chatterbox_protocol::events::Event;
use chatterbox_protocol::ids::UserId;
use chatterbox_protocol::presence::{PersonPresence, PresentPeople};

use super::peer::{Peer, Spelling, ToldPresence, View};
use super::watching::Watched;
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
    /// Counts the different sets, and leads from the one before to this one: of names, and of people by their ids.
    names: Difference,
    ids: Difference,
    /// Counts what may have changed for guests, and for those who hide.
    company_version: u64,
    hiding: Arc<BTreeSet<UserId>>,
    /// How people are there, and who is told of whom.
    pub(super) watched: Watched,
    /// Connections that are told of everybody: a change is told to these, and to who watches whom it is about.
    of_everybody: Vec<PeerId>,
    /// Connections that are still to be told, now or later: ticks look at these alone.
    awaited_by: Vec<PeerId>,
}

#[derive(Debug, Default)]
struct Difference {
    version: u64,
    frame: Bytes,
}

impl Difference {
    fn becomes(&mut self, frame: Option<Bytes>) {
        if let Some(frame) = frame {
            self.version += 1;
            self.frame = frame;
        }
    }
}

/// How a connection is told.
enum ToldBy {
    Frame(Bytes),
    /// Those whom it watches, as they are.
    People(Vec<PersonPresence>),
    /// Somebody is asked who is there for this one alone.
    Company,
}

impl LatestTelling {
    /// Whether a user hides.
    pub(super) fn hides(&self, user: UserId) -> bool {
        self.hiding.contains(&user)
    }

    /// In which way a connection is told.
    pub(super) fn spelling(&self, peer: &Peer) -> Spelling {
        let hides = self.hides(peer.user);
        match peer {
            _ if peer.is_guest => Spelling::Company,
            _ if peer.watches.is_some() => Spelling::Watched { with_last: !hides },
            _ if peer.knows_ids => Spelling::Ids,
            _ if hides => Spelling::Company,
            _ => Spelling::Names,
        }
    }

    /// What a connection is to be told at this moment.
    fn telling(&self, now_ms: i64, peer: &Peer) -> Option<ToldBy> {
        let is_included = peer.appears_with.is_some_and(|number| number <= self.number);
        let spelling = self.spelling(peer);
        let told = peer.told.filter(|told| told.spelling == spelling);
        if !is_included || !peer.takes_more() || told.is_some_and(|told| told.version == self.version(spelling)) {
            return None;
        }
        let is_soon = |interval_ms: i64| told.is_some_and(|told| told.at_ms + interval_ms > now_ms);
        let is_next = told.is_some_and(|told| told.version + 1 == self.version(spelling));
        match spelling {
            Spelling::Company => {
                let is_asked = peer.company.as_ref().is_some_and(|company| company.is_asked);
                (!is_asked && !is_soon(USERS_INTERVAL_MS)).then_some(ToldBy::Company)
            }
            Spelling::Watched { with_last } => Some(ToldBy::People(self.watched.whole(peer, with_last))),
            Spelling::Names if peer.view == View::Contract => {
                (!is_soon(self.interval_ms())).then(|| ToldBy::Frame(self.whole.names.clone()))
            }
            Spelling::Names if is_next => Some(ToldBy::Frame(self.names.frame.clone())),
            Spelling::Names => Some(ToldBy::Frame(self.whole.names.clone())),
            Spelling::Ids if is_next => Some(ToldBy::Frame(self.ids.frame.clone())),
            Spelling::Ids => Some(ToldBy::Frame(self.whole.ids.clone())),
        }
    }

    /// What to send to a connection that is to be told who is online; it counts as told.
    fn tell(&self, now_ms: i64, peer: &mut Peer) -> Option<ToldBy> {
        let telling = self.telling(now_ms, peer)?;
        let spelling = self.spelling(peer);
        peer.told = Some(ToldPresence { version: self.version(spelling), spelling, at_ms: now_ms });
        if matches!(telling, ToldBy::Company) {
            peer.company.get_or_insert_default().is_asked = true;
        }
        Some(telling)
    }

    fn version(&self, spelling: Spelling) -> u64 {
        match spelling {
            Spelling::Names => self.names.version,
            Spelling::Ids => self.ids.version,
            Spelling::Company => self.company_version,
            // Who watches is told of each change as it comes.
            Spelling::Watched { .. } => 0,
        }
    }

    /// Notes down whether a connection is still to be told, now or later.
    pub(super) fn look_at(&mut self, id: PeerId, peer: &mut Peer) {
        let spelling = self.spelling(peer);
        let is_told = |told: ToldPresence| told.version == self.version(spelling) && told.spelling == spelling;
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
        if peer.is_told_of_everybody() {
            self.online.of_everybody.push(id);
        }
        self.tell_online_to(now_ms, id, out);
    }

    pub(super) fn is_told_who_is_online(&mut self, now_ms: i64, told: ToldOnline, out: &mut Vec<Output>) {
        let ToldOnline { number, whole, names, ids, people, hiding, is_company_other, is_anew } = told;
        let online = &mut self.online;
        online.number = number;
        if let Some(whole) = whole {
            online.whole = whole;
        }
        let is_other_for_some = names.is_some() || ids.is_some() || is_company_other;
        online.company_version += u64::from(is_other_for_some);
        online.names.becomes(names);
        online.ids.becomes(ids);
        let before = std::mem::replace(&mut online.hiding, hiding);
        if is_anew {
            online.watched.forget_people();
            self.peers.values_mut().for_each(|peer| peer.told = None);
        }
        self.tell_watchers(&people);
        if is_anew {
            self.peers.iter_mut().for_each(|(id, peer)| self.online.look_at(id, peer));
        } else if is_other_for_some {
            let mut of_everybody = std::mem::take(&mut self.online.of_everybody);
            of_everybody.retain(|id| {
                let peer = self.peers.get_mut(*id).filter(|peer| peer.is_told_of_everybody());
                peer.map(|peer| self.online.look_at(*id, peer)).is_some()
            });
            self.online.of_everybody = of_everybody;
        }
        self.look_at_who_hides(&before);
        self.tell_online(now_ms, out);
    }

    /// Whoever hides from now on, or no longer, is told in another way.
    fn look_at_who_hides(&mut self, before: &Arc<BTreeSet<UserId>>) {
        let hiding = self.online.hiding.clone();
        if Arc::ptr_eq(before, &hiding) {
            return;
        }
        for user in before.symmetric_difference(&hiding) {
            for id in self.whose.of_user(*user) {
                if let Some(peer) = self.peers.get_mut(*id) {
                    self.online.look_at(*id, peer);
                }
            }
        }
    }

    pub(super) fn tell_online(&mut self, now_ms: i64, out: &mut Vec<Output>) {
        for id in std::mem::take(&mut self.online.awaited_by) {
            if let Some(peer) = self.peers.get_mut(id) {
                peer.awaits_telling = false;
            }
            self.tell_online_to(now_ms, id, out);
        }
    }

    pub(super) fn tell_online_to(&mut self, now_ms: i64, id: PeerId, out: &mut Vec<Output>) {
        let Some(peer) = self.peers.get_mut(id) else { return };
        let telling = self.online.tell(now_ms, peer);
        self.online.look_at(id, peer);
        match telling {
            Some(ToldBy::Frame(frame)) => self.push(id, frame),
            Some(ToldBy::People(people)) => self.tell(id, &Event::People(PresentPeople { reset: true, people })),
            Some(ToldBy::Company) => out.push(Output::TellCompany(id)),
            None => {}
        }
    }
}
