//! Whom connections watch: each is told how these people are there, and of nobody else. A change is told to who watches whom it
//! is about, whatever the number of others.

use std::collections::{BTreeSet, HashMap, HashSet};

use bytes::Bytes;
use chatterbox_protocol::commands::{Ref, Watch};
use chatterbox_protocol::errors::{ErrorCode, Refusal};
use chatterbox_protocol::events::{Done, Event};
use chatterbox_protocol::ids::UserId;
use chatterbox_protocol::presence::{PersonPresence, PresentPeople};

use super::peer::{Peer, Spelling, Stage, View};
use super::{Output, PeerId, Shard};

/// By people. Nobody outside chooses their ids, and ids that nobody has are watched in vain.
type ByPerson<T> = HashMap<UserId, T, foldhash::fast::RandomState>;

/// How people are there, and who watches them.
#[derive(Debug, Default)]
pub(super) struct Watched {
    people: ByPerson<PersonPresence>,
    watchers: ByPerson<HashSet<PeerId, foldhash::fast::FixedState>>,
}

impl Watched {
    /// Those of whom something is to be said among the people whom a connection watches.
    pub(super) fn whole(&self, peer: &Peer, with_last: bool) -> Vec<PersonPresence> {
        let watched = peer.watches.iter().flat_map(|watches| watches.iter());
        let known = watched.filter_map(|id| self.people.get(id).copied());
        known.map(|person| if with_last { person } else { person.without_last() }).collect()
    }

    /// The next telling has everybody.
    pub(super) fn forget_people(&mut self) {
        self.people.clear();
    }

    fn learn(&mut self, person: PersonPresence) {
        if person == PersonPresence::offline(person.id) {
            self.people.remove(&person.id);
        } else {
            self.people.insert(person.id, person);
        }
    }

    /// A connection watches these people no longer.
    pub(super) fn forget(&mut self, id: PeerId, watches: &BTreeSet<UserId>) {
        for person in watches {
            if let Some(watchers) = self.watchers.get_mut(person) {
                watchers.remove(&id);
                if watchers.is_empty() {
                    self.watchers.remove(person);
                }
            }
        }
    }
}

impl Shard {
    pub(super) fn watch(
        &mut self,
        now_ms: i64,
        id: PeerId,
        watch: Watch,
        reference: Option<Ref>,
        out: &mut Vec<Output>,
    ) {
        let Some(peer) = self.peers.get(id) else { return };
        if peer.view == View::Contract || peer.stage == Stage::Silent {
            return self.refuse(id, reference, Refusal::new(ErrorCode::Forbidden, "Say `hello` before you watch."));
        }
        if let Some(reference) = reference {
            self.tell(id, &Event::Ok(Done { reference, id: None, seq: None, time: None }));
        }
        self.watches(id, watch.people);
        self.tell_online_to(now_ms, id, out);
    }

    /// The connection watches these people from now on, and is to be told how they are there.
    pub(super) fn watches(&mut self, id: PeerId, people: BTreeSet<UserId>) {
        let Some(peer) = self.peers.get_mut(id) else { return };
        for person in &people {
            self.online.watched.watchers.entry(*person).or_default().insert(id);
        }
        let before = peer.watches.replace(people);
        let is_gone = |person: &&UserId| !peer.watches.as_ref().is_some_and(|watches| watches.contains(person));
        let gone = before.iter().flat_map(|before| before.iter()).filter(is_gone).copied().collect();
        self.online.watched.forget(id, &gone);
        peer.told = None;
        if let Some(company) = &mut peer.company {
            company.begins_anew();
        }
        self.online.look_at(id, peer);
    }

    /// These people are there otherwise, or were last there at another time.
    pub(super) fn tell_watchers(&mut self, people: &[PersonPresence]) {
        for person in people {
            self.online.watched.learn(*person);
            let Some(watchers) = self.online.watched.watchers.get(&person.id) else { continue };
            let (mut frames, watchers) = ([None, None], watchers.iter().copied().collect::<Vec<_>>());
            for id in watchers {
                let Some(peer) = self.peers.get_mut(id) else { continue };
                let spelling = self.online.spelling(peer);
                let Spelling::Watched { with_last } = spelling else { continue };
                let Some(told) = peer.told.take_if(|told| told.spelling == spelling) else { continue };
                if peer.takes_more() && !peer.is_full() {
                    peer.told = Some(told);
                    let frame = frames[usize::from(with_last)].get_or_insert_with(|| self.one(*person, with_last));
                    let frame = frame.clone();
                    self.push(id, frame);
                } else {
                    self.online.look_at(id, peer);
                }
            }
        }
    }

    fn one(&self, person: PersonPresence, with_last: bool) -> Bytes {
        let person = if with_last { person } else { person.without_last() };
        (self.encode)(&Event::People(PresentPeople { reset: false, people: vec![person] }))
    }
}
