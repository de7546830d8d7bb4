//! Deleting a message.

use chatterbox_protocol::ids::MessageId;
use chatterbox_protocol::time::Timestamp;

use super::acting::{Acting, Author};
use super::change::{Change, Decided, Undecided};
use super::entry::entry;
use super::facts::{Facts, MessageFact};
use super::key::Key;
use super::refused::{Refused, Thing};
use super::told::Placed;
use crate::messages::deleted;
use crate::permissions::RoomAction;

/// A message goes; its text is overwritten on the disk. Deleting again changes nothing.
///
/// Refuses [`Refused::Unauthorized`], [`Refused::NotFound`] if the message is unknown, not for the author's eyes, or deleted
/// by who may, and [`Refused::Forbidden`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeleteMessage {
    /// Who.
    pub by: Author,
    /// Which message.
    pub id: MessageId,
    /// When.
    pub now: Timestamp,
}

impl Change for DeleteMessage {
    type Answer = Placed;

    fn keys(&self) -> Vec<Key> {
        self.by.keys().into_iter().chain([Key::Message(self.id)]).collect()
    }

    fn decide(&self, facts: &Facts, _: u64) -> Result<Decided<Placed>, Undecided> {
        let acting = Acting::find(facts, self.by, Some(self.now))?;
        let unknown = Refused::NotFound(Thing::Message);
        let message = facts.messages.get(self.id)?.ok_or(unknown)?;
        let permitted = acting.may_in(facts, message.room, RoomAction::DeleteMessage, message.is_of(self.by.user))?;
        let is_deleted = message.deleted.is_some();
        // Who may not delete it has no business with it any more once it is gone.
        let refused = |why| if is_deleted { unknown } else { Refused::not_permitted(why, Thing::Message) };
        let beside = permitted.map_err(refused)?;
        let mut decided = if is_deleted {
            let (seq, time) = (message.changed_seq, message.changed());
            Decided::nothing(Placed { id: self.id, seq, time })
        } else {
            let (seq, time) = (beside.next_seq(), self.now);
            let row = MessageFact { deleted: Some(time), ..message.without_text(seq) };
            let event = deleted(self.id, row.room, seq);
            entry(self.id, row, seq, event, time)
        };
        decided.rows.extend(acting.use_of_session(self.now));
        Ok(decided)
    }
}
