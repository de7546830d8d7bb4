//! Moving in from the original program.

use std::fs;
use std::path::{Path, PathBuf};

use chatterbox_core::changes::{Author, DeleteMessage, EditMessage, LogIn, Refused, ReplacePasswordHash};
use chatterbox_protocol::ids::{Seq, UserId};
use chatterbox_protocol::time::Timestamp;
use chatterbox_protocol::users::Role;
use chatterbox_store::{AllUsers, ImportError, OpenError, Progress, Store, Summary, import_chatterbox};
use rusqlite::{Connection, params};
use tempfile::TempDir;

use crate::world::{START, asks, credentials, directory, log_in, newest, open, options, register};

const SCHEMA: &str = "
CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT UNIQUE, email TEXT UNIQUE, password_hash TEXT);
CREATE TABLE messages (id INTEGER PRIMARY KEY, username TEXT, message TEXT, timestamp TEXT, seen INTEGER DEFAULT 0);";

/// SHA-256 of "password", as the old program kept it.
const OLD_HASH: &str = "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8";

/// An old chat.db, and a data directory to move to.
struct Move {
    directory: TempDir,
}

impl Move {
    fn new() -> Self {
        let moving = Self { directory: directory() };
        moving.old().execute_batch(SCHEMA).unwrap();
        moving
    }

    /// Ada and Grace, who have talked, and Charles, who is gone.
    fn with_history() -> Self {
        let moving = Self::new();
        moving.user(1, "ada");
        moving.user(2, "grace");
        moving.message(1, "ada", "Is anyone here?", "2024-05-06 07:08:09");
        moving.message(2, "charles", "I was.", "2024-05-06T07:09:00Z");
        moving.message(5, "grace", "I am!", "2024-05-06T07:10:00.500+00:00");
        moving
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("chat.db")
    }

    fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    fn old(&self) -> Connection {
        Connection::open(self.path()).unwrap()
    }

    fn user(&self, id: i64, name: &str) {
        let user = params![id, name, format!("{name}@example.org"), OLD_HASH];
        self.old().execute("INSERT INTO users VALUES (?1, ?2, ?3, ?4)", user).unwrap();
    }

    fn message(&self, id: i64, name: &str, text: &str, time: &str) {
        let message = params![id, name, text, time];
        self.old()
            .execute("INSERT INTO messages (id, username, message, timestamp) VALUES (?1, ?2, ?3, ?4)", message)
            .unwrap();
    }

    fn import(&self) -> Result<Summary, ImportError> {
        import_chatterbox(&options(&self.data()), &self.path(), &mut |_| ())
    }

    fn store(&self) -> Store {
        open(&self.data())
    }
}

#[tokio::test]
async fn users_and_messages_move_in_with_their_ids_times_and_passwords() {
    let moving = Move::with_history();
    let summary = moving.import().unwrap();
    let expected = Summary { users: 2, messages: 3, owner: Some("ada".to_owned()), ..Summary::default() };
    assert_eq!(summary, expected);

    let store = moving.store();
    let page = newest(&store, 50).await;
    let rows: Vec<_> = page
        .messages
        .iter()
        .map(|row| (row.id.0, row.seq.0, row.author.map(|id| id.0), row.username.as_str(), row.time.0))
        .collect();
    assert_eq!(
        rows,
        [
            (1, 1, Some(1), "ada", 1_714_979_289_000),
            (2, 2, None, "charles", 1_714_979_340_000),
            (5, 3, Some(2), "grace", 1_714_979_400_500),
        ]
    );
    assert_eq!((page.messages[0].text.as_str(), page.seq), ("Is anyone here?", Seq(3)));
    let users = asks(&store, AllUsers).await;
    assert_eq!((users[0].role, users[1].role), (Role::Owner, Role::Member));
    let credentials = credentials(&store, "Grace").await.unwrap();
    assert_eq!(credentials.password_hash, format!("sha256${OLD_HASH}"));
}

