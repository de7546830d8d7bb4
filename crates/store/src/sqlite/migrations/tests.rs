//! Every older file becomes a present one, with what it holds.

use chatterbox_core::logs::LogId;
use chatterbox_protocol::events::Event;
use chatterbox_protocol::ids::{RoomId, Seq};
use tempfile::TempDir;

use super::*;
use crate::sqlite::Sqlite;
use crate::sqlite::connection::make_durable;
use crate::sqlite::continuity::Continuity;
use crate::{ChangesSince, House};

/// Two messages, of which the first was edited afterwards.
const MESSAGES: &str = "
    INSERT INTO messages (id, room_id, seq, changed_seq, author_name, text, sent_at, edited_at)
    VALUES (1, 1, 1, 3, 'x', 'Hello', 1, 3), (2, 1, 2, 2, 'x', 'Ho', 2, NULL);";

/// What else somebody has put into a file of each version, from 1 on.
const LIVED_IN: [&str; MIGRATIONS.len()] = [
    "INSERT INTO users (username, username_fold, username_look, email, email_fold, password_hash, role, created_at)
    VALUES ('ada', 'ada', 'ada', 'ada@example.org', 'ada@example.org', 'hash', 'owner', 1);
    INSERT INTO sessions (user_id, token_hash, created_at, used_at, expires_at) VALUES (1, zeroblob(32), 1, 1, 2);
    INSERT INTO memberships VALUES (1, 1, 1);
    INSERT INTO messages (id, room_id, seq, changed_seq, author_id, text, sent_at) VALUES (3, 1, 4, 4, 1, 'Hey', 3);
    UPDATE rooms SET seq = 4;",
    "UPDATE rooms SET seq = 3",
    "UPDATE rooms SET seq = 3",
    "UPDATE rooms SET seq = 3",
    "UPDATE rooms SET seq_floor = 3",
    "UPDATE rooms SET seq_floor = 3",
    "UPDATE rooms SET seq_floor = 3",
    "UPDATE rooms SET seq_floor = 3",
    "UPDATE rooms SET seq_floor = 3",
    "UPDATE rooms SET seq_floor = 3",
    "UPDATE rooms SET seq_floor = 3",
    "UPDATE rooms SET seq_floor = 3",
    "UPDATE rooms SET seq_floor = 3",
    "UPDATE rooms SET seq_floor = 3",
    "UPDATE rooms SET seq_floor = 3",
    "UPDATE rooms SET seq_floor = 3",
    "UPDATE rooms SET seq_floor = 3",
];

/// Ada and Grace, who know one another in the Lobby and a room of their own, in a file of version 5: Ada has read the Lobby,
/// and Grace both.
const BEFORE_LOGS: &str = "
    INSERT INTO users (id, username, username_fold, username_look, email, email_fold, password_hash, role, created_at)
    VALUES (3, 'ada', 'ada', 'ada', 'a', 'a', 'hash', 'owner', 1), (7, 'grace', 'grace', 'grace', 'g', 'g', 'hash', 'guest', 1);
    INSERT INTO rooms (id, kind, name, created_at) VALUES (2, 'closed', 'Attic', 1);
    INSERT INTO memberships (room_id, user_id, read_up_to) VALUES (1, 3, 5), (1, 7, 6), (2, 3, 0), (2, 7, 4);";

fn file() -> (Connection, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let connection = Connection::open(directory.path().join("chatterbox.db")).unwrap();
    (connection, directory)
}

