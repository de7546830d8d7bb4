//! What was said, what was promised about it, and which sessions are over: against this the store and the screens are
//! held.

use std::collections::BTreeMap;

use chatterbox_client::CommandAnswer;
use chatterbox_protocol::commands::Command;
use chatterbox_protocol::errors::ErrorCode;
use chatterbox_protocol::ids::{MessageId, RoomId, Seq, SessionId, UserId};
use chatterbox_protocol::messages::Message;

use crate::link::LinkId;
use crate::store::Store;
use crate::world::ClientId;

/// Something that was to be sent.
#[derive(Debug, Clone, Copy)]
struct Attempt {
    client: ClientId,
    room: RoomId,
    number: usize,
    /// For a contract client, which promises nothing from one connection to the next.
    link: Option<LinkId>,
}

/// The end of a session.
#[derive(Debug, Clone)]
pub(crate) struct Over {
    pub(crate) at: u64,
    pub(crate) node: usize,
    /// The last change in each room before it.
    pub(crate) seqs: BTreeMap<RoomId, Seq>,
}

/// What was promised.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    attempts: BTreeMap<String, Attempt>,
    /// Messages that their senders know to be stored, by their places.
    acknowledged: BTreeMap<MessageId, (RoomId, Seq)>,
    /// Texts that were refused for good.
    refused: Vec<String>,
    pub(crate) over: BTreeMap<SessionId, Over>,
    /// The store was set back at some time.
    pub(crate) restored: bool,
}

impl Ledger {
    /// Someone is about to send a text.
    pub(crate) fn attempted(&mut self, text: &str, client: ClientId, room: RoomId, link: Option<LinkId>) {
        let number = self.attempts.len();
        self.attempts.insert(text.to_owned(), Attempt { client, room, number, link });
    }

    /// A command of a full client is decided.
    pub(crate) fn decided(&mut self, store: &Store, user: UserId, command: &Command, decision: &CommandAnswer) {
        match (command, decision) {
            (Command::Send(send), Ok(done)) => {
                let id = done.id.expect("the answer to a send names the message");
                let stored = store.messages.get(&id);
                let stored = stored.unwrap_or_else(|| panic!("D1: {send:?} is acknowledged and not stored"));
                assert_eq!((&stored.original, stored.author), (&send.text, user), "E1: another message is named");
                assert_eq!(Some(stored.message.seq), done.seq, "the answer names another place");
                self.acknowledged.insert(id, (stored.message.room, stored.message.seq));
            }
            (Command::Edit(edit), Ok(done)) => {
                let stored = &store.messages[&edit.id];
                assert!(Some(stored.changed) >= done.seq, "D1: an edit is acknowledged and not stored");
            }
            (Command::Delete(delete), Ok(_)) => {
                assert!(store.messages[&delete.id].is_deleted, "D1: a deletion is acknowledged and not stored");
            }
            (Command::Send(send), Err(failed)) if failed.code != ErrorCode::Unauthorized => {
                self.refused.push(send.text.clone());
            }
            _ => {}
        }
    }

    /// A contract client sees a message. Its own one is thereby acknowledged.
    pub(crate) fn shown_to_sender(&mut self, client: ClientId, message: &Message) {
        if self.attempts.get(&message.text).is_some_and(|attempt| attempt.client == client) {
            self.acknowledged.insert(message.id, (message.room, message.seq));
        }
    }

    /// A session is over from this state of the rooms on.
    pub(crate) fn session_over(&mut self, session: SessionId, node: usize, at: u64, seqs: BTreeMap<RoomId, Seq>) {
        self.over.entry(session).or_insert(Over { at, node, seqs });
    }

    /// The store is what it was: what was promised since was promised in vain, and the operator knows.
    pub(crate) fn restored(&mut self, store: &Store) {
        self.restored = true;
        self.acknowledged.retain(|id, _| store.messages.contains_key(id));
        self.over.retain(|session, _| !store.sessions.contains_key(session));
    }

    /// Holds the store against what was promised.
    pub(crate) fn check(&self, store: &Store) {
        for (id, place) in &self.acknowledged {
            let stored = store.messages.get(id).map(|stored| (stored.message.room, stored.message.seq));
            assert_eq!(stored, Some(*place), "D1: {id} was acknowledged");
        }
        let mut by_text: BTreeMap<&str, &Message> = BTreeMap::new();
        for stored in store.messages.values() {
            let text = stored.original.as_str();
            let attempt = self.attempts.get(text).unwrap_or_else(|| panic!("nobody has said {text}"));
            assert_eq!(attempt.room, stored.message.room, "{text} is in another room");
            assert_eq!(by_text.insert(text, &stored.message), None, "E1: {text} is stored twice");
        }
        for text in &self.refused {
            assert!(!by_text.contains_key(text.as_str()), "{text} was refused, and is stored");
        }
        self.check_order(&by_text);
    }

    /// What one client has said in one room is there in the order in which it was said.
    fn check_order(&self, stored: &BTreeMap<&str, &Message>) {
        let mut said: BTreeMap<_, Vec<(usize, Seq)>> = BTreeMap::new();
        for (text, Attempt { client, room, number, link }) in &self.attempts {
            if let Some(message) = stored.get(text.as_str()) {
                said.entry((client, room, link)).or_default().push((*number, message.seq));
            }
        }
        for ((client, room, _), mut places) in said {
            places.sort_unstable();
            assert!(
                places.is_sorted_by_key(|(_, seq)| *seq),
                "O2: what client {client} has said in room {room} is not in order: {places:?}"
            );
        }
    }
}
