//! WebSocket (RFC 6455) without sockets: the [`handshake`], frames as they are [made](frame) and as they are [read](decoder).

pub mod decoder;
pub mod frame;
#[doc(hidden)]
pub mod fuzz;
pub mod handshake;
