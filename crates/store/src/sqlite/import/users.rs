//! The old accounts.

use std::collections::{HashMap, HashSet};

use chatterbox_core::changes::{AccountTaken, ImportAccount, ImportedAccount, MakeOwner};
use chatterbox_protocol::ids::UserId;
use chatterbox_protocol::time::Timestamp;
use rusqlite::Row;

use crate::sqlite::import::old::text;
use crate::sqlite::import::{Bringing, Count, Old};
use crate::{ImportError, Summary};

const TABLE: &str = "users";

const OLD: &str = "SELECT id, username, email, password_hash FROM users ORDER BY id";

/// An account as the old program had it.
struct OldUser {
    id: i64,
    username: String,
    email: String,
    password_hash: String,
}

/// Brings the accounts in. Answers which name is whose.
pub(super) fn bring_in(
    bringing: &mut Bringing,
    old: &Old,
    count: &mut Count<'_>,
    summary: &mut Summary,
) -> Result<HashMap<String, UserId>, ImportError> {
    let mut authors = HashMap::new();
    let mut looked_at = HashSet::new();
    let now = Timestamp(jiff::Timestamp::now().as_millisecond());
    let mut query = old.connection.prepare(OLD)?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let OldUser { id, username, email, password_hash } = OldUser::read(row)?;
        let user = UserId(id.cast_unsigned());
        looked_at.insert(user);
        let name = username.clone();
        let import = ImportAccount { id: user, username, email, password_hash, now, looked_at: &looked_at };
        match bringing.make(import)? {
            Ok(ImportedAccount::AlreadyThere) => summary.users_already_there += 1,
            Ok(ImportedAccount::New { is_irregular }) => {
                summary.users += 1;
                summary.irregular_names.extend(is_irregular.then(|| name.clone()));
            }
            Err(taken) => return Err(ImportError::Collision { table: TABLE, id, taken: said(&taken, &name) }),
        }
        authors.insert(name, user);
        count.row();
    }
    // A server has an owner. If nobody is, it is the old program's first user.
    if let Some((name, user)) = authors.iter().min_by_key(|(_, user)| **user)
        && bringing.make(MakeOwner { user: *user })?
    {
        summary.owner = Some(name.clone());
    }
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

/// What is taken, and by what.
fn said(taken: &AccountTaken, name: &str) -> String {
    match taken {
        AccountTaken::Id(holder) => format!("another account, {holder:?}, has its id here"),
        AccountTaken::Username => format!("another account has its username, {name:?}, here"),
        AccountTaken::Fold => "another account has a username like its own here".to_owned(),
        AccountTaken::Look => "another account has a username that looks like its own here".to_owned(),
        AccountTaken::Email => "another account has its e-mail address here".to_owned(),
    }
}

fn bad_row(id: i64, problem: &'static str) -> ImportError {
    ImportError::Row { table: TABLE, id, problem }
}
