//! Sending a message.

use std::sync::Arc;

use chatterbox_protocol::ids::{MessageId, RoomId, UserId};
use chatterbox_protocol::logs::Mark;
use chatterbox_protocol::rooms::RoomKind;
use chatterbox_protocol::time::Timestamp;

use super::acting::{Acting, Author};
use super::change::{Change, Decided, Undecided};
use super::entry::entry;
use super::facts::{Beside, Facts, MarkFact, MessageAuthor, MessageFact};
use super::growth::{keys_of_mark, marked};
use super::key::{Key, Known};
use super::prints::print;
use super::refused::{Refused, Thing};
use super::told::Placed;
use crate::ids::next_id;
use crate::permissions::{RoomAction, Whose};

/// A message is stored, or found to be the repeat of one: a nonce names one message of its author, for good. Its text has
/// been checked.
///
/// Refuses [`Refused::Unauthorized`], [`Refused::NotFound`] for a room that the author may not see, [`Refused::Forbidden`],
/// [`Refused::RoomArchived`], [`Refused::NobodyThere`] for a direct room whose other people are all gone, and
/// [`Refused::NonceReused`] for another text or room under a nonce that the author has used.
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
            (None, Ok(room)) => {
                let mut decided = self.stored(facts, &acting, room, random)?;
                if room.fact.state.kind == RoomKind::Direct {
                    self.appears(facts, &room.fact.state.people, &mut decided)?;
                }
                decided
            }
        };
        decided.rows.extend(acting.use_of_session(self.now));
        Ok(decided)
    }
}

impl SendMessage {
    /// The room, or why this user may not send to it.
    fn room_to_write_in<'a>(&self, facts: &'a Facts, acting: &Acting<'_>) -> Known<Result<Beside<'a>, Refused>> {
        let permitted = acting.may_in(facts, self.room, RoomAction::Send, Whose::Foreign)?;
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
        beside: Beside<'_>,
        random: u64,
    ) -> Result<Decided<Placed>, Undecided> {
        let id = MessageId(next_id(facts.messages.last_id()?.0, self.now.0, random as u16));
        let (seq, time) = (beside.next_seq(), self.now);
        let row = MessageFact {
            room: self.room,
            seq,
            changed_seq: seq,
            author: MessageAuthor::Account(self.by.user),
            text: self.text.clone(),
            sent: time,
            edited: None,
            deleted: None,
            nonce: self.nonce.clone(),
            sent_print: None,
        };
        let event = row.named(id, acting.account.username.clone()).sent();
        Ok(entry(id, row, seq, event, time))
    }

    /// A direct room is among those of all its people once something is said there.
    fn appears(&self, facts: &Facts, people: &[UserId], decided: &mut Decided<Placed>) -> Result<(), Undecided> {
        let keys = |user: &UserId| [Key::User(*user)].into_iter().chain(keys_of_mark(self.room, *user));
        facts.require(people.iter().flat_map(keys))?;
        somebody_is_there(facts, people, self.by.user)?;
        let is_there = |user: &&UserId| !facts.users.get(**user).is_ok_and(|found| found.is_some_and(|user| user.gone));
        for user in people.iter().filter(is_there) {
            let fact = facts.mark(self.room, *user)?.unwrap_or_default();
            if !fact.mark.listed {
                let listed = MarkFact { mark: Mark { listed: true, ..fact.mark }, ..fact };
                let (row, told) = marked(facts, self.room, *user, listed)?;
                decided.rows.push(row);
                decided.told.push(told);
            }
        }
        Ok(())
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

/// Refuses what would be said to nobody: in a direct room of these people, whose others are all gone. Notes are for oneself.
pub(super) fn somebody_is_there(facts: &Facts, people: &[UserId], by: UserId) -> Result<(), Undecided> {
    facts.require(people.iter().map(|user| Key::User(*user)))?;
    let mut others = people.iter().filter(|user| **user != by);
    let is_gone = |user: &UserId| facts.users.get(*user).is_ok_and(|found| !found.is_some_and(|user| user.active));
    if people.len() > 1 && others.all(is_gone) {
        return Err(Refused::NobodyThere.into());
    }
    Ok(())
}
