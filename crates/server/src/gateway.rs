//! The WebSocket gateway: RFC 6455 without I/O, from the handshake to the frames in both directions.

pub mod decoder;
pub mod frame;
pub mod fuzz;
pub mod handshake;
pub mod origin;
