//! What was missed is found by its number, in order, and without looking at anything else.

use proptest::prelude::*;
use rusqlite::{Connection, StatementStatus, params};

use super::*;
use crate::sqlite::migrations::{MIGRATIONS, run};

/// The same, said plainly.
const PLAINLY: &str = "
SELECT id, changed_seq FROM messages WHERE room_id = ?1 AND changed_seq > ?2 ORDER BY changed_seq LIMIT ?3";

/// Something that happens in one of two rooms; the number chooses the message.
#[derive(Debug, Clone, Copy)]
enum Step {
    Send,
    Edit(usize),
    Delete(usize),
    /// A change of something else.
    Other,
}

fn step() -> impl Strategy<Value = (i64, Step)> {
    let what = prop_oneof![
        4 => Just(Step::Send),
        2 => any::<usize>().prop_map(Step::Edit),
        2 => any::<usize>().prop_map(Step::Delete),
        1 => Just(Step::Other),
    ];
    (1..=2_i64, what)
}

/// A database in which all this has happened, and how far each room went.
fn lived_through(steps: &[(i64, Step)]) -> (Connection, [i64; 2]) {
    let mut connection = Connection::open_in_memory().unwrap();
    run(&mut connection, MIGRATIONS, 0).unwrap();
    connection.execute("INSERT INTO rooms (id, kind, name, created_at) VALUES (2, 'open', 'Attic', 0)", []).unwrap();
    let (mut last, mut sent) = ([0; 2], [const { Vec::new() }; 2]);
    for (id, (room, step)) in (1_i64..).zip(steps) {
        let place = usize::try_from(room - 1).unwrap();
        let (last, sent) = (&mut last[place], &mut sent[place]);
        *last += 1;
        match step {
            Step::Send => {
                let insert = "INSERT INTO messages (id, room_id, seq, changed_seq, author_name, text, sent_at)
                    VALUES (?1, ?2, ?3, ?3, 'x', 'first text', 1)";
                connection.execute(insert, params![id, room, *last]).unwrap();
                sent.push(id);
            }
            Step::Edit(which) if !sent.is_empty() => {
                let edit = "UPDATE messages SET changed_seq = ?2, edited_at = 2 WHERE id = ?1";
                connection.execute(edit, [sent[which % sent.len()], *last]).unwrap();
            }
            Step::Delete(which) if !sent.is_empty() => {
                let delete = "UPDATE messages SET changed_seq = ?2, deleted_at = 3, text = '' WHERE id = ?1";
                connection.execute(delete, [sent[which % sent.len()], *last]).unwrap();
            }
            _ => {}
        }
    }
    (connection, last)
}

fn found(connection: &Connection, query: &str, key: [i64; 3]) -> Vec<(i64, i64)> {
    let mut query = connection.prepare_cached(query).unwrap();
    let of = |row: &rusqlite::Row<'_>| Ok((row.get("id")?, row.get("changed_seq")?));
    query.query_map(key, of).unwrap().collect::<Result<_, _>>().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_was_missed_is_all_that_has_a_later_number_in_the_order_of_numbers(
        steps in proptest::collection::vec(step(), 0..40),
    ) {
        let (connection, last) = lived_through(&steps);
        for (room, last) in (1..).zip(last) {
            for since in 0..=last {
                for max in [1, 2, 5, 1_000] {
                    let key = [room, since, max];
                    prop_assert_eq!(found(&connection, MESSAGES.since, key), found(&connection, PLAINLY, key), "{:?}", key);
                }
            }
        }
    }
}

#[test]
fn what_was_missed_is_found_by_its_number_and_never_sorted() {
    let (connection, _) = lived_through(&[]);
    let mut plan = connection.prepare(&format!("EXPLAIN QUERY PLAN {}", MESSAGES.since)).unwrap();
    let plan =
        plan.query_map([1, 0, 10], |row| row.get("detail")).unwrap().collect::<Result<Vec<String>, _>>().unwrap();
    let plan = plan.join("\n");
    assert!(plan.contains("SEARCH messages USING INDEX messages_by_seq (room_id=? AND seq>?)"), "{plan}");
    assert!(plan.contains("SEARCH messages USING INDEX messages_by_change (room_id=? AND changed_seq>?)"), "{plan}");
    assert!(!plan.contains("TEMP B-TREE") && !plan.contains("SCAN"), "{plan}");
}

#[test]
fn a_page_of_what_was_missed_costs_what_it_holds() {
    let cost = |messages: usize| {
        let mut steps = vec![(1, Step::Send); messages];
        steps.extend((0..messages / 2).map(|which| (1, Step::Edit(2 * which))));
        let (connection, _) = lived_through(&steps);
        let mut query = connection.prepare(MESSAGES.since).unwrap();
        let mut rows = query.query([1, 10, 20]).unwrap();
        while rows.next().unwrap().is_some() {}
        drop(rows);
        query.get_status(StatementStatus::VmStep)
    };
    assert_eq!(cost(100), cost(1_000));
}
