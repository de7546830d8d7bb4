//! Facts of accounts.

use std::collections::BTreeSet;

use chatterbox_core::changes::{Facts, UserFact, UserFacts};
use chatterbox_protocol::ids::{Seq, UserId};
use chatterbox_protocol::profiles::Profile;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{first_number, last_number};
use crate::sqlite::questions::users;
use crate::sqlite::rows;

const BY_ID: &str = "
SELECT username, username_fold, username_look, irregular, email, email_fold, password_hash, role, active, created_at,
    account_seq, card_seq, display_name, bio, pronouns, time_zone, status_emoji, status_text, status_until, picture
FROM users WHERE id = ?1";

const BY_NAME: &str = "SELECT id FROM users WHERE username = ?1";

const BY_FOLD: &str = "SELECT id FROM users WHERE username_fold = ?1";

const BY_LOOK: &str = "SELECT id FROM users WHERE username_look = ?1";

const BY_EMAIL: &str = "SELECT id FROM users WHERE email_fold = ?1";

const ACTIVE_OWNERS: &str = "SELECT id FROM users WHERE role = 'owner' AND active = 1";

const WRITE: &str = "
INSERT INTO users (id, username, username_fold, username_look, irregular, email, email_fold, password_hash, role, active,
    created_at, account_seq, card_seq, display_name, bio, pronouns, time_zone, status_emoji, status_text, status_until, picture)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)
ON CONFLICT (id) DO UPDATE SET username = excluded.username, username_fold = excluded.username_fold,
    username_look = excluded.username_look, irregular = excluded.irregular, email = excluded.email,
    email_fold = excluded.email_fold, password_hash = excluded.password_hash, role = excluded.role,
    active = excluded.active, account_seq = excluded.account_seq, card_seq = excluded.card_seq,
    display_name = excluded.display_name, bio = excluded.bio, pronouns = excluded.pronouns,
    time_zone = excluded.time_zone, status_emoji = excluded.status_emoji, status_text = excluded.status_text,
    status_until = excluded.status_until, picture = excluded.picture";

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
        profile: Box::new(rows::profile(row)?),
        created: rows::time(row, "created_at")?,
        account_seq: Seq(rows::number(row, "account_seq")?),
        card_seq: Seq(rows::number(row, "card_seq")?),
    })
}

fn holder(connection: &Connection, query: &'static str, what: &str) -> rusqlite::Result<Option<UserId>> {
    connection.prepare_cached(query)?.query_row([what], |row| first_number(row).map(UserId)).optional()
}

pub(super) fn look_for_name(connection: &Connection, name: &str, facts: &mut Facts) -> rusqlite::Result<()> {
    facts.users.usernames.learn(name.to_owned(), holder(connection, BY_NAME, name)?);
    Ok(())
}

pub(super) fn look_for_fold(connection: &Connection, fold: &str, facts: &mut Facts) -> rusqlite::Result<()> {
    facts.users.folds.learn(fold.to_owned(), holder(connection, BY_FOLD, fold)?);
    Ok(())
}

pub(super) fn look_for_look(connection: &Connection, look: &str, facts: &mut Facts) -> rusqlite::Result<()> {
    facts.users.looks.learn(look.to_owned(), holder(connection, BY_LOOK, look)?);
    Ok(())
}

pub(super) fn look_for_email(connection: &Connection, fold: &str, facts: &mut Facts) -> rusqlite::Result<()> {
    facts.users.emails.learn(fold.to_owned(), holder(connection, BY_EMAIL, fold)?);
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
            picture
        ])?;
    }
    Ok(())
}
