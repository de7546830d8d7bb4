//! The gateway: sockets, from the handshake to the last frame.
//!
//! Reactors are threads that own sockets, one for each core but one. They accept connections, too, and [`first_request`] makes
//! sockets of nearly all that ask for one right there, if [`open`] lets them; the others come by HTTP. A [`reactor`] carries out
//! what its [`Shard`](chatterbox_core::shard::Shard) decides; the [`hub`] knows what all reactors have in common, and reaches
//! them through their [`inbox`]. Frames are made and read by [`frame`] and [`decoder`].

mod arrival;
pub mod decoder;
mod first_request;
pub mod frame;
#[doc(hidden)]
pub mod fuzz;
pub mod handshake;
pub mod hub;
mod inbox;
pub(crate) mod open;
mod reactor;
mod seats;

pub(crate) use arrival::Arrival;
pub(crate) use first_request::is_signed_in;
pub(crate) use reactor::Reactors;
