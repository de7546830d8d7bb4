//! What listens: ChatterBox's gateway to its clients.

pub mod gateway;
