//! Logs: which ones there are, and what is told of what is in them. A log holds one entry for each thing: its newest state,
//! at the number of its last change.

use chatterbox_protocol::events::Event;
use chatterbox_protocol::ids::{MessageId, RoomId, Seq, UserId};
use chatterbox_protocol::logs::{Entry, LogName, Whole};

use crate::messages::{Stored, deleted};

/// Which log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LogId {
    /// A room's.
    Room(RoomId),
    /// A user's own.
    Own(UserId),
    /// The house's.
    House,
}

impl LogId {
    /// The log that a user means by this name.
    pub fn named(name: LogName, by: UserId) -> Self {
        match name {
            LogName::Room(room) => Self::Room(room),
            LogName::Own => Self::Own(by),
            LogName::House => Self::House,
        }
    }
}

/// Counts the histories that one store has had: numbers of one mean nothing in another. A larger one has begun later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Epoch(pub u64);

/// The newest of a thing in a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Latest {
    /// A message.
    Message(Stored),
    /// A message that is gone.
    Gone {
        /// Which one.
        id: MessageId,
        /// The room it was in.
        room: RoomId,
        /// The number of its deletion.
        seq: Seq,
    },
    /// Whatever else there is.
    State(Entry),
}

impl Latest {
    /// The number of its last change.
    pub fn seq(&self) -> Seq {
        match self {
            Self::Message(stored) => stored.changed_seq,
            Self::Gone { seq, .. } => *seq,
            Self::State(entry) => entry.seq,
        }
    }

    /// How many bytes of what people have typed it brings along.
    pub fn text_bytes(&self) -> usize {
        match self {
            Self::Message(stored) => stored.text.len(),
            Self::Gone { .. } => 0,
            Self::State(entry) => match &entry.state {
                Some(Whole::Account(account)) => account.username.len() + account.profile.text_bytes(),
                Some(Whole::Card(card)) => card.username.len() + card.profile.text_bytes(),
                Some(Whole::Place(place)) => place.name.len(),
                Some(Whole::Room(room)) => room.name.len() + room.topic.len(),
                Some(Whole::Order(order)) => order.bytes(),
                Some(
                    Whole::Member(_) | Whole::Mark(_) | Whole::Mute(_) | Whole::Device(_) | Whole::Availability(_),
                )
                | None => 0,
            },
        }
    }

    /// What it is, unless it is a message: those have events of their own.
    pub fn state(self) -> Option<Entry> {
        match self {
            Self::State(entry) => Some(entry),
            Self::Message(_) | Self::Gone { .. } => None,
        }
    }

    /// Tells of it whoever knows its log up to here.
    fn told(self, since: Seq) -> Event {
        match self {
            Self::Message(stored) if stored.seq > since => stored.sent(),
            Self::Message(stored) => stored.edited(),
            Self::Gone { id, room, seq } => deleted(id, room, seq),
            Self::State(entry) => Event::State(entry),
        }
    }
}

/// Tells of all that has changed in a log after a place, which comes here in the log's order. Each says with `since` which
/// numbers it covers, besides its own those that later changes have overtaken.
pub fn all_since(since: Seq, changed: impl IntoIterator<Item = Latest>) -> Vec<(Seq, Event)> {
    let mut before = since;
    let mut told = |newest: Latest| {
        let (seq, mut event) = (newest.seq(), newest.told(since));
        event.goes_on_from(std::mem::replace(&mut before, seq));
        (seq, event)
    };
    changed.into_iter().map(&mut told).collect()
}

#[cfg(test)]
mod tests {
    use chatterbox_protocol::logs::Mark;
    use chatterbox_protocol::time::Timestamp;

    use super::*;

    const ROOM: RoomId = RoomId::FIRST;

    fn stored(seq: u64, changed_seq: u64, edited: Option<Timestamp>) -> Latest {
        Latest::Message(Stored {
            id: MessageId(seq),
            room: ROOM,
            seq: Seq(seq),
            changed_seq: Seq(changed_seq),
            author: None,
            username: "ada".to_owned(),
            text: "x".to_owned(),
            time: Timestamp(1),
            edited,
            nonce: None,
        })
    }

    fn said(event: &Event) -> (&'static str, u64) {
        match event {
            Event::Message(message) => ("came", message.id.0),
            Event::Edit(edited) => ("edited", edited.id.0),
            Event::Delete(deleted) => ("gone", deleted.id.0),
            Event::State(entry) => ("is", entry.id),
            _ => ("else", 0),
        }
    }

    fn told(log: LogName, changed: impl IntoIterator<Item = Latest>) -> Vec<(u64, u64, (&'static str, u64))> {
        let of = |(seq, event): (Seq, Event)| {
            let place = event.place().unwrap();
            assert_eq!((place.log, place.seq), (log, seq));
            (place.since.0, seq.0, said(&event))
        };
        all_since(Seq(4), changed).into_iter().map(of).collect()
    }

    #[test]
    fn a_gap_is_filled_by_the_newest_of_each_message_in_the_logs_order_without_a_hole() {
        let edited = Some(Timestamp(1));
        // One that came, one from before that was edited, one that came and was edited, and one that is gone.
        let gone = Latest::Gone { id: MessageId(3), room: ROOM, seq: Seq(9) };
        let changed = [stored(5, 5, None), stored(2, 7, edited), stored(6, 8, edited), gone];
        let expected = [(4, 5, ("came", 5)), (5, 7, ("edited", 2)), (7, 8, ("came", 6)), (8, 9, ("gone", 3))];
        assert_eq!(told(LogName::Room(ROOM), changed), expected);
    }

    #[test]
    fn a_gap_in_ones_own_log_is_filled_like_a_rooms() {
        let marks = [(RoomId(2), 6), (RoomId(1), 9)]
            .map(|(room, seq)| Entry::mark(Seq(seq), room, Mark { up_to: Seq(1), listed: true }));
        assert_eq!(told(LogName::Own, marks.map(Latest::State)), [(4, 6, ("is", 2)), (6, 9, ("is", 1))]);
    }
}
