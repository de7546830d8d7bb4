//! The old accounts.

use std::collections::{HashMap, HashSet};

use chatterbox_core::usernames::Username;
use chatterbox_core::{emails, usernames};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::sqlite::import::old::text;
use crate::sqlite::import::{Count, Old};
use crate::{ImportError, Summary};

const TABLE: &str = "users";

const OLD: &str = "SELECT id, username, email, password_hash FROM users ORDER BY id";

const BY_ID: &str = "SELECT username, email FROM users WHERE id = ?1";

const BY_USERNAME: &str = "SELECT id FROM users WHERE username = ?1";

const BY_FOLD: &str = "SELECT id FROM users WHERE username_fold = ?1";

const BY_LOOK: &str = "SELECT id FROM users WHERE username_look = ?1";

const BY_EMAIL: &str = "SELECT id FROM users WHERE email_fold = ?1";

const INSERT: &str = "
INSERT INTO users (id, username, username_fold, username_look, irregular, email, email_fold, password_hash, role,
    created_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'member', CAST(unixepoch('subsec') * 1000 AS INTEGER))";

const HAS_OWNER: &str = "SELECT EXISTS (SELECT 1 FROM users WHERE role = 'owner')";

const MAKE_OWNER: &str = "UPDATE users SET role = 'owner' WHERE id = ?1";

/// An account as the old program had it.
struct OldUser {
    id: i64,
    username: String,
    email: String,
    password_hash: String,
}

/// Brings the accounts in. Answers which name is whose.
pub(super) fn bring_in(
    connection: &Connection,
    old: &Old,
    count: &mut Count<'_>,
    summary: &mut Summary,
) -> Result<HashMap<String, i64>, ImportError> {
    let mut authors = HashMap::new();
    let mut ours = HashSet::new();
    let mut query = old.connection.prepare(OLD)?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let user = OldUser::read(row)?;
        ours.insert(user.id);
        if is_there(connection, &user)? {
            summary.users_already_there += 1;
        } else {
            insert(connection, &user, &ours, summary)?;
            summary.users += 1;
        }
        authors.insert(user.username, user.id);
        count.row();
    }
    make_owner(connection, &authors, summary)?;
    Ok(authors)
}

impl OldUser {
    fn read(row: &Row<'_>) -> Result<Self, ImportError> {
        let id = row.get("id").map_err(|_| bad_row(0, "its id is not a number"))?;
        if !(1..=super::messages::OLD_ID_MAX).contains(&id) {
            return Err(bad_row(id, "its id is out of range"));
        }
        let username = text(row, "username")?.ok_or_else(|| bad_row(id, "it has no username"))?;
        Ok(Self {
            id,
            username,
            email: text(row, "email")?.unwrap_or_default(),
            // The prefix tells the server how to verify it, once.
            password_hash: format!("sha256${}", text(row, "password_hash")?.unwrap_or_default().to_ascii_lowercase()),
        })
    }
}

/// Whether an earlier import has brought this account in. Errors if somebody else has its id or its name.
fn is_there(connection: &Connection, user: &OldUser) -> Result<bool, ImportError> {
    let of = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let found: Option<(String, String)> = connection.prepare_cached(BY_ID)?.query_row([user.id], of).optional()?;
    match found {
        Some((username, email)) if username == user.username && email == user.email => Ok(true),
        Some((username, _)) => Err(collision(user, format!("another account, {username:?}, has its id here"))),
        None => Ok(false),
    }
}

fn insert(
    connection: &Connection,
    user: &OldUser,
    ours: &HashSet<i64>,
    summary: &mut Summary,
) -> Result<(), ImportError> {
    let holder = |query: &str, key: &str| -> rusqlite::Result<Option<i64>> {
        connection.prepare_cached(query)?.query_row([key], |row| row.get(0)).optional()
    };
    if holder(BY_USERNAME, &user.username)?.is_some() {
        return Err(collision(user, format!("another account has its username, {:?}, here", user.username)));
    }
    // Two old accounts may share what must be unique now. The later one gets a key that no typed name can have.
    let key = |query: &str, key: String, what: &str| match holder(query, &key)? {
        None => Ok(key),
        Some(holder) if ours.contains(&holder) => Ok(format!("{key}\0{}", user.id)),
        Some(_) => Err(collision(user, format!("another account has {what} here"))),
    };
    let name = &user.username;
    let fold = key(BY_FOLD, usernames::fold(name), "a username like its own")?;
    let look = key(BY_LOOK, usernames::look(name), "a username that looks like its own")?;
    let is_shared = fold.contains('\0') || look.contains('\0');
    let is_irregular = is_shared || Username::parse(name).map_or(true, |parsed| parsed.as_str() != name);
    let email_fold = key(BY_EMAIL, emails::fold(&user.email), "its e-mail address")?;
    connection.prepare_cached(INSERT)?.execute(params![
        user.id,
        name,
        fold,
        look,
        is_irregular,
        user.email,
        email_fold,
        user.password_hash
    ])?;
    if is_irregular {
        summary.irregular_names.push(name.clone());
    }
    Ok(())
}

/// A server has an owner. If nobody is, it is the old program's first user.
fn make_owner(
    connection: &Connection,
    authors: &HashMap<String, i64>,
    summary: &mut Summary,
) -> Result<(), ImportError> {
    let has_owner: bool = connection.query_row(HAS_OWNER, [], |row| row.get(0))?;
    if let Some((name, id)) = authors.iter().min_by_key(|(_, id)| **id).filter(|_| !has_owner) {
        connection.execute(MAKE_OWNER, [id])?;
        summary.owner = Some(name.clone());
    }
    Ok(())
}

fn bad_row(id: i64, problem: &'static str) -> ImportError {
    ImportError::Row { table: TABLE, id, problem }
}

fn collision(user: &OldUser, taken: String) -> ImportError {
    ImportError::Collision { table: TABLE, id: user.id, taken }
}
