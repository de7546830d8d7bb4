//! Changes: everything that may become of what is stored. Each is a pure rule in a file of its name: it says what it needs to
//! know, and decides from that what becomes of which rows, who is to be told, and what the answer is; or refuses, and then
//! nothing has happened. The store and the simulation run the same rules.

mod acting;
mod change_account;
mod delete_message;
mod edit_message;
mod end_session;
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
pub use change_account::{By, ChangeAccount};
pub use delete_message::DeleteMessage;
pub use edit_message::EditMessage;
pub use end_session::EndSession;
pub use facts::{
    AccountFact, Accounts, Facts, Holders, MembershipFact, MessageAuthor, MessageFact, Messages, RoomFact, Rooms, Row,
    SessionFact, Sessions, Table,
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

use smallvec::SmallVec;

/// One change. It is decided inside the transaction that makes it, perhaps more than once.
pub trait Change {
    /// What whoever wants it is told once it is committed.
    type Answer;

    /// What it needs to know first. What it learns may name more: there are [`ROUNDS_MAX`] rounds at the most.
    fn keys(&self) -> Vec<Key>;

    /// Decides by what is known. `random` is another number for each change.
    fn decide(&self, facts: &Facts, random: u64) -> Result<Decided<Self::Answer>, Undecided>;
}

/// How often at the most facts are looked up for one change: those that it names, and those that these lead to.
pub const ROUNDS_MAX: usize = 2;

/// What a change comes to.
#[derive(Clone, PartialEq, Eq)]
pub struct Decided<T> {
    /// What is said to whoever wants it.
    pub answer: T,
    /// What becomes of rows.
    pub rows: SmallVec<[Row; 2]>,
    /// What is said to others.
    pub told: SmallVec<[Told; 1]>,
}

impl<T> Decided<T> {
    /// It is so already.
    fn nothing(answer: T) -> Self {
        Self { answer, rows: SmallVec::new(), told: SmallVec::new() }
    }
}

/// Why a change is not decided.
#[derive(Clone, PartialEq, Eq)]
pub enum Undecided {
    /// This has to be looked up first.
    Missing(Missing),
    /// A rule says no.
    Refused(Refused),
}

impl From<Missing> for Undecided {
    fn from(missing: Missing) -> Self {
        Self::Missing(missing)
    }
}

impl From<Refused> for Undecided {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}
