//! A message's change as an entry of its room's log.

use chatterbox_protocol::events::Event;
use chatterbox_protocol::ids::{MessageId, Seq};
use chatterbox_protocol::time::Timestamp;
use smallvec::smallvec;

use super::change::Decided;
use super::facts::{MessageFact, Row};
use super::told::{Placed, Told};
use crate::logs::LogId;

/// The message becomes this, which takes the number that its room has come to by it.
pub(super) fn entry(id: MessageId, row: MessageFact, seq: Seq, event: Event, time: Timestamp) -> Decided<Placed> {
    let room = row.room;
    Decided {
        answer: Placed { id, seq, time },
        rows: smallvec![Row::Message(id, row), Row::RoomLog(room, seq)],
        told: smallvec![Told::Entry { log: LogId::Room(room), seq, event }],
    }
}
