//! The gateway: sockets, from the handshake to the last frame.
//!
//! [`open`] turns a request into a socket; a [`connection`] task owns it and does what its client says; the [`hub`]
//! knows all connections and tells each what concerns it. Frames are made and read by [`frame`] and [`decoder`].

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

pub(crate) use open::open;
