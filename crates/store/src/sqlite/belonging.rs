//! Whether the WAL that lies beside a database is its own. SQLite takes any WAL for the database's, moves it in, and so
//! makes a ruin of a copy that was put there. So this looks first, at the files alone, and changes nothing.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::OpenError;
use crate::sqlite::connection::open_without_wal;
use crate::sqlite::continuity::chance_beside;

/// What a database is marked with that [`restore`](crate::restore) has put in its place.
pub(super) const RESTORED: &str = "restored";

/// A WAL that is no longer holds no change.
const WAL_HEADER_BYTES: u64 = 32;

/// What a database begins with, and where it says that it has a WAL.
const MAGIC: &[u8] = b"SQLite format 3\0";
const FORMAT: std::ops::Range<usize> = 18..20;
const HAS_LOG: [u8; 2] = [2, 2];

/// What lies beside a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wal {
    /// No WAL, or an empty one.
    None,
    /// Its own, as far as can be told.
    Own,
    /// That of the database that this one has replaced by a restore.
    Replaced,
}

/// Looks at the database in this place and at what lies beside it.
pub(super) fn look(database: &Path) -> Result<Wal, OpenError> {
    let wal = wal_of(database);
    if fs::metadata(&wal).map_or(0, |metadata| metadata.len()) <= WAL_HEADER_BYTES {
        return Ok(Wal::None);
    }
    let foreign = || Err(OpenError::ForeignWal { database: database.to_owned(), wal: wal.clone() });
    let mut header = Vec::new();
    let read = File::open(database).and_then(|file| file.take(100).read_to_end(&mut header));
    match read {
        // What cannot be read fails again, with its own sentence.
        Err(_) => return Ok(Wal::Own),
        Ok(_) if header.is_empty() => return foreign(),
        Ok(_) if !header.starts_with(MAGIC) => return Err(OpenError::NotADatabase(database.to_owned())),
        Ok(_) => {}
    }
    // A page that cannot be read may be whole in the WAL; then nothing can be told.
    let Ok((mark, schema)) = mark_without_wal(database) else { return Ok(Wal::Own) };
    if header.get(FORMAT) != Some(&HAS_LOG[..]) {
        // Ours has had one since before anything was in it.
        return if mark == RESTORED { Ok(Wal::Replaced) } else { foreign() };
    }
    let chances = || mark.lines().filter_map(|line| line.split(' ').next()).filter(|chance| !chance.is_empty());
    let is_of_here = chance_beside(database).is_none_or(|beside| chances().any(|chance| chance == beside));
    let marked_schema = mark.lines().next().and_then(|line| line.rsplit(' ').next()?.parse::<i64>().ok());
    // Where SQLite copies a database into a new file, it counts its schemas anew.
    let is_copy = marked_schema.is_some_and(|marked| schema < marked);
    if (is_of_here || mark.is_empty()) && !is_copy { Ok(Wal::Own) } else { foreign() }
}

/// The mark in the database file itself, and the number of its schema.
fn mark_without_wal(database: &Path) -> rusqlite::Result<(String, i64)> {
    let connection = open_without_wal(database)?;
    let schema = connection.query_row("PRAGMA schema_version", [], |row| row.get(0))?;
    let mark = connection.query_row("SELECT mark FROM epoch", [], |row| row.get(0))?;
    Ok((mark, schema))
}

/// Where the WAL of a database is.
pub(super) fn wal_of(database: &Path) -> PathBuf {
    database.with_extension("db-wal")
}

/// Where the index of the WAL is.
pub(super) fn index_of(database: &Path) -> PathBuf {
    database.with_extension("db-shm")
}
