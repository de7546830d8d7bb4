//! The keys by which a name is found and kept from being taken twice. They follow from the name by rules that change with
//! Unicode: a file says which rules made its keys, and gets others when it is opened by a program with others.

use chatterbox_core::usernames::{KEYS_VERSION, Username, fold, look};
use rusqlite::{Connection, TransactionBehavior, params};

/// Holds the version of the keys. It says nothing of the tables, which migrations look after.
const VERSION: &str = "user_version";

/// While all keys are made anew none may be in the way of another. No name has these.
const FREE_ALL: &str = "UPDATE users SET username_fold = char(0) || id, username_look = char(0) || id";

/// Whoever is gone goes by no key.
const ALL: &str = "SELECT id, username FROM users WHERE gone = 0 ORDER BY id";

const FOLD_TAKEN: &str = "SELECT EXISTS (SELECT 1 FROM users WHERE username_fold = ?1)";

const LOOK_TAKEN: &str = "SELECT EXISTS (SELECT 1 FROM users WHERE username_look = ?1)";

const SET: &str = "UPDATE users SET username_fold = ?2, username_look = ?3, irregular = ?4 WHERE id = ?1";

/// Makes the keys anew if other rules made them. Of two accounts whose names share one by today's rules, the older one
/// gets it; the other keeps its name, is marked, and is found by that very name alone.
pub(super) fn bring_up_to_date(connection: &mut Connection) -> rusqlite::Result<()> {
    let version: i32 = connection.pragma_query_value(None, VERSION, |row| row.get(0))?;
    if version == KEYS_VERSION {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let names: Vec<(i64, String)> = {
        let mut query = transaction.prepare(ALL)?;
        query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()?
    };
    transaction.execute(FREE_ALL, [])?;
    let mut shared = 0;
    for (id, name) in names {
        let fold = key(&transaction, FOLD_TAKEN, fold(&name), id)?;
        let look = key(&transaction, LOOK_TAKEN, look(&name), id)?;
        let is_shared = fold.contains('\0') || look.contains('\0');
        let is_irregular = is_shared || Username::parse(&name).map_or(true, |parsed| parsed.as_str() != name);
        transaction.prepare_cached(SET)?.execute(params![id, fold, look, is_irregular])?;
        shared += u64::from(is_shared);
    }
    transaction.pragma_update(None, VERSION, KEYS_VERSION)?;
    transaction.commit()?;
    if shared > 0 {
        tracing::warn!(
            accounts = shared,
            "names are like an older account's: each logs in with its name as it is written"
        );
    }
    Ok(())
}

/// The key, or one that no typed name has if an older account has it already.
fn key(connection: &Connection, taken: &str, key: String, id: i64) -> rusqlite::Result<String> {
    let is_taken: bool = connection.prepare_cached(taken)?.query_row([&key], |row| row.get(0))?;
    Ok(if is_taken { format!("{key}\0{id}") } else { key })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::Sqlite;
    use crate::sqlite::questions::users::credentials;

    /// Names under keys that other rules have made.
    const EARLIER: &str = "
    PRAGMA user_version = 0;
    INSERT INTO users (id, username, username_fold, username_look, email, email_fold, password_hash, role, created_at) VALUES
        (1, 'admin', 'admin', 'admin', '1', '1', 'hash', 'owner', 1),
        (2, 'admi' || char(0x307) || 'n', 'admi-n', 'admi-n', '2', '2', 'hash', 'member', 1),
        (3, 'Işıl', 'işıl', 'lşil', '3', '3', 'hash', 'member', 1),
        (4, 'grace', 'admin' || char(0) || '2', 'grace', '4', '4', 'hash', 'member', 1);";

    #[tokio::test]
    async fn x33_names_of_a_file_with_other_keys_stay_unique_and_go_on_logging_in() {
        let directory = tempfile::tempdir().unwrap();
        drop(Sqlite::open(directory.path()).unwrap());
        let file = Connection::open(directory.path().join("chatterbox.db")).unwrap();
        file.execute_batch(EARLIER).unwrap();
        drop(file);
        for _ in 0..2 {
            let sqlite = Sqlite::open(directory.path()).unwrap();
            let found = |typed: &'static str| {
                let sqlite = &sqlite;
                async move {
                    let found = sqlite.read(move |connection| credentials(connection, typed)).await.unwrap();
                    found.map(|credentials| credentials.user.0)
                }
            };
            assert_eq!(found("ADMIN").await, Some(1));
            assert_eq!(found("admi\u{307}n").await, Some(2));
            assert_eq!(
                found("ADMI\u{307}N").await,
                Some(1),
                "a name that is like another's is found as it is written alone"
            );
            assert_eq!(found("IŞIL").await, Some(3));
            assert_eq!(found("GRACE").await, Some(4));
            let marked: Vec<i64> = sqlite
                .read(|connection| {
                    let mut query = connection.prepare("SELECT id FROM users WHERE irregular ORDER BY id")?;
                    query.query_map([], |row| row.get(0))?.collect()
                })
                .await
                .unwrap();
            assert_eq!(marked, [2]);
        }
    }
}
