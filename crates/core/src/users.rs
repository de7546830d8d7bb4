//! Accounts: who may change somebody's, and what must never come of it.

use chatterbox_protocol::users::{Role, UserPatch};

use crate::permissions::{Action, Whose, may};

/// What is to become of an account.
#[derive(Clone, PartialEq, Eq)]
pub enum AccountChange {
    /// Another password, of which only this hash is known.
    Password {
        /// As the caller's hash function writes it.
        hash: String,
    },
    /// Another role, and whether one may log in to it.
    Standing(UserPatch),
}

/// How long after a login one may change accounts by its session, in milliseconds: whoever finds a page of an
/// administrator's open, or has stolen a token, does not make it their own (threats.md X92).
pub const FRESH_LOGIN_MS: i64 = 15 * 60 * 1_000;

/// Whoever wants an account to be changed, and does not hold the data itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Changer {
    /// Their role.
    pub role: Role,
    /// Whether the account is theirs.
    pub whose: Whose,
    /// How long ago they proved who they are, in milliseconds.
    pub login_age_ms: i64,
}

/// What has to be known of an account before it is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BeforeChange {
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
    /// It would be, if whoever wants it had proved only now who they are.
    LoginTooOld,
}

/// Looks whether an account may be changed. `by` is who wants it; none is whoever holds the data itself, and may do
/// everything but leave the server without an owner (threats.md Z6).
pub fn check(account: BeforeChange, change: &AccountChange, by: Option<Changer>) -> Result<(), NotChanged> {
    let (role, active) = match change {
        AccountChange::Password { .. } => (account.role, account.active),
        AccountChange::Standing(UserPatch { role, active }) => {
            (role.unwrap_or(account.role), active.unwrap_or(account.active))
        }
    };
    if let Some(by) = by {
        let is_about_owners = [account.role, role].contains(&Role::Owner);
        let sets_password = matches!(change, AccountChange::Password { .. });
        let may = may(by.role, Action::ChangeAccount, by.whose);
        if sets_password || !may || (is_about_owners && by.role != Role::Owner) {
            return Err(NotChanged::Forbidden);
        }
    }
    let owned = account.role == Role::Owner && account.active;
    let owns = role == Role::Owner && active;
    if owned && !owns && !account.is_there_another_owner {
        return Err(NotChanged::LastOwner);
    }
    // Last, so that nobody is asked for a password and refused all the same.
    if by.is_some_and(|by| by.login_age_ms > FRESH_LOGIN_MS) {
        return Err(NotChanged::LoginTooOld);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Everything that can be wanted of a role and of the right to log in.
    fn standings() -> Vec<AccountChange> {
        let roles = [None].into_iter().chain(UserPatch::ROLES.map(Some));
        let all = roles.flat_map(|role| [None, Some(true), Some(false)].map(|active| UserPatch { role, active }));
        all.map(AccountChange::Standing).collect()
    }

    fn standing(change: &AccountChange) -> UserPatch {
        let AccountChange::Standing(standing) = change else { panic!("a password has no standing") };
        *standing
    }

    fn account(role: Role) -> BeforeChange {
        BeforeChange { role, active: true, is_there_another_owner: true }
    }

    fn by(role: Role, whose: Whose) -> Option<Changer> {
        Some(Changer { role, whose, login_age_ms: 0 })
    }

    #[test]
    fn z1_owners_change_whom_they_like_administrators_no_owner_and_nobody_else_anybody() {
        for role in Role::ALL {
            for whose in Role::ALL {
                for change in standings() {
                    let about_owners = whose == Role::Owner || standing(&change).role == Some(Role::Owner);
                    let allowed = role == Role::Owner || (role == Role::Admin && !about_owners);
                    let decided = check(account(whose), &change, by(role, Whose::Foreign));
                    assert_eq!(decided.is_ok(), allowed, "{role:?} {whose:?}");
                    // Nobody locks themselves out, or gives themselves more.
                    assert_eq!(check(account(role), &change, by(role, Whose::Own)), Err(NotChanged::Forbidden));
                }
                let password = AccountChange::Password { hash: String::new() };
                assert!(check(account(whose), &password, by(role, Whose::Foreign)).is_err());
                assert!(check(account(whose), &password, None).is_ok());
            }
        }
    }

    #[test]
    fn z6_the_last_active_owner_stays_whoever_asks() {
        for by in [None, by(Role::Owner, Whose::Foreign)] {
            for change in standings() {
                let UserPatch { role, active } = standing(&change);
                let takes = role.is_some_and(|role| role != Role::Owner) || active == Some(false);
                let last = BeforeChange { is_there_another_owner: false, ..account(Role::Owner) };
                assert_eq!(check(last, &change, by), if takes { Err(NotChanged::LastOwner) } else { Ok(()) });
                assert_eq!(check(account(Role::Owner), &change, by), Ok(()));
                // One who may not log in owns nothing any more.
                assert_eq!(check(BeforeChange { active: false, ..last }, &change, by), Ok(()));
                assert_eq!(check(BeforeChange { role: Role::Admin, ..last }, &change, by), Ok(()));
            }
        }
    }

    #[test]
    fn x92_who_logged_in_a_quarter_of_an_hour_ago_changes_no_account_and_is_told_so_only_if_that_is_all() {
        for change in standings() {
            let (fresh, old) = (FRESH_LOGIN_MS, FRESH_LOGIN_MS + 1);
            let aged = |role, login_age_ms| Some(Changer { role, whose: Whose::Foreign, login_age_ms });
            assert_eq!(check(account(Role::Member), &change, aged(Role::Owner, fresh)), Ok(()));
            assert_eq!(check(account(Role::Member), &change, aged(Role::Owner, old)), Err(NotChanged::LoginTooOld));
            assert_eq!(check(account(Role::Owner), &change, aged(Role::Admin, old)), Err(NotChanged::Forbidden));
        }
    }
}
