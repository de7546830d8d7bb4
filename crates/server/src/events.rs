//! Events on their way out.

use bytes::Bytes;
use serde::Serialize;

use crate::websocket::frame;

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
