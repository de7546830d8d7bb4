//! The gateway: sockets, from the request for one to the last frame.
//!
//! Reactors are threads that own sockets, one for each core but one. They accept connections, too, and [`first_request`] makes
//! sockets of nearly all that ask for one right there, if [`open`] lets them; the others come by HTTP. A [`reactor`] carries out
//! what its [`Shard`](chatterbox_core::shard::Shard) decides; the [`hub`](crate::hub) knows what all reactors have in common.

mod first_request;
pub(crate) mod open;
mod reactor;
mod reactors;

pub(crate) use first_request::is_signed_in;
pub(crate) use reactors::Reactors;
