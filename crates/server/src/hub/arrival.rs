//! What a reactor takes over: a connection that is a socket, and whose it is.

use bytes::Bytes;
use chatterbox_core::shard::View;
use chatterbox_store::Actor;

use super::seats::Seat;
use crate::listener::Descriptor;
use crate::tokens::TokenHash;

/// A connection after the handshake, for the reactor that is to own it.
#[derive(Debug)]
pub(crate) struct Arrival {
    pub(crate) stream: mio::net::TcpStream,
    /// What the handshake is answered, if the client has not got that yet.
    pub(crate) answer: Bytes,
    /// What the client has said already, behind its request.
    pub(crate) first_bytes: Vec<u8>,
    pub(crate) visitor: Visitor,
}

/// Who opens a connection.
#[derive(Debug)]
pub(crate) struct Visitor {
    pub(crate) actor: Actor,
    pub(crate) token_hash: TokenHash,
    pub(crate) view: View,
    pub(crate) seat: Seat,
    pub(crate) descriptor: Option<Descriptor>,
}
