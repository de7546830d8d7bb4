//! One connection as its reactor knows it. At rest it owns no buffer.

use chatterbox_core::liveness::Liveness;
use chatterbox_protocol::time::Timestamp;
use chatterbox_store::Actor;
use mio::net::TcpStream;

use super::controls::Controls;
use crate::hub::arrival::{Arrival, Visitor};
use crate::hub::inbox::ReactorSlot;
use crate::hub::presence::Appearance;
use crate::hub::receipts::SilentReader;
use crate::hub::seats::Seat;
use crate::listener::Descriptor;
use crate::tokens::TokenHash;
use crate::websocket::decoder::Decoder;

/// How often a connection shows its session to the store, in milliseconds. That keeps the session alive, and notices within a
/// minute what nobody has told: an end by somebody else's hand in the database.
pub(super) const SESSION_CHECK_INTERVAL_MS: i64 = 55_000;

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
    /// When somebody is to look again whether the session lives, whatever is said of that.
    pub(super) session_check_ms: i64,
    /// When it ends, as far as is known here: whoever uses it elsewhere prolongs it.
    pub(super) session_expires: Timestamp,
    pub(super) appearance: Option<Appearance>,
    pub(super) reads_silently: Option<SilentReader>,
    pub(super) seat: Seat,
    pub(super) descriptor: Option<Descriptor>,
    _slot: ReactorSlot,
}

impl Socket {
    pub(super) fn new(arrival: Arrival, slot: ReactorSlot, is_limited: bool, now_ms: i64) -> Self {
        let Arrival { stream, visitor, .. } = arrival;
        let Visitor { actor, token_hash, seat, descriptor, .. } = visitor;
        Self {
            stream,
            decoder: Decoder::new(),
            controls: Controls::new(is_limited),
            token_hash,
            is_readable: false,
            is_watched_for_writing: false,
            is_ending: false,
            liveness: Liveness::new(now_ms),
            // Spread, so that those who came together are not looked at together.
            session_check_ms: now_ms
                + i64::try_from(actor.session.0 % 64).unwrap_or(0) * SESSION_CHECK_INTERVAL_MS / 64,
            session_expires: actor.expires,
            appearance: None,
            reads_silently: None,
            seat,
            descriptor,
            actor,
            _slot: slot,
        }
    }
}
