//! One connection as its reactor knows it. At rest it owns no buffer.

use chatterbox_core::liveness::Liveness;
use chatterbox_store::Actor;
use mio::net::TcpStream;

use super::controls::Controls;
use crate::gateway::decoder::Decoder;
use crate::gateway::hub::{Appearance, Seat, SilentReader};
use crate::gateway::inbox::Place;
use crate::gateway::open::{Arrival, Visitor};
use crate::listener::Descriptor;
use crate::tokens::TokenHash;

/// The connection. Times are those of the process's own clock, in milliseconds.
pub(super) struct Socket {
    pub(super) stream: TcpStream,
    pub(super) decoder: Decoder,
    pub(super) controls: Controls,
    pub(super) actor: Actor,
    pub(super) token_hash: TokenHash,
    /// Whether the kernel may have something that was not read.
    pub(super) is_readable: bool,
    /// Whether the kernel tells when it takes more. Most sockets never need that, and it would tell each of them once.
    pub(super) is_watched_for_writing: bool,
    /// The peer will say nothing more: what is there is to be read up to its end.
    pub(super) is_ending: bool,
    pub(super) liveness: Liveness,
    pub(super) session_checked_ms: i64,
    pub(super) appearance: Option<Appearance>,
    pub(super) reads_silently: Option<SilentReader>,
    pub(super) seat: Seat,
    pub(super) descriptor: Option<Descriptor>,
    _place: Place,
}

impl Socket {
    pub(super) fn new(arrival: Arrival, place: Place, is_limited: bool, now_ms: i64) -> Self {
        let Arrival { stream, visitor, descriptor, .. } = arrival;
        let Visitor { actor, token_hash, seat, .. } = visitor;
        Self {
            stream,
            decoder: Decoder::new(),
            controls: Controls::new(is_limited),
            actor,
            token_hash,
            is_readable: false,
            is_watched_for_writing: false,
            is_ending: false,
            liveness: Liveness::new(now_ms),
            session_checked_ms: now_ms,
            appearance: None,
            reads_silently: None,
            seat,
            descriptor,
            _place: place,
        }
    }
}