#[tokio::test]
async fn an_old_name_logs_in_as_it_is_before_it_is_taken_for_an_address_or_a_name_with_stray_spaces() {
    let moving = Move::new();
    for (id, name, address) in [
        (1, "ada", "ada@example.org"),
        (2, "ada@example.org", "other@example.org"),
        (3, " ada ", ""),
        (4, "Grace@Example.org", "grace@example.net"),
        (5, "grace", "GRACE@example.org"),
        (6, "eve", "Eve@Example.org"),
        (7, "mallory", "eve@example.ORG"),
    ] {
        let user = params![id, name, address, OLD_HASH];
        moving.old().execute("INSERT INTO users VALUES (?1, ?2, ?3, ?4)", user).unwrap();
    }
    moving.import().unwrap();
    let store = moving.store();
    for (typed, whose) in [
        ("ada", Some(1)),
        ("ada ", Some(1)),
        (" ada ", Some(3)),
        (" ADA ", Some(3)),
        ("\tada\n", Some(1)),
        ("ada@example.org", Some(2)),
        (" Ada@example.org", Some(2)),
        ("other@example.org", Some(2)),
        ("grace@example.org", Some(4)),
        ("grace@example.net", Some(4)),
        // Of two accounts with one address the older one has it, and nobody types the key of the other.
        ("eve@example.org", Some(6)),
        ("eve@example.org\u{0}7", None),
        ("", None),
        (" ", None),
        ("@", None),
        ("nobody@example.org", None),
    ] {
        let found = credentials(&store, typed).await.map(|found| found.user.0);
        assert_eq!(found, whose, "{typed:?}");
    }
}

#[tokio::test]
async fn moving_in_twice_changes_nothing_and_brings_what_is_new() {
    let moving = Move::with_history();
    moving.import().unwrap();
    let before = newest(&moving.store(), 50).await;
    let again = Summary { users_already_there: 2, messages_already_there: 3, ..Summary::default() };
    assert_eq!(moving.import().unwrap(), again);
    assert_eq!(newest(&moving.store(), 50).await, before);

    moving.user(3, "linus");
    moving.message(6, "linus", "Am I late?", "yesterday");
    let summary = moving.import().unwrap();
    assert_eq!((summary.users, summary.messages, summary.unreadable_times), (1, 1, 1));
    assert_eq!(moving.import().unwrap().messages_already_there, 4);
    let page = newest(&moving.store(), 50).await;
    let last = page.messages.last().unwrap();
    assert_eq!((last.seq, last.author, last.time), (Seq(4), Some(UserId(3)), before.messages[2].time));
}

#[tokio::test]
async fn what_was_changed_after_moving_in_stays_changed() {
    let moving = Move::with_history();
    moving.import().unwrap();
    let store = moving.store();
    let is_replaced = store
        .change(ReplacePasswordHash { user: UserId(1), old: format!("sha256${OLD_HASH}"), new: "modern".to_owned() })
        .await
        .unwrap();
    assert_eq!(is_replaced, Ok(true));
    let session = store.change(LogIn { password_hash: "modern".to_owned(), ..log_in("ada") }).await.unwrap().unwrap();
    let ada = Author { user: UserId(1), session };
    let page = newest(&store, 50).await;
    let (id, text) = (page.messages[0].id, "Hello?".into());
    store.change(EditMessage { by: ada, id, text, now: START }).await.unwrap().unwrap();
    store.change(DeleteMessage { by: ada, id: page.messages[1].id, now: START }).await.unwrap().unwrap();
    store.close().await;
    assert_eq!(moving.import().unwrap().messages_already_there, 3);
    let store = moving.store();
    let texts: Vec<_> = newest(&store, 50).await.messages.into_iter().map(|row| row.text).collect();
    assert_eq!(texts, ["Hello?", "I am!"]);
    assert_eq!(credentials(&store, "ada").await.unwrap().password_hash, "modern");
}

