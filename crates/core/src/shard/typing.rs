//! Who is writing something, told to those who follow the room. It has no number and is kept nowhere: who does not take it at
//! once has missed nothing.

use bytes::Bytes;
use chatterbox_protocol::commands::{Ref, Typing};
use chatterbox_protocol::events::{Done, Event};
use chatterbox_protocol::ids::{RoomId, UserId};

use super::peer::View;
use super::{Command, Output, PeerId, Shard};
use crate::logs::LogId;

/// How long after one that was heeded others of a connection are not, in milliseconds (threats.md X76).
const TYPING_INTERVAL_MS: i64 = 3_000;

impl Shard {
    /// The client says that its user is writing. Who says so too often has said it already.
    pub(super) fn says_typing(
        &mut self,
        now_ms: i64,
        id: PeerId,
        typing: Typing,
        reference: Option<Ref>,
        out: &mut Vec<Output>,
    ) {
        let Some(peer) = self.peers.get_mut(id) else { return };
        if peer.typed_ms.is_some_and(|typed_ms| typed_ms + TYPING_INTERVAL_MS > now_ms) {
            if let Some(reference) = reference {
                self.tell(id, &Event::Ok(Done { reference, id: None, seq: None, time: None }));
            }
            return;
        }
        peer.typed_ms = Some(now_ms);
        peer.in_flight += 1;
        out.push(Output::Submit { peer: id, reference, command: Command::Typing(typing) });
    }

    /// Somebody is writing, says the store's writer: what was lost before is lost.
    pub(super) fn types(&mut self, room: RoomId, user: UserId, frame: &Bytes) {
        let Some(state) = self.logs.get(&LogId::Room(room)) else { return };
        let hear = state.listeners.values().filter(|listener| listener.end.is_none());
        let listeners: Vec<PeerId> = hear.map(|listener| listener.peer).collect();
        for id in listeners {
            let Some(peer) = self.peers.get(id) else { continue };
            let takes = peer.takes_more() && !peer.is_full() && !peer.is_replaying();
            if peer.view == View::Full && peer.user != user && takes {
                self.push(id, frame.clone());
            }
        }
    }
}
