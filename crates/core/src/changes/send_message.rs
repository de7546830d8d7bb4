//! Sending a message.

use std::sync::Arc;

use chatterbox_protocol::ids::{MessageId, RoomId};
use chatterbox_protocol::time::Timestamp;

use super::acting::{Acting, Author};
use super::change::{Change, Decided, Undecided};
use super::entry::entry;
use super::facts::{Facts, MessageAuthor, MessageFact, RoomFact};
use super::key::{Key, Known};
use super::prints::print;
use super::refused::{Refused, Thing};
use super::told::Placed;
use crate::messages::MessageIds;
use crate::permissions::{Action, Whose};

/// A message is stored, or found to be the repeat of one: a nonce names one message of its author, for good. Its text has
/// been checked.
///
/// Refuses [`Refused::Unauthorized`], [`Refused::NotFound`] for a room that the author may not see, [`Refused::Forbidden`],
/// and [`Refused::NonceReused`] for another text or room under a nonce that the author has used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendMessage {
    /// Who.
    pub by: Author,
    /// Where.
    pub room: RoomId,
    /// What was written, exactly as typed.
    pub text: Arc<str>,
    /// What the sender's client calls it.
    pub nonce: Option<Arc<str>>,
    /// When.
    pub now: Timestamp,
}

impl Change for SendMessage {
    type Answer = Placed;

    fn keys(&self) -> Vec<Key> {
        let room = [Key::Room(self.room), Key::Membership(self.room, self.by.user), Key::LastMessage];
        let nonce = self.nonce.iter().map(|nonce| Key::Nonce(self.by.user, nonce.as_ref().to_owned()));
        self.by.keys().into_iter().chain(room).chain(nonce).collect()
    }

    fn decide(&self, facts: &Facts, random: u64) -> Result<Decided<Placed>, Undecided> {
        let acting = Acting::find(facts, self.by, Some(self.now))?;
        let room = self.room_to_write_in(facts, &acting)?;
        let mut decided = match (self.first(facts, room.is_ok())?, room) {
            // Who may send nothing more still learns what became of what they sent.
            (Some((id, first)), _) => self.repeated(id, first)?,
            (None, Err(refused)) => return Err(refused.into()),
            (None, Ok(room)) => self.stored(facts, &acting, room, random)?,
        };
        decided.rows.extend(acting.use_of_session(self.now));
        Ok(decided)
    }
}

impl SendMessage {
    /// The room, or why this user may not send to it.
    fn room_to_write_in(&self, facts: &Facts, acting: &Acting<'_>) -> Known<Result<RoomFact, Refused>> {
        let permitted = acting.may_in(facts, self.room, Action::SendMessage, Whose::Foreign)?;
        Ok(permitted.map_err(|why| Refused::not_permitted(why, Thing::Room)))
    }

    /// What was sent under this nonce before. Only who takes the nonce if it is free may presume that it is.
    fn first<'a>(&self, facts: &'a Facts, takes_nonce: bool) -> Known<Option<(MessageId, &'a MessageFact)>> {
        let (Some(nonce), messages) = (&self.nonce, &facts.messages) else { return Ok(None) };
        let found = match takes_nonce {
            true => messages.under_nonce_to_take(self.by.user, nonce)?,
            false => messages.under_nonce(self.by.user, nonce)?,
        };
        let Some(id) = found else { return Ok(None) };
        Ok(messages.get(id)?.map(|message| (id, message)))
    }

    fn stored(
        &self,
        facts: &Facts,
        acting: &Acting<'_>,
        room: RoomFact,
        random: u64,
    ) -> Result<Decided<Placed>, Undecided> {
        let id = MessageIds::after(facts.messages.last_id()?).next(self.now.0, random as u16);
        let (room, time) = (room.next(), self.now);
        let row = MessageFact {
            room: self.room,
            seq: room.seq,
            changed_seq: room.seq,
            author: MessageAuthor::Account(self.by.user),
            text: self.text.clone(),
            sent: time,
            edited: None,
            deleted: None,
            nonce: self.nonce.clone(),
            sent_print: None,
        };
        let event = row.named(id, acting.account.username.clone()).sent();
        Ok(entry(id, row, room, event, time))
    }

    /// The message that this one repeats. Refuses another message under the same nonce.
    fn repeated(&self, id: MessageId, first: &MessageFact) -> Result<Decided<Placed>, Undecided> {
        if !self.is_repeat_of(first) {
            return Err(Refused::NonceReused(id).into());
        }
        Ok(Decided::nothing(Placed { id, seq: first.seq, time: first.sent }))
    }

    /// Whether this is the same message again: in the same room, with the text that was sent, whatever became of it. Where
    /// nothing is known of that text, because it was replaced before anything was kept of it, it counts as the same.
    fn is_repeat_of(&self, first: &MessageFact) -> bool {
        let has_its_text = first.edited.is_none() && first.deleted.is_none();
        let is_same_text = match first.sent_print {
            _ if has_its_text => first.text == self.text,
            Some(kept) => kept == print(&self.text),
            None => true,
        };
        first.room == self.room && is_same_text
    }
}
