//! What is asked of rooms costs the same however much was said in them, and however many there are of others.

use rusqlite::{StatementStatus, params_from_iter};

use super::*;
use crate::sqlite::migrations::{MIGRATIONS, run};

const USER: &str =
    "INSERT INTO users (id, username, username_fold, username_look, email, email_fold, password_hash, role,
    created_at) VALUES (1, 'a', 'a', 'a', 'a', 'a', 'hash', 'owner', 0)";

/// An empty database with somebody in it.
fn house() -> Connection {
    let mut connection = Connection::open_in_memory().unwrap();
    run(&mut connection, MIGRATIONS, 0).unwrap();
    connection.execute(USER, []).unwrap();
    connection
}

/// How many answers there are, and the steps that it takes.
fn cost(connection: &Connection, query: &str) -> (usize, i32) {
    let mut query = connection.prepare(query).unwrap();
    let keys = query.parameter_count();
    let mut found = query.query(params_from_iter(std::iter::repeat_n(1, keys))).unwrap();
    let mut count = 0;
    while found.next().unwrap().is_some() {
        count += 1;
    }
    drop(found);
    (count, query.get_status(StatementStatus::VmStep))
}

#[test]
fn the_number_of_the_last_change_costs_the_same_in_a_large_room() {
    let cost = |query: &str, messages: i64| {
        let connection = house();
        for room in 1..=2 {
            let insert = "INSERT OR IGNORE INTO rooms (id, kind, name, name_fold, created_at) VALUES (?1, 'open', 'Attic', 'attic', 0)";
            connection.execute(insert, [room]).unwrap();
            for number in 1..=messages {
                let insert = "INSERT INTO messages (id, room_id, seq, changed_seq, author_name, text, sent_at)
                    VALUES (?1, ?2, ?3, ?3, 'x', 'text', 1)";
                connection.execute(insert, [number * 2 + room, room, number]).unwrap();
            }
        }
        assert_eq!(seq(&connection, RoomId::FIRST).unwrap(), Seq(messages.cast_unsigned()));
        let (count, steps) = cost(&connection, query);
        assert!(count > 0, "nothing was looked for");
        steps
    };
    for query in [SEQ, HAD, ONE] {
        assert_eq!(cost(query, 2), cost(query, 500), "{query}");
    }
}

#[test]
fn whoever_comes_is_told_of_their_rooms_at_the_same_cost_however_many_others_have() {
    let cost = |rooms: i64| {
        let connection = house();
        for room in 2..=rooms {
            let insert = "INSERT INTO rooms (id, kind, name, name_fold, created_at)
                VALUES (?1, iif(?1 % 2, 'open', 'closed'), 'Attic', ?1, 0)";
            connection.execute(insert, [room]).unwrap();
        }
        connection.execute("INSERT INTO memberships (room_id, user_id) VALUES (2, 1), (3, 1)", []).unwrap();
        cost(&connection, HAD)
    };
    let (few, many) = (cost(5), cost(500));
    assert_eq!(few.0, 3, "the Lobby and two more");
    assert_eq!(few, many);
}
