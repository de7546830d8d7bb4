//! Registering.

use chatterbox_protocol::ids::{RoomId, Seq, UserId};
use chatterbox_protocol::place::{Admission, PlaceState};
use chatterbox_protocol::time::Timestamp;
use chatterbox_protocol::users::Role;

use super::account::account_entries;
use super::change::{Change, Decided, Undecided};
use super::change_place::becomes;
use super::coming::{Admitting, Comer};
use super::facts::{Facts, UserFact};
use super::key::Key;
use super::names::{is_address_taken, is_taken, key_of_address, keys_of_name};
use super::refused::Refused;
use crate::emails::{self, Email};
use crate::place::PlaceName;
use crate::usernames::{self, Username};

/// An account is made; the owner's if it is the first. By an invitation it is, at once, in the rooms that this leads into. It has
/// no `Debug`, so that its hash and address stay out of the program's output.
///
/// Refuses [`Refused::RegistrationClosed`], [`Refused::InvitationOver`], [`Refused::UsernameTaken`] if somebody has, or had, this name or one
/// that looks the same, and [`Refused::EmailTaken`].
#[derive(Clone)]
pub struct Register {
    /// The checked name.
    pub username: Username,
    /// The checked address.
    pub email: Email,
    /// What will verify the password, as the caller's hash function writes it.
    pub password_hash: String,
    /// Of the code of the invitation by which they come.
    pub invitation: Option<[u8; 32]>,
    /// What the place is to be called, if this is the first who comes.
    pub place: Option<PlaceName>,
    /// When.
    pub now: Timestamp,
}

/// Who has registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admitted {
    /// Names them.
    pub user: UserId,
    /// The rooms that an invitation has led them into, in its order.
    pub rooms: Vec<RoomId>,
}

impl Change for Register {
    type Answer = Admitted;

    fn keys(&self) -> Vec<Key> {
        let others = [key_of_address(&self.email), Key::Anybody, Key::LastUser, Key::HouseLog, Key::Place];
        let invitation = self.invitation.map(Key::InvitationCode);
        keys_of_name(&self.username).into_iter().chain(others).chain(invitation).collect()
    }

    fn decide(&self, facts: &Facts, _: u64) -> Result<Decided<Admitted>, Undecided> {
        let (users, now) = (&facts.users, self.now);
        let is_first = !users.is_anybody_there()?;
        let place = facts.place()?.state;
        let is_invited = self.invitation.is_some();
        if !is_first && !is_admitted(place.registration, is_invited) {
            return Err(Refused::RegistrationClosed.into());
        }
        let id = users.next_id()?;
        let admitting = self.invitation.map(|code_hash| Admitting::find(facts, code_hash, id, now)).transpose()?;
        let account = self.account(facts, if is_first { Role::Owner } else { Role::Member })?;
        let role = account.role;
        let mut decided = account_entries(facts, id, None, account, Admitted { user: id, rooms: Vec::new() })?;
        if let Some(name) = self.place.as_ref().filter(|_| is_first) {
            // Behind the first card.
            let seq = Seq(facts.logs.next_of_house()?.0 + 1);
            let (row, told) = becomes(PlaceState { name: name.as_str().to_owned(), ..place }, seq);
            decided.rows.push(row);
            decided.told.push(told);
        }
        if let Some(admitting) = admitting {
            // Behind the account, which is first in everybody's own log.
            let landing = admitting.admits(facts, Comer { user: id, role, next: Seq(2) })?;
            if !landing.changes_something {
                decided.rows.push(admitting.used());
            }
            decided.answer.rooms = landing.rooms;
            decided.rows.extend(landing.rows);
            decided.told.extend(landing.told);
        }
        Ok(decided)
    }
}

/// Whether somebody may register where others have before.
pub fn is_admitted(registration: Admission, is_invited: bool) -> bool {
    match registration {
        Admission::Open => true,
        Admission::Invite => is_invited,
        Admission::Closed => false,
    }
}

impl Register {
    /// The account, if its name and its address are nobody's.
    fn account(&self, facts: &Facts, role: Role) -> Result<UserFact, Undecided> {
        let (username, email) = (self.username.as_str(), self.email.as_str());
        if is_taken(facts, &self.username, None)? {
            return Err(Refused::UsernameTaken.into());
        }
        if is_address_taken(facts, &self.email, None)? {
            return Err(Refused::EmailTaken.into());
        }
        Ok(UserFact {
            username: username.to_owned(),
            username_fold: usernames::fold(username),
            username_look: usernames::look(username),
            irregular: false,
            email: email.to_owned(),
            email_fold: emails::fold(email),
            password_hash: self.password_hash.clone(),
            role,
            active: true,
            gone: false,
            profile: Box::default(),
            created: self.now,
            account_seq: Seq::default(),
            card_seq: Seq::default(),
        })
    }
}
