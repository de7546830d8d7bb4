//! What lasts in ChatterBox: users, sessions, rooms and messages, behind one [`Store`].
//!
//! What is acknowledged is on the disk: every change is answered after the commit that holds it, and never before.
//! Times are arguments; the only randomness is in ids. This crate knows no sockets, no HTTP and no passwords, only
//! hashes that others made.

mod askers;
mod backup;
mod device_links;
mod engine;
mod error;
mod import;
mod invitations;
mod marks;
mod messages;
mod place;
mod presence;
mod resume;
mod rooms;
mod sessions;
mod sqlite;
mod store;
mod threads;
mod users;
mod writer;

pub use askers::{Bearer, House, Stranger};
pub use backup::{BackedUp, BackupError};
pub use device_links::{LookAtDeviceLink, SeenDeviceLink};
pub use error::{Error, OpenError, Outcome};
pub use import::{ImportError, Progress, Summary};
pub use invitations::{InvitationRow, Invitations, LookAtInvitation, SeenInvitation};
pub use marks::FurthestMarks;
pub use messages::{FirstOfNewest, NewestPage, Page, PageAfter, PageBefore};
pub use place::{MayRegister, PlaceNow, Registering};
pub use presence::{KnownPresence, PresenceRow};
pub use resume::{Changes, ChangesSince, Filling, Greet, Greeting, Missed, ResumeRoom, ResumeStates, StatesPage};
pub use rooms::{Company, Directory, DirectoryRow, LeftRooms, MemberRow, MembersPage, RoomRow};
pub use sessions::{Actor, OwnSessions, SessionRow, WhoAmI};
pub use sqlite::questions::{Asker, Question};
pub use store::{Load, Options, Store, back_up, import_chatterbox, restore};
pub use users::{AllUsers, Credentials, CredentialsOf, IsAnybodyHere, OwnAddress, PictureOf, UserRow};
pub use writer::Listen;
