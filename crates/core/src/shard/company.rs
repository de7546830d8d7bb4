//! Guests are told who is online of those who share a room with them, and of nobody else. Who that is the store knows: it is
//! asked anew for each of them when somebody comes or goes, or into rooms or out of them, one question at a time.

use bytes::Bytes;

use super::{PeerId, Shard};

/// What a guest was told of the company.
#[derive(Debug, Default)]
pub(super) struct GuestCompany {
    /// The last `users` event: the same again would tell that somebody else came or went.
    told: Bytes,
    /// Whether the store is being asked.
    pub(super) is_asked: bool,
}

impl Shard {
    pub(super) fn company_is_read(&mut self, id: PeerId, frame: Option<Bytes>) {
        let Some(peer) = self.peers.get_mut(id) else { return };
        let Some(company) = &mut peer.company else { return };
        company.is_asked = false;
        match frame {
            Some(frame) if frame != company.told => {
                company.told = frame.clone();
                self.push(id, frame);
            }
            Some(_) => {}
            // It is asked again at the next tick.
            None => peer.told = None,
        }
        if let Some(peer) = self.peers.get_mut(id) {
            self.online.look_at(id, peer);
        }
    }
}
