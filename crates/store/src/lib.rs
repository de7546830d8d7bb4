//! What lasts in ChatterBox: users, sessions, rooms and messages, behind one [`Store`].
//!
//! What is acknowledged is on the disk: every change is answered after the commit that holds it, and never before.
//! Times are arguments; the only randomness is in ids. This crate knows no sockets, no HTTP and no passwords, only
//! hashes that others made.

mod backup;
mod error;
mod import;
mod messages;
mod rooms;
mod sessions;
mod snapshot;
mod sqlite;
mod store;
mod users;

pub use backup::{BackedUp, BackupError, back_up, restore};
pub use error::{Error, OpenError, Outcome, Refused, Thing};
pub use import::{ImportError, Progress, Summary, import_chatterbox};
pub use messages::{Changed, Changes, NewMessage, Page, Sent, Stored};
pub use rooms::{Marked, RoomRow};
pub use sessions::{
    Actor, Author, SESSION_ABSOLUTE_MS, SESSION_IDLE_MS, SESSION_SLIDE_MS, SESSIONS_PER_USER_MAX, SessionRow,
};
pub use snapshot::Snapshot;
pub use store::{Load, Options, Store};
pub use users::{By, Credentials, NewUser, UserRow};
