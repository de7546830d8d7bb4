//! A row that exists to be written and read back.

use rusqlite::Connection;

use crate::sqlite::writer::Work;

/// Counts one up and answers the count.
pub(crate) fn write(connection: &Connection) -> Work<i64> {
    let mut count = connection.prepare_cached("UPDATE probe SET count = count + 1 RETURNING count")?;
    Ok(count.query_row([], |row| row.get(0))?)
}

/// The count.
pub(crate) fn read(connection: &Connection) -> rusqlite::Result<i64> {
    connection.prepare_cached("SELECT count FROM probe")?.query_row([], |row| row.get(0))
}
