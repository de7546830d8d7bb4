//! One connection as its reactor knows it. At rest it owns no buffer.

use chatterbox_store::Actor;
use mio::net::TcpStream;

use crate::gateway::decoder::Decoder;
use crate::gateway::hub::{Appearance, Seat, SilentReader};
use crate::gateway::open::Visitor;
use crate::listener::Descriptor;
use crate::tokens::TokenHash;

/// The connection, and when what was last heard of it. Times are those of the process's own clock, in milliseconds.
pub(super) struct Socket {
    pub(super) stream: TcpStream,
    pub(super) decoder: Decoder,
    pub(super) actor: Actor,
    pub(super) token_hash: TokenHash,
    /// Whether the kernel may have something that was not read.
    pub(super) is_readable: bool,
    pub(super) heard_ms: i64,
    pub(super) pinged_ms: Option<i64>,
    /// The number of the message under way, and since when it is.
    pub(super) unfinished: Option<(u32, i64)>,
    pub(super) session_checked_ms: i64,
    pub(super) appearance: Option<Appearance>,
    pub(super) reads_silently: Option<SilentReader>,
    pub(super) seat: Seat,
    pub(super) descriptor: Option<Descriptor>,
}

impl Socket {
    pub(super) fn new(stream: TcpStream, visitor: Visitor, now_ms: i64) -> Self {
        let Visitor { actor, token_hash, seat, descriptor, .. } = visitor;
        Self {
            stream,
            decoder: Decoder::new(),
            actor,
            token_hash,
            is_readable: true,
            heard_ms: now_ms,
            pinged_ms: None,
            unfinished: None,
            session_checked_ms: now_ms,
            appearance: None,
            reads_silently: None,
            seat,
            descriptor,
        }
    }

    /// Takes note of what has arrived.
    pub(super) fn has_heard(&mut self, now_ms: i64) {
        self.heard_ms = now_ms;
        self.pinged_ms = None;
        self.unfinished = match (self.decoder.unfinished(), self.unfinished) {
            (None, _) => None,
            (Some(number), Some((known, since_ms))) if number == known => Some((known, since_ms)),
            (Some(number), _) => Some((number, now_ms)),
        };
    }
}
