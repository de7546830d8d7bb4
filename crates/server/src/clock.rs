//! What time it is.

use std::time::{SystemTime, UNIX_EPOCH};

use chatterbox_protocol::time::Timestamp;

/// The moment that the clock on the wall shows.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
