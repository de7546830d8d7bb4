//! What has changed, as the wire tells of it, framed once for all who get it.

use bytes::Bytes;
use chatterbox_core::messages::deleted;
use chatterbox_protocol::events::Event;
use chatterbox_protocol::ids::{RoomId, Seq};
use chatterbox_store::Changes;
use serde::Serialize;

use crate::websocket::frame;

/// Tells of all that has changed in a room since then, in the order of its log, as far as later changes have not overtaken
/// earlier ones.
pub(crate) fn all_since(since: Seq, room: RoomId, changes: Changes) -> Vec<(Seq, Event)> {
    let mut events = Vec::new();
    for stored in changes.messages {
        events.extend(stored.edited().map(|edited| (stored.changed_seq, edited)));
        if stored.seq > since {
            events.push((stored.seq, stored.sent()));
        }
    }
    events.extend(changes.deleted.into_iter().map(|(id, seq)| (seq, deleted(id, room, seq))));
    events.sort_unstable_by_key(|(seq, _)| *seq);
    events
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
