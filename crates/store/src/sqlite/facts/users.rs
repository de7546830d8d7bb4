//! Facts of accounts.

use std::collections::BTreeSet;

use chatterbox_core::changes::{Facts, UserFact, UserFacts};
use chatterbox_protocol::ids::{Seq, UserId};
use chatterbox_protocol::profiles::Profile;
use rusqlite::{Connection, OptionalExtension, Params, Row, params};
use sha2::{Digest, Sha256};

use super::{first_number, last_number};
use crate::sqlite::questions::users;
use crate::sqlite::rows;

const BY_ID: &str = "
SELECT username, username_fold, username_look, irregular, email, email_fold, password_hash, role, active, gone, created_at,
    account_seq, card_seq, display_name, bio, pronouns, time_zone, status_emoji, status_text, status_until, picture
FROM users WHERE id = ?1";

const BY_NAME: &str = "SELECT id FROM users WHERE username = ?1";

const BY_FOLD: &str = "
SELECT id FROM users WHERE username_fold = ?1 UNION ALL SELECT user_id FROM former_names WHERE fold = ?2 LIMIT 1";

const BY_LOOK: &str = "
SELECT id FROM users WHERE username_look = ?1 UNION ALL SELECT user_id FROM former_names WHERE look = ?2 LIMIT 1";

const BY_EMAIL: &str = "SELECT id FROM users WHERE email_fold = ?1";

/// Somebody else may have taken the address that this one gives up, and be written first.
const FREE_ADDRESS: &str = "UPDATE users SET email_fold = char(0) || id WHERE id = ?1 AND email_fold <> ?2";

const WRITE_FORMER: &str = "
INSERT INTO former_names (fold, look, user_id) VALUES (?1, ?2, ?3) ON CONFLICT (fold, look) DO NOTHING";

/// What is somebody's own: all that cannot be without them, but what they were to rooms.
const OWN: &str = "
SELECT tables.name, keys.\"from\" FROM sqlite_schema AS tables, pragma_foreign_key_list(tables.name) AS keys
WHERE tables.type = 'table' AND tables.name <> 'memberships' AND keys.\"table\" = 'users' AND keys.on_delete = 'CASCADE'";

const ACTIVE_OWNERS: &str = "SELECT id FROM users WHERE role = 'owner' AND active = 1";

const WRITE: &str = "
INSERT INTO users (id, username, username_fold, username_look, irregular, email, email_fold, password_hash, role, active,
    created_at, account_seq, card_seq, display_name, bio, pronouns, time_zone, status_emoji, status_text, status_until, picture, gone)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22)
ON CONFLICT (id) DO UPDATE SET username = excluded.username, username_fold = excluded.username_fold,
    username_look = excluded.username_look, irregular = excluded.irregular, email = excluded.email,
    email_fold = excluded.email_fold, password_hash = excluded.password_hash, role = excluded.role,
    active = excluded.active, account_seq = excluded.account_seq, card_seq = excluded.card_seq,
    display_name = excluded.display_name, bio = excluded.bio, pronouns = excluded.pronouns,
    time_zone = excluded.time_zone, status_emoji = excluded.status_emoji, status_text = excluded.status_text,
    status_until = excluded.status_until, picture = excluded.picture, gone = excluded.gone";

pub(super) fn look(connection: &Connection, id: UserId, facts: &mut Facts) -> rusqlite::Result<()> {
    let found = connection.prepare_cached(BY_ID)?.query_row([id.to_i64()], fact_of).optional()?;
    facts.users.rows.learn(id, found);
    Ok(())
}

fn fact_of(row: &Row<'_>) -> rusqlite::Result<UserFact> {
    Ok(UserFact {
        username: row.get("username")?,
        username_fold: row.get("username_fold")?,
        username_look: row.get("username_look")?,
        irregular: row.get("irregular")?,
        email: row.get("email")?,
        email_fold: row.get("email_fold")?,
        password_hash: row.get("password_hash")?,
        role: rows::role(row, "role")?,
        active: row.get("active")?,
        gone: row.get("gone")?,
        profile: Box::new(rows::profile(row)?),
        created: rows::time(row, "created_at")?,
        account_seq: Seq(rows::number(row, "account_seq")?),
        card_seq: Seq(rows::number(row, "card_seq")?),
    })
}

