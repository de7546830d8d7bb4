//! Accounts: who may change somebody's, and what must never come of it.

use chatterbox_protocol::users::Role;

use crate::permissions::{Action, Whose, may};

/// What is to become of an account.
#[derive(Clone, PartialEq, Eq)]
pub enum AccountChange {
    /// Another password, of which only this hash is known.
    Password {
        /// As the caller's hash function writes it.
        hash: String,
    },
    /// Another role.
    Role(Role),
    /// Whether one may log in to it.
    Active(bool),
}

/// What has to be known of an account before it is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account {
    /// Its role.
    pub role: Role,
    /// Whether one may log in to it.
    pub active: bool,
    /// Whether there is another active owner.
    pub is_there_another_owner: bool,
}

/// Why an account is not changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotChanged {
    /// It is not for this one to change.
    Forbidden,
    /// Nobody would own the server any more.
    LastOwner,
}

/// Looks whether an account may be changed. `by` is the role of who wants it and whose the account is; none is whoever holds
/// the data itself, and may do everything but leave the server without an owner (threats.md Z6).
pub fn check(account: Account, change: &AccountChange, by: Option<(Role, Whose)>) -> Result<(), NotChanged> {
    if let Some((role, whose)) = by {
        let makes_owner = *change == AccountChange::Role(Role::Owner);
        let is_about_owners = account.role == Role::Owner || makes_owner;
        let sets_password = matches!(change, AccountChange::Password { .. });
        if sets_password || !may(role, Action::ChangeAccount, whose) || (is_about_owners && role != Role::Owner) {
            return Err(NotChanged::Forbidden);
        }
    }
    let owns = account.role == Role::Owner && account.active;
    let goes =
        matches!(change, AccountChange::Role(role) if *role != Role::Owner) || *change == AccountChange::Active(false);
    if owns && goes && !account.is_there_another_owner {
        return Err(NotChanged::LastOwner);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHANGES: [AccountChange; 5] = [
        AccountChange::Role(Role::Owner),
        AccountChange::Role(Role::Admin),
        AccountChange::Role(Role::Member),
        AccountChange::Active(true),
        AccountChange::Active(false),
    ];

    fn account(role: Role) -> Account {
        Account { role, active: true, is_there_another_owner: true }
    }

    #[test]
    fn z1_owners_change_whom_they_like_administrators_no_owner_and_nobody_else_anybody() {
        for by in Role::ALL {
            for whose in Role::ALL {
                for change in &CHANGES {
                    let about_owners = whose == Role::Owner || *change == CHANGES[0];
                    let allowed = by == Role::Owner || (by == Role::Admin && !about_owners);
                    let decided = check(account(whose), change, Some((by, Whose::Foreign)));
                    assert_eq!(decided.is_ok(), allowed, "{by:?} {whose:?}");
                    // Nobody locks themselves out, or gives themselves more.
                    assert_eq!(check(account(by), change, Some((by, Whose::Own))), Err(NotChanged::Forbidden));
                }
                let password = AccountChange::Password { hash: String::new() };
                assert!(check(account(whose), &password, Some((by, Whose::Foreign))).is_err());
                assert!(check(account(whose), &password, None).is_ok());
            }
        }
    }

    #[test]
    fn z6_the_last_active_owner_stays_whoever_asks() {
        for by in [None, Some((Role::Owner, Whose::Foreign))] {
            for change in &CHANGES {
                let takes =
                    matches!(change, AccountChange::Active(false) | AccountChange::Role(Role::Admin | Role::Member));
                let last = Account { is_there_another_owner: false, ..account(Role::Owner) };
                assert_eq!(check(last, change, by), if takes { Err(NotChanged::LastOwner) } else { Ok(()) });
                assert_eq!(check(account(Role::Owner), change, by), Ok(()));
                // One who may not log in owns nothing any more.
                assert_eq!(check(Account { active: false, ..last }, change, by), Ok(()));
                assert_eq!(check(Account { role: Role::Admin, ..last }, change, by), Ok(()));
            }
        }
    }
}
