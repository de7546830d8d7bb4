//! Deleting an account.

use chatterbox_protocol::ids::UserId;
use chatterbox_protocol::rooms::{Member, MemberChange};
use chatterbox_protocol::time::Timestamp;
use chatterbox_protocol::users::Role;

use super::account::account_entries;
use super::acting::{Acting, Author};
use super::change::{Change, Decided, Undecided};
use super::facts::{Facts, Row, UserFact};
use super::growth::Growth;
use super::key::Key;
use super::refused::{Refused, Thing};
use super::succession::{is_left, keys_of_leaving};
use super::told::Told;
use crate::permissions::{Action, Whose, may};
use crate::usernames::somebody_gone;
use crate::users::FRESH_LOGIN_MS;

/// Somebody leaves for good. What they said stays, of somebody who left; their name stays nobody else's, and is not to be read any
/// more; their address, password, profile, sessions and whatever is their own goes, and they belong to no room but direct ones,
/// whose people never change. Answers whether whoever deletes themselves has shown that they know the password, and changes nothing
/// otherwise. It has no `Debug`, so that hashes stay out of the program's output.
///
/// Refuses [`Refused::Unauthorized`], [`Refused::Forbidden`], [`Refused::NotFound`], [`Refused::LastOwner`] and, for somebody else,
/// [`Refused::LoginTooOld`].
#[derive(Clone, PartialEq, Eq)]
pub struct DeleteAccount {
    /// Who wants it.
    pub by: Author,
    /// Who leaves.
    pub user: UserId,
    /// The hash that was verified of whoever deletes themselves.
    pub verified: Option<String>,
    /// When.
    pub now: Timestamp,
}

impl Change for DeleteAccount {
    type Answer = bool;

    fn keys(&self) -> Vec<Key> {
        let account = [Key::User(self.user), Key::ActiveOwners, Key::SessionsOf(self.user), Key::RoomsOf(self.user)];
        let others = [Key::InvitationsOf(self.user), Key::OwnLog(self.user), Key::HouseLog];
        self.by.keys().into_iter().chain(account).chain(others).collect()
    }

    fn decide(&self, facts: &Facts, _: u64) -> Result<Decided<bool>, Undecided> {
        let acting = Acting::find(facts, self.by, Some(self.now))?;
        let is_oneself = self.user == self.by.user;
        let whose = if is_oneself { Whose::Own } else { Whose::Foreign };
        if !may(acting.account.role, Action::DeleteAccount, whose) {
            return Err(Refused::Forbidden.into());
        }
        if is_oneself && self.verified.as_ref() != Some(&acting.account.password_hash) {
            return Ok(Decided::nothing(false));
        }
        let found = facts.users.get(self.user)?.filter(|account| !account.gone);
        let account = found.ok_or(Refused::NotFound(Thing::User))?;
        let is_there_another_owner = facts.users.active_owners()?.iter().any(|owner| *owner != self.user);
        if account.is_active_owner() && !is_there_another_owner {
            return Err(Refused::LastOwner.into());
        }
        // Last, so that nobody is asked for a password and refused all the same.
        if !is_oneself && self.now.0.saturating_sub(acting.session.created.0) > FRESH_LOGIN_MS {
            return Err(Refused::LoginTooOld.into());
        }
        let rooms = facts.rooms.rooms_of(self.user)?;
        facts.require(rooms.keys().flat_map(|room| keys_of_leaving(*room, self.user)))?;
        let ended: Vec<_> = facts.sessions.of_user(self.user)?.into_iter().map(|(id, _)| id).collect();
        let mut decided = account_entries(facts, self.user, Some(account), gone(self.user, account), true)?;
        decided.rows.push(Row::FormerName(account.former_name(), self.user));
        decided.rows.extend(ended.iter().map(|id| Row::Session(*id, None)));
        // By name: a code or an id leads to an invitation also without its maker.
        decided.rows.extend(facts.invitations.of_user(self.user)?.into_iter().map(|(id, _)| Row::Invitation(id, None)));
        decided.told.insert_many(0, ended.iter().map(|id| Told::SessionEnded(*id)));
        self.leaves_rooms(facts, &mut decided)?;
        Ok(decided)
    }
}

impl DeleteAccount {
    fn leaves_rooms(&self, facts: &Facts, decided: &mut Decided<bool>) -> Result<(), Undecided> {
        let Self { user, now, .. } = *self;
        for room in facts.rooms.rooms_of(user)?.keys().copied() {
            let Some(beside) = facts.rooms.beside(room, user)? else { continue };
            let mut growth = Growth::new(facts, room, beside.seq);
            let left = Member { change: MemberChange::Left, by: None, time: now, moderator: false };
            growth.member(user, left, now);
            is_left(facts, &mut growth, (room, beside), user, now)?;
            decided.extend(growth.decided(()));
        }
        Ok(())
    }
}

/// What is left of an account. A guest belongs to no room without a row. The keys are nobody's: none that is typed has a NUL.
fn gone(id: UserId, account: &UserFact) -> UserFact {
    let key = || format!("\0{id}");
    UserFact {
        username: somebody_gone(id),
        username_fold: key(),
        username_look: key(),
        irregular: true,
        email: String::new(),
        email_fold: key(),
        password_hash: String::new(),
        role: Role::Guest,
        active: false,
        gone: true,
        profile: Box::default(),
        ..*account
    }
}