#[tokio::test]
async fn names_that_the_rules_refuse_now_are_kept_and_log_in_exactly() {
    let moving = Move::new();
    for (id, name) in [(1, "Bob"), (2, "bob"), (3, "two  spaces"), (4, "рау"), (5, "pay"), (6, "evil\u{202e}name")] {
        moving.user(id, name);
    }
    let summary = moving.import().unwrap();
    assert_eq!(summary.irregular_names, ["bob", "two  spaces", "pay", "evil\u{202e}name"]);
    let store = moving.store();
    for (typed, id) in [("Bob", 1), ("bob", 2), ("BOB", 1), ("two  spaces", 3), ("рау", 4), ("pay", 5), ("Pay", 5)] {
        let found = credentials(&store, typed).await.map(|credentials| credentials.user);
        assert_eq!(found, Some(UserId(id)), "{typed}");
    }
    for name in ["BOB", "b0b"] {
        let mut new = register(name);
        new.email = register("nobody else").email;
        assert_eq!(store.change(new).await.unwrap(), Err(Refused::UsernameTaken), "{name}");
    }
    store.close().await;
    assert_eq!(moving.import().unwrap().users_already_there, 6);
}

#[tokio::test]
async fn odd_values_of_an_old_file_are_taken_as_they_are() {
    let moving = Move::new();
    moving
        .old()
        .execute_batch(
            "ALTER TABLE messages DROP COLUMN seen;
            INSERT INTO users VALUES (1, 'ada', NULL, NULL), (4, 'grace', 'NOT AN ADDRESS', x'41');
            INSERT INTO users VALUES (5, 'linus', 'not an address', NULL);
            INSERT INTO messages VALUES (1, NULL, NULL, NULL), (2, 'ada', 42, 1714979289), (3, 'ada', x'ff41', 1714979289.5);",
        )
        .unwrap();
    let summary = moving.import().unwrap();
    assert_eq!((summary.users, summary.messages, summary.unreadable_times), (3, 3, 1));
    let page = newest(&moving.store(), 50).await;
    let rows: Vec<_> = page.messages.iter().map(|row| (row.username.as_str(), row.text.as_str(), row.time)).collect();
    assert_eq!(
        rows,
        [
            ("", "", Timestamp(0)),
            ("ada", "42", Timestamp(1_714_979_289_000)),
            ("ada", "\u{fffd}A", Timestamp(1_714_979_289_500))
        ]
    );
    assert_eq!(moving.import().unwrap().messages_already_there, 3);
}

#[tokio::test]
async fn what_is_already_there_and_different_stops_everything() {
    let moving = Move::with_history();
    let store = moving.store();
    store.change(register("Grace")).await.unwrap().unwrap();
    store.close().await;
    let error = moving.import().unwrap_err();
    assert!(error.to_string().contains("fresh data directory"), "{error}");
    assert!(matches!(error, ImportError::Collision { table: "users", id: 1, .. }), "{error}");
    // The id 1 is Grace's here. With it out of the way, it is her name.
    moving.old().execute("UPDATE users SET id = 9 WHERE id = 1", []).unwrap();
    let error = moving.import().unwrap_err();
    assert!(matches!(error, ImportError::Collision { table: "users", id: 2, .. }), "{error}");
    let store = moving.store();
    assert_eq!(asks(&store, AllUsers).await.len(), 1);
    assert_eq!(newest(&store, 50).await.messages, []);
}

#[test]
fn another_history_is_not_mixed_in() {
    for (differs, in_table) in [
        ("UPDATE messages SET timestamp = '2020-01-01' WHERE id = 2", "messages"),
        ("UPDATE messages SET username = 'somebody' WHERE id = 2", "messages"),
        ("UPDATE users SET email = 'somebody@example.org' WHERE id = 2", "users"),
    ] {
        let moving = Move::with_history();
        moving.import().unwrap();
        moving.old().execute(differs, []).unwrap();
        let error = moving.import().unwrap_err();
        assert!(matches!(error, ImportError::Collision { table, id: 2, .. } if table == in_table), "{error}");
    }
}

#[tokio::test]
async fn an_address_that_somebody_has_stops_everything() {
    let moving = Move::with_history();
    let store = moving.store();
    for name in ["one", "two", "three"] {
        store.change(register(name)).await.unwrap().unwrap();
    }
    store.close().await;
    moving.old().execute_batch("DELETE FROM users; INSERT INTO users VALUES (7, 'x', 'ONE@example.org', '')").unwrap();
    let error = moving.import().unwrap_err();
    assert!(matches!(error, ImportError::Collision { id: 7, .. }), "{error}");
    assert!(!error.to_string().contains("@example.org"), "{error}");
}

