//! What is known of messages, and of the nonces that name them.

use std::sync::Arc;

use chatterbox_protocol::ids::{MessageId, RoomId, Seq, UserId};
use chatterbox_protocol::time::Timestamp;

use super::table::{Map, Table};
use crate::changes::key::{Key, Known};
use crate::changes::prints::print;
use crate::messages::Stored;
use crate::permissions::Whose;

/// A message as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageFact {
    /// The room it is in.
    pub room: RoomId,
    /// Its place in the room's log.
    pub seq: Seq,
    /// Its last change's place there; the same as [`Self::seq`] if it was never changed.
    pub changed_seq: Seq,
    /// Who wrote it.
    pub author: MessageAuthor,
    /// What was written. Empty if the message is deleted.
    pub text: Arc<str>,
    /// When it was stored.
    pub sent: Timestamp,
    /// When its text was last replaced, if it was.
    pub edited: Option<Timestamp>,
    /// When it was deleted, if it was.
    pub deleted: Option<Timestamp>,
    /// What the sender's client called it, if it did: an author's nonce names one message, for good.
    pub nonce: Option<Arc<str>>,
    /// What is kept of the text that was sent under a nonce and has been taken away.
    pub sent_print: Option<u16>,
}

impl MessageFact {
    /// The message under its author's name, to be told of.
    pub fn named(&self, id: MessageId, username: String) -> Stored {
        let author = match self.author {
            MessageAuthor::Account(user) => Some(user),
            MessageAuthor::Name(_) => None,
        };
        Stored {
            id,
            room: self.room,
            seq: self.seq,
            changed_seq: self.changed_seq,
            author,
            username,
            text: self.text.as_ref().to_owned(),
            time: self.sent,
            edited: self.edited,
            nonce: self.nonce.as_deref().map(str::to_owned),
        }
    }

    /// Whose the message is to this user.
    pub(in crate::changes) fn is_of(&self, user: UserId) -> Whose {
        if self.author == MessageAuthor::Account(user) { Whose::Own } else { Whose::Foreign }
    }

    /// When it was last changed.
    pub(in crate::changes) fn changed(&self) -> Timestamp {
        self.deleted.or(self.edited).unwrap_or(self.sent)
    }

    /// The same after a change, with what is to be kept of the text that was sent under a nonce, if it is still here.
    pub(in crate::changes) fn without_text(&self, changed_seq: Seq) -> Self {
        let is_first_text = self.nonce.is_some() && self.edited.is_none();
        let sent_print = if is_first_text { Some(print(&self.text)) } else { self.sent_print };
        let (author, nonce) = (self.author.clone(), self.nonce.clone());
        Self { changed_seq, author, text: Arc::default(), nonce, sent_print, ..*self }
    }
}

/// Who wrote a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MessageAuthor {
    /// Somebody who has an account.
    Account(UserId),
    /// Somebody of this name, who had none when the message was imported.
    Name(String),
}

/// What is known of messages.
#[derive(Debug, Clone)]
pub struct MessageFacts {
    /// The messages.
    pub rows: Table<MessageId, MessageFact>,
    nonces: Map<UserId, Map<Arc<str>, Option<MessageId>>>,
    last: Option<MessageId>,
    is_whole: bool,
    /// Whether a nonce of which nothing is known is presumed to be free.
    pub(super) are_nonces_presumed_free: bool,
}

impl MessageFacts {
    pub(super) fn new(is_whole: bool) -> Self {
        Self {
            rows: Table::new(is_whole),
            nonces: Map::default(),
            last: is_whole.then_some(MessageId(0)),
            is_whole,
            are_nonces_presumed_free: false,
        }
    }

    pub(in crate::changes) fn get(&self, id: MessageId) -> Known<Option<&MessageFact>> {
        self.rows.get(&id).ok_or_else(|| Key::Message(id).into())
    }

    /// The message that its author has sent under this nonce.
    pub(in crate::changes) fn under_nonce(&self, author: UserId, nonce: &str) -> Known<Option<MessageId>> {
        self.known_under_nonce(author, nonce).ok_or_else(|| Key::Nonce(author, nonce.to_owned()).into())
    }

    /// The same for a rule that takes the nonce if it is free: then it may be presumed to be, because the store finds out
    /// when the message is written, and everything is decided again. Nearly every nonce is new; so nobody looks twice.
    pub(in crate::changes) fn under_nonce_to_take(&self, author: UserId, nonce: &str) -> Known<Option<MessageId>> {
        match self.known_under_nonce(author, nonce) {
            None if !self.are_nonces_presumed_free => Err(Key::Nonce(author, nonce.to_owned()).into()),
            known => Ok(known.flatten()),
        }
    }

    fn known_under_nonce(&self, author: UserId, nonce: &str) -> Option<Option<MessageId>> {
        let known = self.nonces.get(&author).and_then(|nonces| nonces.get(nonce)).copied();
        known.or(self.is_whole.then_some(None))
    }

    /// The largest id of a message.
    pub(in crate::changes) fn last_id(&self) -> Known<MessageId> {
        self.last.ok_or_else(|| Key::LastMessage.into())
    }

    /// Takes note of which message has this nonce in the store, unless more is known here.
    pub fn learn_nonce(&mut self, author: UserId, nonce: &str, message: Option<MessageId>) {
        self.nonces.entry(author).or_default().entry(nonce.into()).or_insert(message);
    }

    /// Takes note of the largest id of a message in the store, unless a larger one is known here.
    pub fn learn_last(&mut self, last: MessageId) {
        self.last = self.last.max(Some(last));
    }

    pub(super) fn apply(&mut self, id: MessageId, row: MessageFact) {
        if let (MessageAuthor::Account(author), Some(nonce)) = (&row.author, &row.nonce) {
            self.nonces.entry(*author).or_default().insert(nonce.clone(), Some(id));
        }
        self.last = self.last.map(|last| last.max(id));
        self.rows.set(id, row);
    }

    /// The difference has been written. Messages are many and seldom asked for twice.
    pub(super) fn is_written(&mut self) {
        self.rows.is_written();
        if !self.is_whole {
            self.forget_rows();
        }
    }

    fn forget_rows(&mut self) {
        self.rows.forget();
        self.nonces.clear();
    }

    pub(super) fn forget(&mut self) {
        self.forget_rows();
        self.last = None;
    }
}
