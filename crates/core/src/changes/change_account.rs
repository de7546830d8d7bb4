//! Changing an account.

use chatterbox_protocol::ids::UserId;
use chatterbox_protocol::time::Timestamp;
use chatterbox_protocol::users::{Role, UserPatch};

use super::account::account_entries;
use super::acting::{Acting, Author};
use super::change::{Change, Decided, Undecided};
use super::facts::{Facts, Row, UserFact};
use super::growth::Growth;
use super::key::Key;
use super::lobby::{keys_of_lobby, lobby_mark};
use super::refused::{Refused, Thing};
use super::succession::{keys_of_leaving, succeed};
use super::told::Told;
use crate::permissions::Whose;
use crate::users::{AccountChange, BeforeChange, Changer, NotChanged, check};

/// An account becomes another, and all its sessions end with it, unless it is so already: who comes back comes with the new
/// rights, and nobody by an old proof (threats.md Z3, Z8).
///
/// Refuses [`Refused::Unauthorized`], [`Refused::Forbidden`], [`Refused::NotFound`], [`Refused::LastOwner`] and
/// [`Refused::LoginTooOld`].
#[derive(Clone, PartialEq, Eq)]
pub struct ChangeAccount {
    /// Who wants it.
    pub by: By,
    /// Whose account it is.
    pub user: UserId,
    /// What is to become of it.
    pub change: AccountChange,
}

/// Who wants an account to be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Whoever may touch the data directory, at this moment.
    Holder(Timestamp),
    /// A user, by one of their sessions, at this moment.
    User(Author, Timestamp),
}

impl Change for ChangeAccount {
    type Answer = ();

    fn keys(&self) -> Vec<Key> {
        let logs = [Key::OwnLog(self.user), Key::HouseLog];
        let account = [Key::User(self.user), Key::ActiveOwners, Key::SessionsOf(self.user)].into_iter().chain(logs);
        let by = match self.by {
            By::Holder(_) => None,
            By::User(author, _) => Some(author.keys()),
        };
        let rooms = self.may_end_moderating().then_some(Key::RoomsOf(self.user));
        let lobby = keys_of_lobby(self.user).into_iter().filter(|_| self.gives_role());
        account.chain(by.into_iter().flatten()).chain(rooms).chain(lobby).collect()
    }

    fn decide(&self, facts: &Facts, _: u64) -> Result<Decided<()>, Undecided> {
        let by = self.changer(facts)?;
        let found = facts.users.get(self.user)?.filter(|account| !account.gone);
        let is_there_another_owner = facts.users.active_owners()?.iter().any(|owner| *owner != self.user);
        // Who may change nobody does not learn either who there is.
        let (role, active) = found.map_or((Role::Member, true), |account| (account.role, account.active));
        let before = BeforeChange { role, active, is_there_another_owner };
        check(before, &self.change, by).map_err(|reason| match reason {
            NotChanged::Forbidden => Refused::Forbidden,
            NotChanged::LastOwner => Refused::LastOwner,
            NotChanged::LoginTooOld => Refused::LoginTooOld,
        })?;
        let account = found.ok_or(Refused::NotFound(Thing::User))?;
        let changed = self.changed(account);
        if matches!(self.change, AccountChange::Standing(_)) && changed == *account {
            return Ok(Decided::nothing(()));
        }
        let own = facts.logs.next_of_own(self.user)?;
        let lobby = if changed.role != account.role { lobby_mark(facts, self.user, changed.role, own)? } else { None };
        let ended: Vec<_> = facts.sessions.of_user(self.user)?.into_iter().map(|(id, _)| id).collect();
        let mut decided = account_entries(facts, self.user, Some(account), changed.clone(), ())?;
        if account.can_moderate() && !changed.can_moderate() {
            self.is_succeeded(facts, &mut decided)?;
        }
        decided.rows.extend(ended.iter().map(|id| Row::Session(*id, None)));
        // Whoever gets another role is told so first, by the next number.
        decided.rows.extend(lobby.iter().map(|(row, _)| row.clone()));
        decided.told.extend(lobby.map(|(_, told)| told));
        // Whoever acts by one of them hears no more.
        decided.told.insert_many(0, ended.iter().map(|id| Told::SessionEnded(*id)));
        Ok(decided)
    }
}

impl ChangeAccount {
    /// Whether it may take from somebody that they can look after rooms.
    fn may_end_moderating(&self) -> bool {
        let AccountChange::Standing(UserPatch { role, active }) = &self.change else { return false };
        *role == Some(Role::Guest) || *active == Some(false)
    }

    /// Where they alone have moderated, somebody else does as well from now on. They stay what they are there.
    fn is_succeeded(&self, facts: &Facts, decided: &mut Decided<()>) -> Result<(), Undecided> {
        let (By::Holder(now) | By::User(_, now)) = self.by;
        let moderated =
            facts.rooms.rooms_of(self.user)?.iter().filter(|(_, moderates)| **moderates).map(|(room, _)| *room);
        facts.require(moderated.clone().flat_map(|room| keys_of_leaving(room, self.user)))?;
        for room in moderated {
            let Some((_, seq)) = facts.rooms.get(room)? else { continue };
            let mut growth = Growth::new(facts, room, seq);
            succeed(facts, &mut growth, room, self.user, now)?;
            decided.extend(growth.decided(()));
        }
        Ok(())
    }

    fn gives_role(&self) -> bool {
        matches!(self.change, AccountChange::Standing(UserPatch { role: Some(_), .. }))
    }

    /// Who wants it, if it is not whoever holds the data itself.
    fn changer(&self, facts: &Facts) -> Result<Option<Changer>, Undecided> {
        let By::User(author, now) = self.by else { return Ok(None) };
        let acting = Acting::find(facts, author, Some(now))?;
        let whose = if author.user == self.user { Whose::Own } else { Whose::Foreign };
        let login_age_ms = now.0.saturating_sub(acting.session.created.0);
        Ok(Some(Changer { role: acting.account.role, whose, login_age_ms }))
    }

    fn changed(&self, account: &UserFact) -> UserFact {
        let mut changed = account.clone();
        match &self.change {
            AccountChange::Password { hash } => changed.password_hash.clone_from(hash),
            AccountChange::Standing(UserPatch { role, active }) => {
                changed.role = role.unwrap_or(account.role);
                changed.active = active.unwrap_or(account.active);
            }
        }
        changed
    }
}