#[tokio::test]
async fn a_file_of_each_older_version_is_brought_up_to_date_with_what_it_holds() {
    for (version, lived_in) in (1..).zip(LIVED_IN) {
        let (mut connection, directory) = file();
        run(&mut connection, &MIGRATIONS[..version], 0).unwrap();
        connection.execute_batch(MESSAGES).unwrap();
        connection.execute_batch(lived_in).unwrap();
        drop(connection);
        let sqlite = Sqlite::open(directory.path()).unwrap();
        let question = ChangesSince { log: LogId::Room(RoomId::FIRST), since: Seq(0), max: 9 };
        let filling = sqlite.answer((House, question)).await.unwrap().answer.unwrap().unwrap();
        let text = |(seq, event): &(Seq, Event)| match event {
            Event::Message(message) => (message.text.clone(), message.seq.0, seq.0),
            _ => panic!("{event:?}"),
        };
        let texts: Vec<_> = filling.changes.iter().map(text).collect();
        let mut expected = vec![("Ho".to_owned(), 2, 2), ("Hello".to_owned(), 1, 3)];
        expected.extend((version == 1).then(|| ("Hey".to_owned(), 4, 4)));
        assert_eq!(texts, expected, "version {version}");
        assert_eq!(filling.seq.0, if version == 1 { 4 } else { 3 }, "version {version}");
        assert_eq!(sqlite.epoch().len(), 32);
    }
}

#[test]
fn what_has_been_read_and_who_everybody_is_begins_the_logs_of_people_and_of_the_house() {
    let (mut connection, _directory) = file();
    run(&mut connection, &MIGRATIONS[..5], 0).unwrap();
    connection.execute_batch(BEFORE_LOGS).unwrap();
    run(&mut connection, MIGRATIONS, 5).unwrap();
    let all = |query: &str| {
        let mut query = connection.prepare(query).unwrap();
        let of = |row: &rusqlite::Row<'_>| (0..row.as_ref().column_count()).map(|at| row.get(at)).collect();
        query.query_map([], of).unwrap().collect::<rusqlite::Result<Vec<Vec<i64>>>>().unwrap()
    };
    let marks = all("SELECT user_id, changed_seq, room_id, up_to FROM marks ORDER BY user_id, changed_seq");
    assert_eq!(marks, [[3, 2, 1, 5], [7, 2, 1, 6], [7, 3, 2, 4]]);
    assert_eq!(all("SELECT id, account_seq, card_seq FROM users ORDER BY id"), [[3, 1, 1], [7, 1, 2]]);
    // Nobody who has read nothing stops to belong to a closed room.
    assert_eq!(all("SELECT room_id, user_id, is_in FROM memberships ORDER BY user_id"), [[2, 3, 1], [2, 7, 1]]);
    // What has been read has been seen, and the Lobby is among everybody's rooms.
    assert_eq!(
        all("SELECT user_id, room_id, seen, listed FROM marks ORDER BY 1, 2"),
        [[3, 1, 5, 1], [7, 1, 6, 1], [7, 2, 4, 0]]
    );
}

#[tokio::test]
async fn a_file_that_is_brought_up_to_date_goes_on_in_its_epoch() {
    for version in MARKED_SINCE..=MIGRATIONS.len() {
        let (mut connection, directory) = file();
        make_durable(&connection).unwrap();
        run(&mut connection, &MIGRATIONS[..version], 0).unwrap();
        let mut continuity = Continuity::find(&directory.path().join("chatterbox.db"), &connection).unwrap();
        continuity.renew(&connection).unwrap();
        drop(connection);
        assert_eq!(Sqlite::open(directory.path()).unwrap().epoch(), continuity.epoch(), "version {version}");
    }
}

#[test]
fn a_step_that_fails_leaves_the_file_as_the_one_before_left_it() {
    let steps = [
        Migration { sql: "CREATE TABLE one (id INTEGER PRIMARY KEY) STRICT" },
        Migration { sql: "CREATE TABLE two (id INTEGER PRIMARY KEY) STRICT; INSERT INTO nowhere VALUES (1)" },
    ];
    let (mut connection, directory) = file();
    assert!(run(&mut connection, &steps, 0).is_err());
    assert_eq!(examine(&connection, directory.path(), &steps).unwrap(), 1);
    let tables: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_schema WHERE name IN ('one', 'two')", [], |row| row.get(0))
        .unwrap();
    assert_eq!(tables, 1);

    let steps = [
        Migration { sql: "CREATE TABLE one (id INTEGER PRIMARY KEY) STRICT" },
        Migration { sql: "CREATE TABLE two (id INTEGER PRIMARY KEY) STRICT" },
    ];
    run(&mut connection, &steps, 1).unwrap();
    assert_eq!(examine(&connection, directory.path(), &steps).unwrap(), 2);
}
