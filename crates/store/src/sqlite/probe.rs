//! A row that exists to be written and read back.

use rusqlite::Connection;

/// The count.
pub(crate) fn read(connection: &Connection) -> rusqlite::Result<i64> {
    connection.prepare_cached("SELECT count FROM probe")?.query_row([], |row| row.get(0))
}
