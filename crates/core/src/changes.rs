//! Changes: everything that may become of what is stored. Each is a pure rule in a file of its name: it says what it needs to
//! know, and decides from that what becomes of which rows, who is to be told, and what the answer is; or refuses, and then
//! nothing has happened. The store and the simulation run the same rules.

mod account;
mod acting;
mod change;
mod change_account;
mod delete_message;
mod edit_message;
mod end_session;
mod entry;
mod facts;
mod import_account;
mod import_message;
mod key;
mod log_in;
mod make_owner;
mod mark_read;
mod prints;
mod probe;
mod refused;
mod register;
mod replace_password_hash;
mod send_message;
mod told;
mod use_session;

pub use acting::Author;
pub use change::{Change, Decided, ROUNDS_MAX, Undecided};
pub use change_account::{By, ChangeAccount};
pub use delete_message::DeleteMessage;
pub use edit_message::EditMessage;
pub use end_session::EndSession;
pub use facts::{
    Facts, Holders, LogFacts, MarkFact, MembershipFact, MessageAuthor, MessageFact, MessageFacts, RoomFact, RoomFacts,
    Row, SessionFact, SessionFacts, Table, UserFact, UserFacts,
};
pub use import_account::{AccountTaken, ImportAccount, ImportedAccount};
pub use import_message::{IdTaken, ImportMessage, ImportedMessage};
pub use key::{Key, Known, Missing};
pub use log_in::LogIn;
pub use make_owner::MakeOwner;
pub use mark_read::MarkRead;
pub use probe::Probe;
pub use refused::{Refused, Thing};
pub use register::Register;
pub use replace_password_hash::ReplacePasswordHash;
pub use send_message::SendMessage;
pub use told::{Placed, Told};
pub use use_session::UseSession;
