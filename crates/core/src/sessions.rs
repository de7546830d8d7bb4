//! Sessions: how long they last.

use chatterbox_protocol::time::Timestamp;

const MINUTE_MS: i64 = 60 * 1_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// A session ends this long after its last use (threats.md Z8), in milliseconds.
pub const SESSION_IDLE_MS: i64 = 30 * DAY_MS;

/// A session ends this long after its begin, however much it is used (threats.md Z8), in milliseconds.
pub const SESSION_ABSOLUTE_MS: i64 = 180 * DAY_MS;

/// Use is written down at most this often, in milliseconds, so that reading does not turn into writing.
pub const SESSION_SLIDE_MS: i64 = 5 * MINUTE_MS;

/// Sessions that one user may have. Past it, each login ends the one that began first: far more than anyone's devices,
/// and few enough that a program that logs in for each of its calls does not fill the database.
pub const SESSIONS_PER_USER_MAX: usize = 1_000;

/// Where a session was begun, as its owner recognises it: too coarse to say which house somebody was in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Whence {
    /// The network, as `192.0.2.0/24` or `2001:db8:1::/48`, if it is known.
    pub from: Option<String>,
    /// The browser and the system, in words, if they are known.
    pub agent: Option<String>,
}

/// When a session ends that began and was last used at these moments.
pub fn expiry(created: Timestamp, used: Timestamp) -> Timestamp {
    let idle = used.0.saturating_add(SESSION_IDLE_MS);
    Timestamp(idle.min(created.0.saturating_add(SESSION_ABSOLUTE_MS)))
}

/// Whether use of a session is due to be written down.
pub fn is_slide_due(used: Timestamp, now: Timestamp) -> bool {
    now.0.saturating_sub(used.0) >= SESSION_SLIDE_MS
}
