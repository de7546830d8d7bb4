//! What a client of the original program has on its screen: what it was sent on this connection, and nothing else.

use std::collections::BTreeMap;

use chatterbox_protocol::events::Event;
use chatterbox_protocol::ids::{MessageId, RoomId, Seq};
use chatterbox_protocol::messages::Message;

use super::Kind;
use crate::world::{ClientId, World};

/// A contract client's screen.
#[derive(Debug, Default)]
pub(crate) struct Contract {
    pub(crate) messages: BTreeMap<MessageId, Message>,
    /// The last change that it was told.
    last: Seq,
}

impl Contract {
    /// A new connection: the page starts empty.
    pub(super) fn begin(&mut self) {
        *self = Self::default();
    }

    fn take(&mut self, room: RoomId, seq: Seq) {
        assert_eq!(room, RoomId::FIRST, "a contract client is shown another room than the first");
        assert!(seq > self.last, "O1: a contract client is told {seq} after {}", self.last);
        self.last = seq;
    }
}

impl World {
    pub(super) fn listen_contract(&mut self, client: ClientId, event: Event) {
        let Kind::Contract(contract) = &mut self.clients[client].kind else { return };
        match event {
            Event::Message(message) => {
                contract.take(message.room, message.last_change());
                self.ledger.shown_to_sender(client, &message);
                let before = contract.messages.insert(message.id, message);
                assert_eq!(before, None, "E3: a contract client is shown a message twice");
            }
            Event::Edit(edited) => {
                contract.take(edited.room, edited.seq);
                if let Some(message) = contract.messages.get_mut(&edited.id) {
                    message.text = edited.text;
                    message.edited = Some(edited.time);
                }
            }
            Event::Delete(deleted) => {
                contract.take(deleted.room, deleted.seq);
                contract.messages.remove(&deleted.id);
            }
            Event::Ok(_)
            | Event::Hello(_)
            | Event::History(_)
            | Event::State(_)
            | Event::States(_)
            | Event::Unfollowed { .. }
            | Event::Presence { .. }
            | Event::People(_)
            | Event::Typing(_) => {
                panic!("a contract client gets something that it does not know: {event:?}")
            }
            Event::Users { .. } | Event::Seen(_) | Event::Error(_) => {}
        }
    }
}
