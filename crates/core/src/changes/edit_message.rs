//! Editing a message.

use std::sync::Arc;

use chatterbox_protocol::ids::MessageId;
use chatterbox_protocol::rooms::RoomKind;
use chatterbox_protocol::time::Timestamp;

use super::acting::{Acting, Author};
use super::change::{Change, Decided, Undecided};
use super::entry::entry;
use super::facts::{Facts, MessageFact};
use super::key::Key;
use super::refused::{Refused, Thing};
use super::send_message::somebody_is_there;
use super::told::Placed;
use crate::permissions::RoomAction;

/// A message gets another text. The same text again changes nothing.
///
/// Refuses [`Refused::Unauthorized`], [`Refused::NotFound`] if the message is unknown, deleted or not for the author's eyes,
/// [`Refused::Forbidden`], and [`Refused::NobodyThere`] in a direct room whose other people are all gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditMessage {
    /// Who.
    pub by: Author,
    /// Which message.
    pub id: MessageId,
    /// The text, which has been checked.
    pub text: Arc<str>,
    /// When.
    pub now: Timestamp,
}

impl Change for EditMessage {
    type Answer = Placed;

    fn keys(&self) -> Vec<Key> {
        self.by.keys().into_iter().chain([Key::Message(self.id)]).collect()
    }

    fn decide(&self, facts: &Facts, _: u64) -> Result<Decided<Placed>, Undecided> {
        let acting = Acting::find(facts, self.by, Some(self.now))?;
        let unknown = Refused::NotFound(Thing::Message);
        let message = facts.messages.get(self.id)?.ok_or(unknown)?;
        let permitted = acting.may_in(facts, message.room, RoomAction::EditMessage, message.is_of(self.by.user))?;
        if message.deleted.is_some() {
            return Err(unknown.into());
        }
        let beside = permitted.map_err(|why| Refused::not_permitted(why, Thing::Message))?;
        if beside.fact.state.kind == RoomKind::Direct {
            somebody_is_there(facts, &beside.fact.state.people, self.by.user)?;
        }
        let mut decided = if message.text == self.text {
            let (seq, time) = (message.changed_seq, message.changed());
            Decided::nothing(Placed { id: self.id, seq, time })
        } else {
            let (seq, time) = (beside.next_seq(), self.now);
            let row = MessageFact { text: self.text.clone(), edited: Some(time), ..message.without_text(seq) };
            let event = row.named(self.id, acting.account.username.clone()).edited();
            entry(self.id, row, seq, event, time)
        };
        decided.rows.extend(acting.use_of_session(self.now));
        Ok(decided)
    }
}
