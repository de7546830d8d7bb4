//! What a connection has not been sent yet. Bounded, so that who reads slowly harms nobody else.

use std::collections::VecDeque;

use bytes::Bytes;

/// Bytes that one connection may owe before it is told to come back and resume.
pub const OWED_BYTES_MAX: usize = 256 * 1024;

/// What one queued frame costs beyond its bytes, so that many tiny frames are bounded as well.
const FRAME_COST: usize = 32;

/// Frames that wait for one connection, oldest first. The frames are shared: waiting costs a reference each.
#[derive(Debug, Default)]
pub struct Outbound {
    frames: VecDeque<Bytes>,
    owed: usize,
    overflowed: bool,
}

impl Outbound {
    /// Queues a frame. Returns false, and keeps nothing at all, once the connection owes too much: it has a gap now
    /// and must resume.
    pub fn push(&mut self, frame: Bytes) -> bool {
        if self.overflowed {
            return false;
        }
        self.owed += frame.len() + FRAME_COST;
        if self.owed > OWED_BYTES_MAX {
            *self = Self { overflowed: true, ..Self::default() };
            return false;
        }
        self.frames.push_back(frame);
        true
    }

    /// Takes everything that waits.
    pub fn take(&mut self) -> VecDeque<Bytes> {
        self.owed = 0;
        std::mem::take(&mut self.frames)
    }

    /// Whether the connection owed too much at some time.
    pub fn has_overflowed(&self) -> bool {
        self.overflowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i1_a_connection_that_does_not_read_costs_a_bounded_number_of_bytes() {
        let mut outbound = Outbound::default();
        let frame = Bytes::from_static(&[b'x'; 1_000]);
        let accepted = (0..10_000).take_while(|_| outbound.push(frame.clone())).count();
        assert_eq!(accepted, OWED_BYTES_MAX / (1_000 + FRAME_COST));
        assert!(outbound.has_overflowed());
        assert!(outbound.take().is_empty());
        assert!(!outbound.push(frame));
    }

    #[test]
    fn frames_leave_in_the_order_they_came() {
        let mut outbound = Outbound::default();
        for frame in [&b"a"[..], b"b", b"c"] {
            assert!(outbound.push(Bytes::from_static(frame)));
        }
        assert_eq!(outbound.take(), [&b"a"[..], b"b", b"c"]);
        assert!(outbound.take().is_empty());
    }
}
