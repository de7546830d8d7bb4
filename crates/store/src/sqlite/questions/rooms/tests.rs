//! How far a room's log goes is found with one look, however much was said.

use rusqlite::{StatementStatus, params_from_iter};

use super::*;
use crate::sqlite::migrations::{MIGRATIONS, run};

#[test]
fn the_number_of_the_last_change_costs_the_same_in_a_large_room() {
    let cost = |query: &str, messages: i64| {
        let mut connection = Connection::open_in_memory().unwrap();
        run(&mut connection, MIGRATIONS, 0).unwrap();
        for room in 1..=2 {
            let insert = "INSERT OR IGNORE INTO rooms (id, kind, name, name_fold, created_at) VALUES (?1, 'open', 'Attic', 'attic', 0)";
            connection.execute(insert, [room]).unwrap();
            for number in 1..=messages {
                let insert = "INSERT INTO messages (id, room_id, seq, changed_seq, author_name, text, sent_at)
                    VALUES (?1, ?2, ?3, ?3, 'x', 'text', 1)";
                connection.execute(insert, [number * 2 + room, room, number]).unwrap();
            }
        }
        let user = "INSERT INTO users (id, username, username_fold, username_look, email, email_fold, password_hash,
            role, created_at) VALUES (1, 'a', 'a', 'a', 'a', 'a', 'hash', 'owner', 0)";
        connection.execute(user, []).unwrap();
        assert_eq!(seq(&connection, RoomId::FIRST).unwrap(), Seq(messages.cast_unsigned()));
        let mut query = connection.prepare(query).unwrap();
        let keys = query.parameter_count();
        let mut found = query.query(params_from_iter(std::iter::repeat_n(1, keys))).unwrap();
        let mut count = 0;
        while found.next().unwrap().is_some() {
            count += 1;
        }
        drop(found);
        assert!(count > 0, "nothing was looked for");
        query.get_status(StatementStatus::VmStep)
    };
    for query in [SEQ, HAD, ONE] {
        assert_eq!(cost(query, 2), cost(query, 500), "{query}");
    }
}
