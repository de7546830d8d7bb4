//! Questions about users and what proves them, in SQL.

use chatterbox_core::logs::Latest;
use chatterbox_core::permissions::{Action, Whose, may};
use chatterbox_core::{emails, usernames};
use chatterbox_protocol::ids::{Seq, UserId};
use chatterbox_protocol::logs::{Card, Entry, OwnAccount};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::sqlite::questions::strand::Strand;
use crate::sqlite::questions::{Answered, Question, Snapshot, permit};
use crate::sqlite::rows;
use crate::{Actor, AllUsers, Credentials, CredentialsOf, House, IsAnybodyHere, OwnAddress, Stranger, UserRow};

const EXIST: &str = "SELECT EXISTS (SELECT 1 FROM users)";

/// One statement for all that may have been typed, so that it takes as long whatever is found. A name goes before an
/// address, what was typed before the same without spaces around it, and the exact name before one that differs in case.
const CREDENTIALS: &str = "
SELECT id, username, email, password_hash, active FROM users
WHERE username IN (?1, ?2) OR username_fold IN (?3, ?4) OR email_fold = ?5
ORDER BY username = ?1 DESC, username_fold = ?3 DESC, username = ?2 DESC, username_fold = ?4 DESC
LIMIT 1";

const ADDRESS: &str = "SELECT email FROM users WHERE id = ?1";

const ALL: &str = "SELECT id, username, email, role, active FROM users WHERE gone = 0 ORDER BY id";

/// What an account is to its user, in that user's own log.
pub(super) const ACCOUNT: Strand = Strand {
    since: "
SELECT id, username, role, account_seq, display_name, bio, pronouns, time_zone, status_emoji, status_text, status_until, picture
FROM users WHERE id = ?1 AND account_seq > ?2 LIMIT ?3",
    read: |row| {
        let profile = Box::new(rows::profile(row)?);
        let account = OwnAccount { username: row.get(1)?, role: rows::role(row, 2)?, profile };
        Ok(Latest::State(Entry::account(Seq(rows::number(row, 3)?), UserId(rows::number(row, 0)?), account)))
    },
};

/// What everybody knows of accounts, in the house's log.
pub(super) const CARDS: Strand = Strand {
    since: "
SELECT id, username, role, active, card_seq, display_name, bio, pronouns, time_zone, status_emoji, status_text, status_until, picture, gone
FROM users WHERE card_seq > ?2 ORDER BY card_seq LIMIT ?3",
    read: |row| {
        let profile = Box::new(rows::profile(row)?);
        let (active, gone) = (row.get(3)?, row.get("gone")?);
        let card = Card { username: row.get(1)?, role: rows::role(row, 2)?, active, gone, profile };
        Ok(Latest::State(Entry::card(Seq(rows::number(row, 4)?), UserId(rows::number(row, 0)?), card)))
    },
};

/// Whether anyone is registered.
pub(in crate::sqlite) fn exist(connection: &Connection) -> rusqlite::Result<bool> {
    connection.prepare_cached(EXIST)?.query_row([], |row| row.get(0))
}

/// What verifies a login: by the exact name first, because imported names may differ only in case, or have spaces around
/// them.
pub(in crate::sqlite) fn credentials(connection: &Connection, typed: &str) -> rusqlite::Result<Option<Credentials>> {
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
        email: row.get("email")?,
        password_hash: row.get("password_hash")?,
        active: row.get("active")?,
    })
}

impl Question<Stranger> for IsAnybodyHere {
    type Answer = bool;

    fn answer(self, _: Stranger, snapshot: &Snapshot<'_>) -> Answered<bool> {
        Ok(exist(snapshot.connection)?)
    }
}

impl Question<Stranger> for CredentialsOf {
    type Answer = Option<Credentials>;

    fn answer(self, _: Stranger, snapshot: &Snapshot<'_>) -> Answered<Self::Answer> {
        Ok(credentials(snapshot.connection, &self.typed)?)
    }
}

impl Question<House> for CredentialsOf {
    type Answer = Option<Credentials>;

    fn answer(self, _: House, snapshot: &Snapshot<'_>) -> Answered<Self::Answer> {
        Ok(credentials(snapshot.connection, &self.typed)?)
    }
}

impl Question<Actor> for OwnAddress {
    type Answer = String;

    fn answer(self, by: Actor, snapshot: &Snapshot<'_>) -> Answered<String> {
        permit(by.role, Action::SeeAddresses, Whose::Own)?;
        let of = |row: &Row<'_>| row.get(0);
        Ok(snapshot.connection.prepare_cached(ADDRESS)?.query_row([by.user.to_i64()], of)?)
    }
}

impl Question<Actor> for AllUsers {
    type Answer = Vec<UserRow>;

    fn answer(self, by: Actor, snapshot: &Snapshot<'_>) -> Answered<Self::Answer> {
        permit(by.role, Action::ListUsers, Whose::Foreign)?;
        let sees_addresses = may(by.role, Action::SeeAddresses, Whose::Foreign);
        let of = |row: &Row<'_>| {
            Ok(UserRow {
                id: UserId(rows::number(row, "id")?),
                username: row.get("username")?,
                email: if sees_addresses { Some(row.get("email")?) } else { None },
                role: rows::role(row, "role")?,
                active: row.get("active")?,
            })
        };
        let mut query = snapshot.connection.prepare_cached(ALL)?;
        Ok(query.query_map([], of)?.collect::<rusqlite::Result<_>>()?)
    }
}
