//! Guests are told who is online of those who share a room with them, and of nobody else. Who that is the store knows: it is
//! asked anew for each of them when somebody comes or goes, or into rooms or out of them, one question at a time. In the same
//! way whoever hides is told by name who is online: they are that to themselves alone.

use std::collections::BTreeSet;

use bytes::Bytes;
use chatterbox_protocol::events::Event;
use chatterbox_protocol::ids::UserId;
use chatterbox_protocol::presence::PresentPeople;

use super::{PeerId, Shard};

/// What somebody was told who is told for themselves alone.
#[derive(Debug, Default)]
pub(super) struct OwnCompany {
    /// The last `users` event: the same again would tell that somebody else came or went.
    told: Bytes,
    /// The last `people` event, of a guest who watches.
    people: Bytes,
    /// Whether somebody is being asked.
    pub(super) is_asked: bool,
    /// Whether a contract client waits for being let into the first room. The log is held for it.
    pub(super) is_outside: bool,
    /// Whether they came into the first room while something else was under way.
    pub(super) is_let_in: bool,
}

impl OwnCompany {
    /// Other people are watched: what was told of those before says nothing.
    pub(super) fn begins_anew(&mut self) {
        self.people = Bytes::new();
    }
}

/// Who is online for one person alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundCompany {
    /// The `users` event, encoded.
    pub users: Bytes,
    /// Of whom a guest may be told.
    pub people: BTreeSet<UserId>,
}

impl Shard {
    pub(super) fn company_is_read(&mut self, id: PeerId, found: Option<FoundCompany>) {
        let Some(peer) = self.peers.get_mut(id) else { return };
        let Some(company) = &mut peer.company else { return };
        company.is_asked = false;
        let Some(FoundCompany { users, people }) = found else {
            // It is asked again at the next tick.
            peer.told = None;
            return self.online.look_at(id, peer);
        };
        let is_news = users != company.told;
        company.told = users.clone();
        self.online.look_at(id, peer);
        if is_news {
            self.push(id, users);
        }
        self.tell_of_company(id, &people);
    }

    /// A guest who watches is told of those who are company.
    fn tell_of_company(&mut self, id: PeerId, company: &BTreeSet<UserId>) {
        let Some(peer) = self.peers.get(id).filter(|peer| peer.is_guest && peer.watches.is_some()) else { return };
        let mut people = self.online.watched.whole(peer, !self.online.hides(peer.user));
        people.retain(|person| company.contains(&person.id));
        let frame = (self.encode)(&Event::People(PresentPeople { reset: true, people }));
        let told = self.peers.get_mut(id).and_then(|peer| peer.company.as_mut()).map(|company| &mut company.people);
        if let Some(told) = told.filter(|told| **told != frame) {
            *told = frame.clone();
            self.push(id, frame);
        }
    }
}
