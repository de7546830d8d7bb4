//! What a connection has not been sent yet. Bounded, so that who reads slowly harms nobody else.

use std::collections::VecDeque;

use bytes::Bytes;
use chatterbox_protocol::ids::{RoomId, Seq};

/// Bytes that one connection may owe before it is told to come back and resume.
pub const OWED_BYTES_MAX: usize = 256 * 1024;

/// What one queued frame costs beyond its bytes, so that many tiny frames are bounded as well.
const FRAME_COST: usize = 64;

/// A frame that waits, and its place in a room's log if it tells of a change there.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// The encoded frame, shared by all who wait for it.
    pub frame: Bytes,
    /// The change that it tells of.
    pub place: Option<(RoomId, Seq)>,
}

/// Frames that wait for one connection, oldest first. The frames are shared: waiting costs a reference each.
#[derive(Debug, Default)]
pub struct Outbound {
    waiting: VecDeque<Waiting>,
    owed: usize,
    overflowed: bool,
}

impl Outbound {
    /// Queues a frame. Returns false, and keeps nothing at all, once the connection owes too much: it has a gap now
    /// and must resume. Who owes nothing may be sent any one frame: a `users` event of thousands of names is larger than
    /// the bound, and would otherwise send everybody away, however fast they read.
    pub fn push(&mut self, waiting: Waiting) -> bool {
        if self.overflowed {
            return false;
        }
        self.owed += waiting.frame.len() + FRAME_COST;
        if self.owed > OWED_BYTES_MAX && !self.waiting.is_empty() {
            *self = Self { overflowed: true, ..Self::default() };
            return false;
        }
        self.waiting.push_back(waiting);
        true
    }

    /// Takes the oldest frame.
    pub fn pop(&mut self) -> Option<Waiting> {
        let waiting = self.waiting.pop_front()?;
        self.owed -= waiting.frame.len() + FRAME_COST;
        if self.waiting.is_empty() {
            // An idle connection owns no memory for what once waited.
            self.waiting = VecDeque::new();
        }
        Some(waiting)
    }

    /// Whether the connection owed too much at some time.
    pub fn has_overflowed(&self) -> bool {
        self.overflowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(frame: &'static [u8]) -> Waiting {
        Waiting { frame: Bytes::from_static(frame), place: None }
    }

    #[test]
    fn i1_a_connection_that_does_not_read_costs_a_bounded_number_of_bytes() {
        let mut outbound = Outbound::default();
        let accepted = (0..10_000).take_while(|_| outbound.push(waiting(&[b'x'; 1_000]))).count();
        assert_eq!(accepted, OWED_BYTES_MAX / (1_000 + FRAME_COST));
        assert!(outbound.has_overflowed());
        assert!(outbound.pop().is_none());
        assert!(!outbound.push(waiting(b"more")));
    }

    #[test]
    fn one_frame_beyond_the_bound_harms_nobody_who_reads() {
        static USERS: [u8; OWED_BYTES_MAX + 1] = [b'x'; OWED_BYTES_MAX + 1];
        let mut outbound = Outbound::default();
        assert!(outbound.push(waiting(&USERS)));
        assert!(outbound.pop().is_some());
        assert!(outbound.push(waiting(&USERS)));
        assert!(!outbound.push(waiting(b"more")));
    }

    #[test]
    fn frames_leave_in_the_order_they_came() {
        let mut outbound = Outbound::default();
        for frame in [&b"a"[..], b"b", b"c"] {
            assert!(outbound.push(waiting(frame)));
        }
        let left: Vec<_> = std::iter::from_fn(|| outbound.pop()).map(|waiting| waiting.frame).collect();
        assert_eq!(left, [&b"a"[..], b"b", b"c"]);
        assert_eq!(outbound.owed, 0);
    }
}
