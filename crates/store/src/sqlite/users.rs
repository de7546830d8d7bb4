//! Users, in SQL.

use chatterbox_core::accounts::{self, Account, AccountChange, Changer, NotChanged};
use chatterbox_core::permissions::Whose;
use chatterbox_core::{emails, usernames};
use chatterbox_protocol::ids::{SessionId, UserId};
use chatterbox_protocol::users::{Role, UserPatch};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::sqlite::writer::{Work, Writing};
use crate::sqlite::{rows, sessions};
use crate::{By, Credentials, NewUser, Refused, Thing, UserRow};

const EXIST: &str = "SELECT EXISTS (SELECT 1 FROM users)";

const USERNAME_TAKEN: &str = "
SELECT EXISTS (SELECT 1 FROM users WHERE username_fold = ?1 OR username_look = ?2 OR username = ?3)";

const EMAIL_TAKEN: &str = "SELECT EXISTS (SELECT 1 FROM users WHERE email_fold = ?1)";

const REGISTER: &str = "
INSERT INTO users (username, username_fold, username_look, email, email_fold, password_hash, role, created_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

/// One statement for all that may have been typed, so that it takes as long whatever is found. A name goes before an
/// address, what was typed before the same without spaces around it, and the exact name before one that differs in case.
const CREDENTIALS: &str = "
SELECT id, username, password_hash, active FROM users
WHERE username IN (?1, ?2) OR username_fold IN (?3, ?4) OR email_fold = ?5
ORDER BY username = ?1 DESC, username_fold = ?3 DESC, username = ?2 DESC, username_fold = ?4 DESC
LIMIT 1";

const REPLACE_PASSWORD_HASH: &str = "
UPDATE users SET password_hash = ?3 WHERE id = ?1 AND password_hash = ?2";

const ACCOUNT: &str = "
SELECT role, active, EXISTS (SELECT 1 FROM users WHERE role = 'owner' AND active = 1 AND id <> ?1) AS another_owner
FROM users WHERE id = ?1";

const SET_PASSWORD_HASH: &str = "UPDATE users SET password_hash = ?2 WHERE id = ?1";

const SET_STANDING: &str = "UPDATE users SET role = ?2, active = ?3 WHERE id = ?1";

const ALL: &str = "SELECT id, username, email, role, active FROM users ORDER BY id";

/// Whether anyone is registered.
pub(crate) fn exist(connection: &Connection) -> rusqlite::Result<bool> {
    connection.prepare_cached(EXIST)?.query_row([], |row| row.get(0))
}

/// Makes an account; the owner's if it is the first.
pub(crate) fn register(connection: &Connection, new: &NewUser) -> Work<UserId> {
    let (username, email) = (new.username.as_str(), new.email.as_str());
    let (fold, look, email_fold) = (usernames::fold(username), usernames::look(username), emails::fold(email));
    // There is one writer: what is free now stays free until this transaction ends.
    if connection.prepare_cached(USERNAME_TAKEN)?.query_row(params![fold, look, username], |row| row.get(0))? {
        return Err(Refused::UsernameTaken.into());
    }
    if connection.prepare_cached(EMAIL_TAKEN)?.query_row([&email_fold], |row| row.get(0))? {
        return Err(Refused::EmailTaken.into());
    }
    let role = if exist(connection)? { Role::Member } else { Role::Owner };
    let id = connection.prepare_cached(REGISTER)?.insert(params![
        username,
        fold,
        look,
        email,
        email_fold,
        new.password_hash,
        role.as_str(),
        new.now.0
    ])?;
    Ok(UserId(id.cast_unsigned()))
}

/// What verifies a login: by the exact name first, because imported names may differ only in case, or have spaces around
/// them.
pub(crate) fn credentials(connection: &Connection, typed: &str) -> rusqlite::Result<Option<Credentials>> {
    let bare = typed.trim();
    // Imported accounts may have no address, or a key in its place that nobody may type.
    let address = Some(emails::fold(bare)).filter(|address| address.contains('@') && !address.contains('\0'));
    let keys = params![typed, bare, usernames::fold(typed), usernames::fold(bare), address];
    connection.prepare_cached(CREDENTIALS)?.query_row(keys, credentials_of).optional()
}

fn credentials_of(row: &Row<'_>) -> rusqlite::Result<Credentials> {
    Ok(Credentials {
        user: UserId(rows::number(row, "id")?),
        username: row.get("username")?,
        password_hash: row.get("password_hash")?,
        active: row.get("active")?,
    })
}

/// Compares and sets. Answers whether it was the old one.
pub(crate) fn replace_password_hash(connection: &Connection, user: UserId, old: &str, new: &str) -> Work<bool> {
    Ok(connection.prepare_cached(REPLACE_PASSWORD_HASH)?.execute(params![user.to_i64(), old, new])? == 1)
}

/// Changes an account if the rules allow it. Answers the sessions that have ended with it.
pub(crate) fn change(writing: &mut Writing<'_>, by: By, user: UserId, change: &AccountChange) -> Work<Vec<SessionId>> {
    let by = match by {
        By::Holder => None,
        By::User(author, now) => {
            let acting = sessions::acting(writing, author, Some(now))?;
            let whose = if author.user == user { Whose::Own } else { Whose::Foreign };
            Some(Changer { role: acting.role, whose, login_age_ms: now.0.saturating_sub(acting.logged_in.0) })
        }
    };
    let connection = writing.connection();
    let of = |row: &Row<'_>| {
        let is_there_another_owner = row.get("another_owner")?;
        Ok(Account { role: rows::role(row, "role")?, active: row.get("active")?, is_there_another_owner })
    };
    let found = connection.prepare_cached(ACCOUNT)?.query_row([user.to_i64()], of).optional()?;
    // Who may change nobody does not learn either who there is.
    let unknown = Account { role: Role::Member, active: true, is_there_another_owner: true };
    accounts::check(found.unwrap_or(unknown), change, by).map_err(|reason| match reason {
        NotChanged::Forbidden => Refused::Forbidden,
        NotChanged::LastOwner => Refused::LastOwner,
        NotChanged::LoginTooOld => Refused::LoginTooOld,
    })?;
    let account = found.ok_or(Refused::NotFound(Thing::User))?;
    let id = user.to_i64();
    match change {
        AccountChange::Password { hash } => connection.prepare_cached(SET_PASSWORD_HASH)?.execute(params![id, hash])?,
        AccountChange::Standing(UserPatch { role, active }) => {
            let (role, active) = (role.unwrap_or(account.role), active.unwrap_or(account.active));
            if (role, active) == (account.role, account.active) {
                return Ok(Vec::new());
            }
            connection.prepare_cached(SET_STANDING)?.execute(params![id, role.as_str(), active])?
        }
    };
    Ok(sessions::end_all(connection, user)?)
}

/// Everyone.
pub(crate) fn all(connection: &Connection) -> rusqlite::Result<Vec<UserRow>> {
    let of = |row: &Row<'_>| {
        Ok(UserRow {
            id: UserId(rows::number(row, "id")?),
            username: row.get("username")?,
            email: row.get("email")?,
            role: rows::role(row, "role")?,
            active: row.get("active")?,
        })
    };
    connection.prepare_cached(ALL)?.query_map([], of)?.collect()
}
