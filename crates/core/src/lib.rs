//! What is true in ChatterBox: who may do what, which names are distinct, who is online, what has been read, what a
//! slow connection may owe. Pure state machines: time and randomness are arguments; nothing here does I/O.

pub mod emails;
pub mod messages;
pub mod outbound;
pub mod passwords;
pub mod permissions;
pub mod presence;
pub mod receipts;
pub mod throttle;
pub mod usernames;
