//! Whatever has changed in a log is found by its number, whatever kind it is of.

use super::*;
use crate::sqlite::migrations::{MIGRATIONS, run};

fn plan(connection: &Connection, query: &str) -> String {
    let mut plan = connection.prepare(&format!("EXPLAIN QUERY PLAN {query}")).unwrap();
    let keys = vec![1; plan.parameter_count()];
    let details = plan.query_map(rusqlite::params_from_iter(keys), |row| row.get("detail")).unwrap();
    details.collect::<Result<Vec<String>, _>>().unwrap().join("\n")
}

#[test]
fn what_has_changed_in_a_log_is_found_by_its_number_and_never_sorted() {
    let mut connection = Connection::open_in_memory().unwrap();
    run(&mut connection, MIGRATIONS, 0).unwrap();
    let strands = [OF_ROOM, OF_OWN, OF_HOUSE].concat();
    let queries = strands.iter().map(|strand| strand.since).chain([OWN, marks::FURTHEST]);
    for query in queries {
        let plan = plan(&connection, query);
        assert!(plan.contains("SEARCH"), "{query}\n{plan}");
        assert!(!plan.contains("TEMP B-TREE") && !plan.contains("SCAN"), "{query}\n{plan}");
    }
    assert!(plan(&connection, HOUSE).contains("USING COVERING INDEX users_by_card"), "the last one of an index");
}
