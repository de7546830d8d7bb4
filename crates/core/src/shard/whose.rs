//! Whose the connections are, so that what concerns one session or one person touches no other connection.

use std::collections::HashMap;
use std::hash::Hash;

use chatterbox_protocol::ids::{SessionId, UserId};
use smallvec::SmallVec;

use super::{Peer, PeerId};

/// The connections of each. Nobody outside chooses the ids, so that a quick hash will do.
type PeersOf<Id> = HashMap<Id, SmallVec<[PeerId; 1]>, foldhash::fast::FixedState>;

/// The connections by what they are of.
#[derive(Debug, Default)]
pub(super) struct Owners {
    sessions: PeersOf<SessionId>,
    users: PeersOf<UserId>,
}

impl Owners {
    pub(super) fn add(&mut self, id: PeerId, user: UserId, session: SessionId) {
        self.sessions.entry(session).or_default().push(id);
        self.users.entry(user).or_default().push(id);
    }

    pub(super) fn remove(&mut self, id: PeerId, peer: &Peer) {
        take_from(&mut self.sessions, peer.session, id);
        take_from(&mut self.users, peer.user, id);
    }

    pub(super) fn of_session(&self, session: SessionId) -> &[PeerId] {
        self.sessions.get(&session).map_or(&[], |peers| peers)
    }

    pub(super) fn of_user(&self, user: UserId) -> &[PeerId] {
        self.users.get(&user).map_or(&[], |peers| peers)
    }
}

fn take_from<Id: Eq + Hash>(peers_of: &mut PeersOf<Id>, whose: Id, id: PeerId) {
    if let Some(peers) = peers_of.get_mut(&whose) {
        peers.retain(|other| *other != id);
        if peers.is_empty() {
            peers_of.remove(&whose);
        }
    }
}
