//! Messages: whatever tells of one is made here; and their ids, which rise with time and tell nobody how busy the rooms are.

use chatterbox_protocol::events::{Deleted, Edited, Event};
use chatterbox_protocol::ids::{ID_MAX, MessageId, RoomId, Seq, UserId};
use chatterbox_protocol::messages::Message;
use chatterbox_protocol::time::Timestamp;

/// The moment from which ids count, in Unix milliseconds: 2020-01-01T00:00:00Z. 41 bits of milliseconds last until 2089.
const EPOCH_MS: i64 = 1_577_836_800_000;

/// Random low bits of an id.
const RANDOM_BITS: u32 = 12;

/// Makes message ids. Each is larger than all before it, even if the clock goes backwards.
#[derive(Debug)]
pub struct MessageIds {
    last: MessageId,
}

impl MessageIds {
    /// Continues after the largest id that is stored, or after 0.
    pub fn after(last: MessageId) -> Self {
        Self { last }
    }

    /// The next id at this moment (Unix milliseconds). `random` supplies the low bits.
    pub fn next(&mut self, now_ms: i64, random: u16) -> MessageId {
        let since = u64::try_from(now_ms - EPOCH_MS).unwrap_or(0);
        let low = u64::from(random) & ((1 << RANDOM_BITS) - 1);
        // A clock past the last moment that an id can tell is no clock to go by: ids would be used up for good.
        let since = if since <= ID_MAX >> RANDOM_BITS { since } else { 0 };
        let by_clock = (since << RANDOM_BITS) | low;
        // A step of random width, so that ids made within one millisecond or behind a jump of the clock do not count.
        let by_order = self.last.0 + 1 + (low >> 6);
        self.last = MessageId(by_clock.max(by_order));
        self.last
    }
}

/// A message in its present state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Names the message.
    pub id: MessageId,
    /// The room it is in.
    pub room: RoomId,
    /// Its place in the room's log. Messages are shown in this order.
    pub seq: Seq,
    /// Its last change's place there; the same as [`Self::seq`] if it was never changed.
    pub changed_seq: Seq,
    /// Who wrote it; none for an imported message whose author has no account.
    pub author: Option<UserId>,
    /// The author's name.
    pub username: String,
    /// What was written. Empty if the message is deleted.
    pub text: String,
    /// When it was stored.
    pub time: Timestamp,
    /// When its text was last replaced, if it was.
    pub edited: Option<Timestamp>,
    /// What the sender's client called it, if it did.
    pub nonce: Option<String>,
}

impl Stored {
    /// The message as the wire shows it.
    pub fn shown(self, seen: bool) -> Message {
        Message {
            id: self.id,
            user: self.username,
            text: self.text,
            time: self.time,
            seen,
            room: self.room,
            seq: self.seq,
            edited: self.edited,
            nonce: self.nonce,
            changed: Some(self.changed_seq).filter(|changed| *changed != self.seq),
            since: None,
        }
    }

    /// Tells that it has come.
    pub fn sent(self) -> Event {
        Event::Message(self.shown(false))
    }

    /// Tells that its last change gave it another text.
    pub fn edited(self) -> Event {
        let (id, room, seq, text) = (self.id, self.room, self.changed_seq, self.text.clone());
        let time = self.edited.unwrap_or(self.time);
        Event::Edit(Edited { id, text, time, room, seq, since: None, state: Some(Box::new(self.shown(false))) })
    }
}

/// Tells that a message has gone, by this change in its room.
pub fn deleted(id: MessageId, room: RoomId, seq: Seq) -> Event {
    Event::Delete(Deleted { id, room, seq, since: None })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn ids_rise_whatever_the_clock_does(moments in proptest::collection::vec((EPOCH_MS..EPOCH_MS + (1 << 40), any::<u16>()), 1..200)) {
            let mut ids = MessageIds::after(MessageId(0));
            let mut last = MessageId(0);
            for (now, random) in moments {
                let id = ids.next(now, random);
                prop_assert!(id > last && id.0 <= ID_MAX);
                last = id;
            }
        }
    }

    #[test]
    fn a_clock_that_is_decades_off_does_not_use_up_the_ids() {
        let mut ids = MessageIds::after(MessageId(5 << 12));
        assert!(ids.next(EPOCH_MS + (1 << 41), 0) < MessageId(6 << 12));
        assert_eq!(ids.next(EPOCH_MS + (1 << 41) - 1, 0xfff), MessageId(ID_MAX));
        assert_eq!(MessageIds::after(MessageId(5 << 12)).next(i64::MAX, 0), MessageId((5 << 12) + 1));
    }

    #[test]
    fn an_id_tells_the_moment_to_the_millisecond() {
        let mut ids = MessageIds::after(MessageId(0));
        assert_eq!(ids.next(EPOCH_MS + 5, 0xfabc), MessageId((5 << 12) | 0xabc));
    }
}
