//! Whether a client is still there, and whether what it has begun to say arrives. Times are milliseconds of any clock that
//! never goes back.

/// How often the server asks whether the client is still there.
pub const PING_INTERVAL_MS: i64 = 15_000;

/// How long the client may take to answer: with [`PING_INTERVAL_MS`], a dead peer is noticed within 30 seconds.
pub const PONG_PATIENCE_MS: i64 = 10_000;

/// How long a message may take to arrive whole.
pub const MESSAGE_PATIENCE_MS: i64 = 10_000;

/// What was heard of a client, and when.
#[derive(Debug, Clone, Copy)]
pub struct Liveness {
    heard_ms: i64,
    pinged_ms: Option<i64>,
    /// The number of the message under way, and since when it is.
    unfinished: Option<(u32, i64)>,
}

/// What is to be done about a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// Ask it whether it is there.
    Ping,
    /// It has not answered: it is gone.
    Gone,
    /// A message has been under way for too long.
    Late,
}

impl Liveness {
    /// Of a client that has just come.
    pub fn new(now_ms: i64) -> Self {
        Self { heard_ms: now_ms, pinged_ms: None, unfinished: None }
    }

    /// Something has arrived. `unfinished` numbers the message that is under way after it, if one is: the same message has
    /// the same number.
    pub fn heard(&mut self, now_ms: i64, unfinished: Option<u32>) {
        (self.heard_ms, self.pinged_ms) = (now_ms, None);
        self.unfinished = match (unfinished, self.unfinished) {
            (None, _) => None,
            (Some(number), Some((known, since_ms))) if number == known => Some((known, since_ms)),
            (Some(number), _) => Some((number, now_ms)),
        };
    }

    /// Nothing is read from the client now, so that its silence says nothing: neither a missing pong nor the rest of a
    /// message is its fault.
    pub fn is_not_read(&mut self, now_ms: i64) {
        (self.heard_ms, self.pinged_ms) = (now_ms, None);
        if let Some((_, since_ms)) = &mut self.unfinished {
            *since_ms = now_ms;
        }
    }

    /// What is to be done now. A ping counts as sent.
    pub fn due(&mut self, now_ms: i64) -> Option<Due> {
        if self.unfinished.is_some_and(|(_, since_ms)| since_ms + MESSAGE_PATIENCE_MS <= now_ms) {
            return Some(Due::Late);
        }
        match self.pinged_ms {
            Some(pinged_ms) => (pinged_ms + PONG_PATIENCE_MS <= now_ms).then_some(Due::Gone),
            None if self.heard_ms + PING_INTERVAL_MS <= now_ms => {
                self.pinged_ms = Some(now_ms);
                Some(Due::Ping)
            }
            None => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i3_a_silent_client_is_asked_and_then_gone_within_thirty_seconds() {
        let mut client = Liveness::new(0);
        assert_eq!(client.due(PING_INTERVAL_MS - 1), None);
        assert_eq!(client.due(PING_INTERVAL_MS), Some(Due::Ping));
        assert_eq!(client.due(PING_INTERVAL_MS + PONG_PATIENCE_MS - 1), None);
        let gone_ms = PING_INTERVAL_MS + PONG_PATIENCE_MS;
        assert_eq!((client.due(gone_ms), gone_ms < 30_000), (Some(Due::Gone), true));
        client.heard(gone_ms, None);
        assert_eq!(client.due(gone_ms), None);
    }

    #[test]
    fn x72_a_message_has_ten_seconds_however_its_pieces_come() {
        let mut client = Liveness::new(0);
        client.heard(1_000, Some(1));
        client.heard(10_999, Some(1));
        assert_eq!(client.due(10_999), None);
        assert_eq!(client.due(11_000), Some(Due::Late));
        client.heard(11_000, Some(2));
        assert_eq!(client.due(11_000), None);
    }

    #[test]
    fn who_is_not_read_is_neither_dead_nor_late() {
        let mut client = Liveness::new(0);
        client.heard(0, Some(1));
        client.is_not_read(5_000);
        assert_eq!(client.due(14_000), None);
        let mut client = Liveness::new(0);
        assert_eq!(client.due(PING_INTERVAL_MS), Some(Due::Ping));
        client.is_not_read(PING_INTERVAL_MS + 9_000);
        assert_eq!(client.due(PING_INTERVAL_MS + 12_000), None);
    }
}
