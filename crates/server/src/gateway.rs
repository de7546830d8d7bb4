//! The gateway: sockets, from the handshake to the last frame.
//!
//! [`mod@open`] turns a request into a socket. A [`task`] owns it and does what its client says; others hold its handle, the
//! [`connection`]. The [`hub`] knows all connections and tells each what concerns it. Frames are made and read by
//! [`frame`] and [`decoder`].

mod commands;
mod connection;
pub mod decoder;
pub mod frame;
#[doc(hidden)]
pub mod fuzz;
pub mod handshake;
mod history;
pub mod hub;
mod open;
pub mod origin;
mod socket;
mod task;

pub(crate) use open::open;
