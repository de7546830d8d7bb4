//! Opening a data directory: every way in which that can go wrong gets its own sentence.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use crate::sqlite::belonging::{Wal, index_of, look, wal_of};
use crate::sqlite::connection::{Sharing, make_durable, open_writing};
use crate::sqlite::continuity::Continuity;
use crate::sqlite::disk::{make_directory, unwritable};
use crate::sqlite::health::Health;
use crate::sqlite::lock::Lock;
use crate::sqlite::migrations::{MARKED_SINCE, MIGRATIONS, examine, open_error, run};
use crate::sqlite::names;
use crate::{Error, OpenError};

/// The first SQLite that two connections in WAL mode cannot make damage a file: 3.51.3.
const SQLITE_VERSION_MIN: i32 = 3_051_003;

/// Files up to this size are read through at every start, at some 400 MB a second. Larger ones are only checked for
/// being whole; what is wrong inside them shows as an error once it is read.
const CHECKED_BYTES_MAX: u64 = 128 * 1024 * 1024;

/// A database that is ours, up to date and sound.
pub(super) struct Opened {
    /// First, so that it goes last: it has the database until every connection is closed.
    pub(super) lock: Lock,
    pub(super) connection: Connection,
    pub(super) path: PathBuf,
    pub(super) sharing: Sharing,
    pub(super) continuity: Continuity,
    pub(super) health: Health,
}

/// Takes the directory and opens the database in it. On a full disk, too, unless it has to be brought up to date: then
/// its health says so.
pub(super) fn open(data: &Path) -> Result<Opened, OpenError> {
    if rusqlite::version_number() < SQLITE_VERSION_MIN {
        return Err(OpenError::OldSqlite(rusqlite::version()));
    }
    make_directory(data)?;
    let lock = Lock::take(data)?;
    let path = data.join("chatterbox.db");
    let bytes = lock.database_bytes();
    let wal = look(&path)?;
    if wal == Wal::Replaced {
        remove_wal(&path).map_err(|cause| unwritable(&path, &cause))?;
    }
    let health = Health::of(data);
    let (sharing, prepared) = match prepare(&path, bytes, wal, Sharing::WithOthers) {
        Err(OpenError::Failed { cause: Error::Full, .. }) if bytes > 0 => {
            (Sharing::Alone, prepare(&path, bytes, wal, Sharing::Alone))
        }
        prepared => (Sharing::WithOthers, prepared),
    };
    let (connection, mut continuity) = prepared?;
    if sharing == Sharing::Alone {
        tracing::warn!("the disk is full: until a restart, no other program can read the database, no backup either");
    }
    lock.sign();
    if let Err(error) = continuity.renew(&connection) {
        health.fails("marking the database", &error);
    }
    Ok(Opened { lock, connection, path, sharing, continuity, health })
}

fn prepare(path: &Path, bytes: u64, wal: Wal, sharing: Sharing) -> Result<(Connection, Continuity), OpenError> {
    let failed = |error: rusqlite::Error| open_error(path, &error);
    let mut connection = open_writing(path, sharing).map_err(failed)?;
    // What is refused is left as it is: closing it must not move the WAL into it.
    let keeps_wal = |is_kept| connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, is_kept);
    keeps_wal(wal == Wal::Own).map_err(failed)?;
    let version = examine(&connection, path, MIGRATIONS)?;
    check(&connection, path, bytes)?;
    keeps_wal(false).map_err(failed)?;
    make_durable(&connection).map_err(failed)?;
    // What is brought up to date is known by what it was before: the mark tells the schema's number, too.
    let found = (version >= MARKED_SINCE).then(|| Continuity::find(path, &connection)).transpose().map_err(failed)?;
    run(&mut connection, MIGRATIONS, version).map_err(failed)?;
    names::bring_up_to_date(&mut connection).map_err(failed)?;
    let continuity = found.map_or_else(|| Continuity::find(path, &connection), Ok).map_err(failed)?;
    Ok((connection, continuity))
}

/// Removes a WAL that is no longer anybody's, and its index.
pub(super) fn remove_wal(database: &Path) -> io::Result<()> {
    for file in [wal_of(database), index_of(database)] {
        match fs::remove_file(file) {
            Err(cause) if cause.kind() != io::ErrorKind::NotFound => return Err(cause),
            _ => {}
        }
    }
    Ok(())
}

/// Looks whether the file is whole and, if that does not take long, sound.
fn check(connection: &Connection, path: &Path, bytes: u64) -> Result<(), OpenError> {
    let failed = |error: rusqlite::Error| open_error(path, &error);
    if bytes > CHECKED_BYTES_MAX {
        // Reading the schema has already compared the page count of the header with the size of the file.
        return Ok(());
    }
    let found: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(failed)?;
    if found != "ok" {
        return Err(OpenError::Corrupt { path: path.to_owned(), detail: found });
    }
    Ok(())
}
