//! Events on their way out.

use bytes::Bytes;
use chatterbox_protocol::events::{Event, Users};

use crate::websocket::frame;

/// An event as one frame, encoded once for all who get it.
pub(crate) fn encode(event: &Event) -> Option<Bytes> {
    framed(frame::text_of(|payload| event.write_json(payload)))
}

/// The same for who is online.
pub(crate) fn encode_users(users: &Users<'_>) -> Option<Bytes> {
    framed(frame::json(users))
}

fn framed(frame: serde_json::Result<Bytes>) -> Option<Bytes> {
    frame.inspect_err(|error| tracing::error!(%error, "an event cannot be written as JSON")).ok()
}
