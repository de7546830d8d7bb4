//! What lasts in ChatterBox: users, sessions, rooms and messages, behind one [`Store`].
//!
//! What is acknowledged is on the disk: every change is answered after the commit that holds it, and never before.
//! Times are arguments; the only randomness is in ids. This crate knows no sockets, no HTTP and no passwords, only
//! hashes that others made.

mod backup;
mod engine;
mod error;
mod import;
mod messages;
mod rooms;
mod sessions;
mod snapshot;
mod sqlite;
mod store;
mod threads;
mod users;
mod writer;

pub use backup::{BackedUp, BackupError, back_up, restore};
pub use error::{Error, OpenError, Outcome};
pub use import::{ImportError, Progress, Summary, import_chatterbox};
pub use messages::{Changes, Page, Stored};
pub use rooms::RoomRow;
pub use sessions::{Actor, SessionRow};
pub use snapshot::Snapshot;
pub use store::{Load, Options, Store};
pub use users::{Credentials, UserRow};
pub use writer::Listen;