fn holder(connection: &Connection, query: &'static str, what: impl Params) -> rusqlite::Result<Option<UserId>> {
    connection.prepare_cached(query)?.query_row(what, |row| first_number(row).map(UserId)).optional()
}

/// What is kept of a former name: enough to know it again, and not to read it, because it may be of somebody who is gone.
fn print(key: &str) -> [u8; 32] {
    Sha256::digest(key).into()
}

pub(super) fn look_for_name(connection: &Connection, name: &str, facts: &mut Facts) -> rusqlite::Result<()> {
    facts.users.usernames.learn(name.to_owned(), holder(connection, BY_NAME, [name])?);
    Ok(())
}

pub(super) fn look_for_fold(connection: &Connection, fold: &str, facts: &mut Facts) -> rusqlite::Result<()> {
    facts.users.folds.learn(fold.to_owned(), holder(connection, BY_FOLD, params![fold, print(fold)])?);
    Ok(())
}

pub(super) fn look_for_look(connection: &Connection, look: &str, facts: &mut Facts) -> rusqlite::Result<()> {
    facts.users.looks.learn(look.to_owned(), holder(connection, BY_LOOK, params![look, print(look)])?);
    Ok(())
}

pub(super) fn look_for_email(connection: &Connection, fold: &str, facts: &mut Facts) -> rusqlite::Result<()> {
    facts.users.emails.learn(fold.to_owned(), holder(connection, BY_EMAIL, [fold])?);
    Ok(())
}

pub(super) fn look_for_anybody(connection: &Connection, facts: &mut Facts) -> rusqlite::Result<()> {
    facts.users.learn_anybody(users::exist(connection)?);
    Ok(())
}

pub(super) fn look_for_active_owners(connection: &Connection, facts: &mut Facts) -> rusqlite::Result<()> {
    let mut query = connection.prepare_cached(ACTIVE_OWNERS)?;
    let owners =
        query.query_map([], |row| first_number(row).map(UserId))?.collect::<rusqlite::Result<BTreeSet<_>>>()?;
    facts.users.learn_active_owners(owners);
    Ok(())
}

pub(super) fn look_for_last(connection: &Connection, facts: &mut Facts) -> rusqlite::Result<()> {
    facts.users.learn_last(UserId(last_number(connection, "users")?));
    Ok(())
}

pub(super) fn write(connection: &Connection, users: &UserFacts) -> rusqlite::Result<()> {
    if users.rows.to_write().nth(1).is_some() {
        for (id, account, _) in users.rows.to_write().filter(|(.., is_new)| !is_new) {
            connection.prepare_cached(FREE_ADDRESS)?.execute(params![id.to_i64(), account.email_fold])?;
        }
    }
    for (id, account, _) in users.rows.to_write() {
        let Profile { name, bio, pronouns, time_zone, status, picture } = account.profile.as_ref();
        connection.prepare_cached(WRITE)?.execute(params![
            id.to_i64(),
            account.username,
            account.username_fold,
            account.username_look,
            account.irregular,
            account.email,
            account.email_fold,
            account.password_hash,
            account.role.as_str(),
            account.active,
            account.created.0,
            account.account_seq.to_i64(),
            account.card_seq.to_i64(),
            name,
            bio,
            pronouns,
            time_zone,
            status.as_ref().map_or("", |status| &status.emoji),
            status.as_ref().map_or("", |status| &status.text),
            status.as_ref().and_then(|status| status.until).map(|until| until.0),
            picture,
            account.gone
        ])?;
    }
    for (name, id, _) in users.former.to_write() {
        let values = params![print(&name.fold), print(&name.look), id.to_i64()];
        connection.prepare_cached(WRITE_FORMER)?.execute(values)?;
    }
    Ok(())
}

/// Of whoever is gone, nothing of their own stays, whatever there is by now that people have of their own.
pub(super) fn forget_who_is_gone(connection: &Connection, users: &UserFacts) -> rusqlite::Result<()> {
    for (id, ..) in users.rows.to_write().filter(|(_, account, _)| account.gone) {
        let mut own = connection.prepare_cached(OWN)?;
        let own = own.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<Vec<_>>>()?;
        for (table, column) in own {
            let (table, column): (String, String) = (table, column);
            connection.execute(&format!("DELETE FROM \"{table}\" WHERE \"{column}\" = ?1"), [id.to_i64()])?;
        }
    }
    Ok(())
}
