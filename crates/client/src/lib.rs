//! The Rust SDK of ChatterBox.
//!
//! A [`Client`] stays connected for as long as it lives: it says `hello`, catches up, and after a lost connection comes
//! back by itself to exactly where one that never left is. What it is told to send waits in an outbox until the server
//! has acknowledged it; a repeat after a lost connection carries the same nonce, so that it is stored once.
//!
//! What the client knows is [`State`], which is pure: it can be driven without a network, as the simulation does.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use chatterbox_client::{Client, Options, Update};
//! use chatterbox_protocol::ids::RoomId;
//!
//! let options = Options::new("ws://127.0.0.1:8000/ws".parse()?, "the token that /login answered");
//! let (client, mut updates) = Client::start(options);
//! client.send(RoomId::FIRST, "Is anyone here?").await?;
//! while let Some(update) = updates.recv().await {
//!     if let Update::Message(message) = update {
//!         println!("{}: {}", message.user, message.text);
//!     }
//! }
//! # Ok(()) }
//! ```

mod backoff;
mod client;
mod outbox;
mod state;

pub use backoff::Backoff;
pub use client::{Client, Gone, Options};
pub use outbox::{Decision, Ticket};
pub use state::{Heard, State, Update};
