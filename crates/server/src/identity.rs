//! Who asks, from where, and whom: all that a request says of it in its head, and what is to be believed.

mod agent;
mod client_address;
pub(crate) mod cookies;
mod host;
mod page;
mod presented;
mod whence;

pub(crate) use client_address::ClientAddress;
pub(crate) use host::refuse_foreign_host;
pub(crate) use page::{OriginVerdict, foreign_page, judge_origin, refuse_foreign_page};
pub(crate) use presented::{Presented, TOKEN, signed_in};
pub(crate) use whence::whence;
