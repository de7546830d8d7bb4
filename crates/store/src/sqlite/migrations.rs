//! Bringing a database up to date: forwards only, each step in one transaction, each known by its checksum.

use std::path::Path;

use rusqlite::{Connection, Transaction, TransactionBehavior, params};
use sha2::{Digest, Sha256};

use crate::OpenError;
use crate::sqlite::failure;

/// One step. Once released, its text never changes.
pub(super) struct Migration {
    /// What the file says.
    sql: &'static str,
}

/// Every step there has ever been, in order; the first is version 1.
pub(super) const MIGRATIONS: &[Migration] = &[
    Migration { sql: include_str!("migrations/0001_first.sql") },
    Migration { sql: include_str!("migrations/0002_mark.sql") },
    Migration { sql: include_str!("migrations/0003_sent_print.sql") },
    Migration { sql: include_str!("migrations/0004_changes.sql") },
    Migration { sql: include_str!("migrations/0005_seq_floor.sql") },
    Migration { sql: include_str!("migrations/0006_logs.sql") },
    Migration { sql: include_str!("migrations/0007_rooms.sql") },
    Migration { sql: include_str!("migrations/0008_people.sql") },
    Migration { sql: include_str!("migrations/0009_pictures.sql") },
    Migration { sql: include_str!("migrations/0010_orders.sql") },
    Migration { sql: include_str!("migrations/0011_availability.sql") },
    Migration { sql: include_str!("migrations/0012_former_names.sql") },
    Migration { sql: include_str!("migrations/0013_gone.sql") },
    Migration { sql: include_str!("migrations/0014_joining.sql") },
    Migration { sql: include_str!("migrations/0015_mutes.sql") },
    Migration { sql: include_str!("migrations/0016_room_nonces.sql") },
    Migration { sql: include_str!("migrations/0017_device_links.sql") },
];

/// The version from which on a file bears a mark ([`super::continuity`]).
pub(super) const MARKED_SINCE: usize = 2;

/// Marks a file as ChatterBox's ("ChBx"), for `file` and for [`examine`].
const APPLICATION_ID: i32 = 0x4368_4278;

const CREATE_VERSIONS: &str =
    "CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY, checksum TEXT NOT NULL) STRICT";

/// Looks, without changing anything, whether these migrations may work on this file. Answers its version.
pub(super) fn examine(connection: &Connection, path: &Path, known: &[Migration]) -> Result<usize, OpenError> {
    let applied = applied(connection).map_err(|error| open_error(path, &error))?;
    let Some(applied) = applied else {
        return Err(OpenError::Foreign(path.to_owned()));
    };
    if applied.len() > known.len() {
        let version = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        return Err(OpenError::Newer {
            path: path.to_owned(),
            found: version(applied.len()),
            known: version(known.len()),
        });
    }
    match (1..).zip(applied.iter().zip(known)).find(|(_, (checksum, migration))| **checksum != migration.checksum()) {
        Some((version, _)) => Err(OpenError::Altered { path: path.to_owned(), version }),
        None => Ok(applied.len()),
    }
}

/// Runs what has not run yet. A step that fails leaves the file as the step before it left it.
pub(super) fn run(connection: &mut Connection, known: &[Migration], from: usize) -> rusqlite::Result<()> {
    for (version, migration) in (1_i64..).zip(known).skip(from) {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        apply(&transaction, version, migration)?;
        transaction.commit()?;
    }
    Ok(())
}

fn apply(transaction: &Transaction<'_>, version: i64, migration: &Migration) -> rusqlite::Result<()> {
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.execute(CREATE_VERSIONS, [])?;
    transaction.execute_batch(migration.sql)?;
    transaction.execute(
        "INSERT INTO migrations (version, checksum) VALUES (?1, ?2)",
        params![version, migration.checksum()],
    )?;
    Ok(())
}

/// The checksums of what has run, in order; none if the file is another program's.
fn applied(connection: &Connection) -> rusqlite::Result<Option<Vec<String>>> {
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if tables == 0 {
        return Ok(Some(Vec::new()));
    }
    let application: i32 = connection.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    if application != APPLICATION_ID {
        return Ok(None);
    }
    let mut query = connection.prepare("SELECT checksum FROM migrations ORDER BY version")?;
    query.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>().map(Some)
}

impl Migration {
    fn checksum(&self) -> String {
        Sha256::digest(self.sql).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// A failure while opening, for people.
pub(super) fn open_error(path: &Path, error: &rusqlite::Error) -> OpenError {
    let path = path.to_owned();
    match failure::error(error) {
        _ if error.sqlite_error_code() == Some(rusqlite::ErrorCode::NotADatabase) => OpenError::NotADatabase(path),
        crate::Error::Corrupt(detail) => OpenError::Corrupt { path, detail },
        crate::Error::Locked => OpenError::InUse { path, holder: None },
        crate::Error::ReadOnly => OpenError::Unwritable { path, cause: "it is read-only".to_owned() },
        cause => OpenError::Failed { path, cause },
    }
}

#[cfg(test)]
mod tests;
