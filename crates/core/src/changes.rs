//! Changes: everything that may become of what is stored. Each is a pure rule in a file of its name: it says what it needs to
//! know, and decides from that what becomes of which rows, who is to be told, and what the answer is; or refuses, and then
//! nothing has happened. The store and the simulation run the same rules.

mod account;
mod acting;
mod change;
mod change_account;
mod change_availability;
mod change_oneself;
mod change_password;
mod change_picture;
mod change_place;
mod change_room;
mod coming;
mod create_invitation;
mod create_room;
mod delete_account;
mod delete_message;
mod edit_message;
mod end_session;
mod entry;
mod facts;
mod growth;
mod import_account;
mod import_message;
mod invite;
mod join_room;
mod key;
mod leave_room;
mod log_in;
mod make_owner;
mod mark_read;
mod mute_person;
mod names;
mod note_last_seen;
mod open_direct;
mod prints;
mod probe;
mod put_away;
mod refused;
mod register;
mod replace_password_hash;
mod revoke_invitation;
mod say_typing;
mod send_message;
mod set_moderator;
mod set_order;
mod succession;
mod told;
mod use_invitation;
mod use_session;

pub use acting::Author;
pub use change::{Change, Decided, ROUNDS_MAX, Undecided};
pub use change_account::{By, ChangeAccount};
pub use change_availability::ChangeAvailability;
pub use change_oneself::ChangeOneself;
pub use change_password::ChangePassword;
pub use change_picture::ChangePicture;
pub use change_place::ChangePlace;
pub use change_room::{ChangeRoom, RoomPatch};
pub use coming::leads_into;
pub use create_invitation::CreateInvitation;
pub use create_room::CreateRoom;
pub use delete_account::DeleteAccount;
pub use delete_message::DeleteMessage;
pub use edit_message::EditMessage;
pub use end_session::EndSession;
pub use facts::{
    AvailabilityFact, Facts, FormerName, Holders, InvitationFact, InvitationFacts, LogFacts, MarkFact, MembershipFact,
    MessageAuthor, MessageFact, MessageFacts, MuteFact, MuteFacts, OrderFact, PictureFact, PlaceFact, RoomFact,
    RoomFacts, Row, Seniority, SessionFact, SessionFacts, Sets, Table, UserFact, UserFacts,
};
pub use import_account::{AccountTaken, ImportAccount, ImportedAccount};
pub use import_message::{IdTaken, ImportMessage, ImportedMessage};
pub use invite::Invite;
pub use join_room::JoinRoom;
pub use key::{Key, Known, Missing};
pub use leave_room::LeaveRoom;
pub use log_in::LogIn;
pub use make_owner::MakeOwner;
pub use mark_read::MarkRead;
pub use mute_person::MutePerson;
pub use note_last_seen::NoteLastSeen;
pub use open_direct::OpenDirect;
pub use probe::Probe;
pub use put_away::PutAway;
pub use refused::{Refused, Thing};
pub use register::{Admitted, Register, is_admitted};
pub use replace_password_hash::ReplacePasswordHash;
pub use revoke_invitation::RevokeInvitation;
pub use say_typing::SayTyping;
pub use send_message::SendMessage;
pub use set_moderator::SetModerator;
pub use set_order::SetOrder;
pub use told::{Placed, Told};
pub use use_invitation::UseInvitation;
pub use use_session::UseSession;
