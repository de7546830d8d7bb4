//! What is true in ChatterBox: who may do what, which names are distinct, who is online, what has been read, and what each
//! connection is told, in which order ([`shard`]). Pure state machines: time and randomness are arguments; nothing here
//! does I/O.

pub mod changes;
pub mod emails;
pub mod ids;
mod lines;
pub mod liveness;
pub mod log;
pub mod logs;
pub mod messages;
pub mod passwords;
pub mod permissions;
pub mod place;
pub mod presence;
pub mod profiles;
pub mod receipts;
pub mod rooms;
pub mod sessions;
pub mod shard;
pub mod telling;
pub mod throttle;
pub mod usernames;
pub mod users;
