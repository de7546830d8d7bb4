//! Bringing in a message of the original program.

use std::sync::Arc;

use chatterbox_protocol::ids::{MessageId, RoomId, Seq, UserId};
use chatterbox_protocol::time::Timestamp;
use smallvec::{SmallVec, smallvec};

use super::change::{Change, Decided, Undecided};
use super::facts::{Facts, MessageAuthor, MessageFact, Row};
use super::key::{Key, Known};
use super::refused::{Refused, Thing};

/// A message of the original program comes into the first room under its own id, unless an earlier import has brought it in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportMessage {
    /// Its id.
    pub id: MessageId,
    /// The author's name.
    pub username: String,
    /// The author's account, if there is one.
    pub author: Option<UserId>,
    /// What was written.
    pub text: Arc<str>,
    /// When it was sent, if that can be read.
    pub sent: Option<Timestamp>,
    /// When it is to have been sent otherwise.
    pub sent_or: Timestamp,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportedMessage {
    /// It is there.
    New,
    /// It had been there, whatever has become of it since.
    AlreadyThere,
}

/// Another message has its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdTaken;

impl Change for ImportMessage {
    type Answer = Result<ImportedMessage, IdTaken>;

    fn keys(&self) -> Vec<Key> {
        vec![Key::Message(self.id), Key::Room(RoomId::FIRST)]
    }

    fn decide(&self, facts: &Facts, _: u64) -> Result<Decided<Self::Answer>, Undecided> {
        if let Some(there) = facts.messages.get(self.id)? {
            // Its text may have changed since, here or there; its author and its time have not.
            let is_same_time = self.sent.is_none_or(|sent| sent == there.sent);
            // They may be called otherwise since, or be gone.
            let is_theirs = self.author.is_some_and(|author| there.author == MessageAuthor::Account(author));
            let is_same = is_same_time && (is_theirs || author_of(facts, there)? == Some(&self.username));
            return Ok(Decided::nothing(if is_same { Ok(ImportedMessage::AlreadyThere) } else { Err(IdTaken) }));
        }
        let (_, last) = facts.rooms.get(RoomId::FIRST)?.ok_or(Refused::NotFound(Thing::Room))?;
        let seq = Seq(last.0 + 1);
        let message = MessageFact {
            room: RoomId::FIRST,
            seq,
            changed_seq: seq,
            author: self.author.map_or_else(|| MessageAuthor::Name(self.username.clone()), MessageAuthor::Account),
            text: self.text.clone(),
            sent: self.sent.unwrap_or(self.sent_or),
            edited: None,
            deleted: None,
            nonce: None,
            sent_print: None,
        };
        let rows = smallvec![Row::Message(self.id, message), Row::RoomLog(RoomId::FIRST, seq)];
        Ok(Decided { answer: Ok(ImportedMessage::New), rows, told: SmallVec::new() })
    }
}

fn author_of<'a>(facts: &'a Facts, message: &'a MessageFact) -> Known<Option<&'a String>> {
    Ok(match &message.author {
        MessageAuthor::Account(user) => facts.users.get(*user)?.map(|account| &account.username),
        MessageAuthor::Name(name) => Some(name),
    })
}
