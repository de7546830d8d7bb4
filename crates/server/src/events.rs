//! What is stored, as the wire tells of it: whatever tells of a message is made here, and framed once for all who get it.

use bytes::Bytes;
use chatterbox_protocol::events::{Deleted, Edited, Event};
use chatterbox_protocol::ids::{MessageId, RoomId, Seq};
use chatterbox_protocol::messages::Message;
use chatterbox_protocol::time::Timestamp;
use chatterbox_store::{Changes, Stored};
use serde::Serialize;

use crate::websocket::frame;

/// A message as the wire shows it.
pub(crate) fn message(stored: Stored, seen: bool) -> Message {
    Message {
        id: stored.id,
        user: stored.username,
        text: stored.text,
        time: stored.time,
        seen,
        room: stored.room,
        seq: stored.seq,
        edited: stored.edited,
        nonce: stored.nonce,
    }
}

/// Tells of a message that has come.
fn sent(stored: Stored) -> Event {
    Event::Message(message(stored, false))
}

/// Tells of all that has changed in a room since then, in the order of its log, as far as later changes have not overtaken
/// earlier ones.
pub(crate) fn all_since(since: Seq, room: RoomId, changes: Changes) -> Vec<(Seq, Event)> {
    let mut events = Vec::new();
    for stored in changes.messages {
        let Stored { id, seq, changed_seq, .. } = stored;
        if let Some(time) = stored.edited {
            events.push((changed_seq, edited(id, room, changed_seq, stored.text.clone(), time)));
        }
        if seq > since {
            events.push((seq, sent(stored)));
        }
    }
    events.extend(changes.deleted.into_iter().map(|(id, seq)| (seq, deleted(id, room, seq))));
    events.sort_unstable_by_key(|(seq, _)| *seq);
    events
}

fn edited(id: MessageId, room: RoomId, seq: Seq, text: String, time: Timestamp) -> Event {
    Event::Edit(Edited { id, text, time, room, seq })
}

fn deleted(id: MessageId, room: RoomId, seq: Seq) -> Event {
    Event::Delete(Deleted { id, room, seq })
}

/// An event as one frame, encoded once for all who get it.
pub(crate) fn encode<E: Serialize>(event: &E) -> Option<Bytes> {
    match frame::json(event) {
        Ok(frame) => Some(frame),
        Err(error) => {
            tracing::error!(%error, "an event cannot be written as JSON");
            None
        }
    }
}
