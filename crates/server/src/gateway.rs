//! The gateway: sockets, from the handshake to the last frame.
//!
//! [`mod@open`] turns a request into a socket and hands it to one of the reactors: threads that own sockets, one for each
//! core. A [`reactor`] carries out what its [`Shard`](chatterbox_core::shard::Shard) decides; the [`hub`] knows what all
//! reactors have in common, and reaches them through their [`inbox`]. Frames are made and read by [`frame`] and
//! [`decoder`].

pub mod decoder;
pub mod frame;
#[doc(hidden)]
pub mod fuzz;
pub mod handshake;
pub mod hub;
mod inbox;
mod open;
pub mod origin;
mod reactor;

pub(crate) use open::open;
pub(crate) use reactor::Reactors;
