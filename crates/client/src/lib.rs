//! The Rust SDK of ChatterBox.
//!
//! A [`Client`] stays connected for as long as it lives: it says `hello`, catches up, and after a lost connection comes
//! back by itself to exactly where one that never left is. What it is told to send waits in an outbox until the server
//! has acknowledged it, or whoever said it waits no longer; a repeat after a lost connection carries the same nonce, so that it is stored once.
//!
//! It follows all rooms that it may see, unless it is told which ([`Options::following`], [`Client::follow`],
//! [`Client::unfollow`]), and besides them its own log and the house's: what its user has read on any device, and who everybody is.
//! What is missing in one of them is asked for in that one alone. To a server of before that it speaks as one did then.
//! [`Things`] holds what these logs say, for whoever would rather ask than listen.
//!
//! What the client knows is [`State`], which is pure: it can be driven without a network, as the simulation does.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use std::time::Duration;
//!
//! use chatterbox_client::{Client, Options, Update};
//! use chatterbox_protocol::ids::RoomId;
//!
//! let options = Options::new("wss://chat.example.org/ws", "the-token-that-/login-answered")?;
//! let (client, mut updates) = Client::start(options);
//! tokio::spawn(async move {
//!     while let Some(update) = updates.recv().await {
//!         match update {
//!             Update::Message(message) => println!("{}: {}", message.user, message.text),
//!             Update::Lost { why, again_in } => eprintln!("{why}; trying again in {again_in:?}"),
//!             Update::Over(why) => eprintln!("{why}"),
//!             _ => {}
//!         }
//!     }
//! });
//! let patience = Duration::from_secs(30);
//! match tokio::time::timeout(patience, client.send(RoomId::FIRST, "Is anyone here?")).await {
//!     Ok(Ok(Ok(done))) => println!("stored as {:?}", done.id),
//!     Ok(Ok(Err(refused))) => eprintln!("refused: {}", refused.message),
//!     Ok(Err(gone)) => eprintln!("{gone}"),
//!     Err(_) => eprintln!("not answered in time: not said any more, unless it was on its way"),
//! }
//! # Ok(()) }
//! ```

mod backoff;
mod client;
mod frame;
mod line;
mod logs;
mod options;
mod outbox;
mod pulse;
mod room;
mod rooms;
mod state;
mod task;
mod things;
mod trouble;
mod unfollowing;
mod update;

pub use backoff::Backoff;
pub use client::{Client, Gone};
pub use options::{Options, Unusable};
pub use outbox::{CommandAnswer, Ticket};
pub use state::State;
pub use things::Things;
pub use trouble::Trouble;
pub use update::{Heard, Update};
