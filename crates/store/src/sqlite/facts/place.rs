//! Facts of the place.

use chatterbox_core::changes::{Facts, PlaceFact, Table};
use rusqlite::{Connection, params};

use crate::sqlite::questions::place;

const WRITE: &str = "UPDATE house SET place_name = ?1, registration = ?2, place_seq = ?3";

pub(super) fn look(connection: &Connection, facts: &mut Facts) -> rusqlite::Result<()> {
    let (state, changed_seq) = place::state(connection)?;
    facts.place.learn((), Some(PlaceFact { state, changed_seq }));
    Ok(())
}

pub(super) fn write(connection: &Connection, place: &Table<(), PlaceFact>) -> rusqlite::Result<()> {
    for (_, PlaceFact { state, changed_seq }, _) in place.to_write() {
        let values = params![state.name, state.registration.as_str(), changed_seq.to_i64()];
        connection.prepare_cached(WRITE)?.execute(values)?;
    }
    Ok(())
}