#[tokio::test]
async fn an_owner_who_is_there_stays_the_only_one() {
    let moving = Move::new();
    moving.user(8, "grace");
    let store = moving.store();
    store.change(register("ada")).await.unwrap().unwrap();
    store.close().await;
    assert_eq!(moving.import().unwrap().owner, None);
    let roles: Vec<_> = asks(&moving.store(), AllUsers).await.iter().map(|user| user.role).collect();
    assert_eq!(roles, [Role::Owner, Role::Member]);
}

#[test]
fn what_is_no_database_of_the_original_program_is_refused_and_leaves_nothing_behind() {
    let moving = Move::new();
    let refuse = |what: &str| {
        let error = moving.import().unwrap_err();
        assert!(error.to_string().contains(what), "{error}");
    };
    moving.old().execute_batch("ALTER TABLE messages DROP COLUMN timestamp").unwrap();
    refuse("has no messages.timestamp");
    moving.old().execute_batch("DROP TABLE users").unwrap();
    refuse("has no table users");
    fs::remove_dir_all(moving.data()).unwrap();
    fs::write(moving.path(), "just a text, and one that is longer than the name of the format").unwrap();
    refuse("is not a SQLite database");
    fs::remove_file(moving.path()).unwrap();
    refuse("cannot be read");
    assert!(!moving.data().exists());
}

#[test]
fn a_damaged_old_file_is_refused() {
    let moving = Move::with_history();
    let mut bytes = fs::read(moving.path()).unwrap();
    let middle = 4096..bytes.len();
    bytes[middle].fill(0xa5);
    fs::write(moving.path(), bytes).unwrap();
    let error = moving.import().unwrap_err();
    assert!(matches!(error, ImportError::Corrupt { .. }), "{error}");
}

#[test]
fn a_server_that_runs_is_not_disturbed() {
    let moving = Move::with_history();
    let _store = moving.store();
    let error = moving.import().unwrap_err();
    assert!(matches!(error, ImportError::Open(OpenError::InUse { .. })), "{error}");
}

/// Everything in a directory but the data directory.
fn snapshot(directory: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let files = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    let mut files: Vec<_> = files.map(|path| (path.clone(), fs::read(path).unwrap())).collect();
    files.sort();
    files
}

#[test]
fn the_old_file_is_not_changed_even_if_it_was_not_closed_well() {
    let moving = Move::with_history();
    let writer = moving.old();
    writer.pragma_update(None, "journal_mode", "WAL").unwrap();
    writer.execute("INSERT INTO messages VALUES (9, 'ada', 'In the log only.', '2024-06-01', 0)", []).unwrap();
    let before = snapshot(moving.directory.path());
    assert!(before.iter().any(|(path, bytes)| path.ends_with("chat.db-wal") && !bytes.is_empty()));
    assert_eq!(moving.import().unwrap().messages, 4);
    assert!(snapshot(moving.directory.path()) == before);
    assert!(!moving.data().join("import.tmp").exists());
}

#[test]
fn progress_goes_up_to_the_number_of_rows() {
    let moving = Move::new();
    moving.user(1, "ada");
    let mut old = moving.old();
    let transaction = old.transaction().unwrap();
    for id in 1..=2_500 {
        transaction.execute("INSERT INTO messages VALUES (?1, 'ada', 'x', '2024-01-01', 0)", [id]).unwrap();
    }
    transaction.commit().unwrap();
    let mut told: Vec<Progress> = Vec::new();
    import_chatterbox(&options(&moving.data()), &moving.path(), &mut |progress| told.push(progress)).unwrap();
    assert!(told.is_sorted_by_key(|progress| progress.done));
    assert_eq!(told.last(), Some(&Progress { done: 2_501, total: 2_501 }));
    assert!(told.len() >= 3);
}
