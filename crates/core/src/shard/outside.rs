//! Contract clients are shown the first room. To a guest it is not there unless they were let in: their clients wait outside, and
//! are shown it once they are.

use chatterbox_protocol::ids::UserId;

use super::peer::{Stage, View};
use super::{Output, PeerId, Shard};
use crate::logs::LogId;

impl Shard {
    /// What a contract client is shown, the first room, is not there for it: until it is.
    pub(super) fn waits_outside(&mut self, id: PeerId, out: &mut Vec<Output>) {
        let Some(peer) = self.peers.get_mut(id).filter(|peer| peer.view == View::Contract && !peer.is_leaving) else {
            return;
        };
        let Some(company) = &mut peer.company else { return };
        if company.is_let_in {
            return self.begin_replay(id, out);
        }
        if !std::mem::replace(&mut company.is_outside, true) {
            out.push(Output::ReadsSilently { peer: id, shown: None });
            self.hold(id, Self::FIRST, out);
        }
    }

    /// Somebody belongs to a room; contract clients of theirs are shown the first one, unless they are already.
    pub(super) fn comes(&mut self, log: LogId, user: Option<UserId>, out: &mut Vec<Output>) {
        let Some(user) = user.filter(|_| log == Self::FIRST) else { return };
        for id in self.whose.of_user(user).to_vec() {
            let hears = self.hears_of(id, log);
            let Some(peer) = self.peers.get_mut(id).filter(|peer| peer.view == View::Contract && !hears) else {
                continue;
            };
            let is_busy = peer.stage != Stage::Live || peer.listener_of(log).is_some();
            let Some(company) = &mut peer.company else { continue };
            company.is_let_in = true;
            if !is_busy {
                self.begin_replay(id, out);
            }
        }
    }

    /// It is about to be shown the first room, and waits for that no longer.
    pub(super) fn is_looked_for(&mut self, id: PeerId) {
        let Some(company) = self.peers.get_mut(id).and_then(|peer| peer.company.as_mut()) else { return };
        company.is_let_in = false;
        if std::mem::take(&mut company.is_outside) {
            self.release(id, Self::FIRST);
        }
    }
}
