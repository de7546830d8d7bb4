//! Copying the database into a file, beside a running server or without one.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::sqlite::belonging::{self, Wal};
use crate::sqlite::connection::{Sharing, open_writing};
use crate::sqlite::lock::{Lock, hold};
use crate::sqlite::migrations::{MARKED_SINCE, MIGRATIONS, examine};
use crate::sqlite::open::remove_wal;
use crate::sqlite::seal;
use crate::{BackedUp, BackupError, OpenError};

/// What a copy is marked with. A WAL that lies beside it is not its own.
const MARK: &str = "backup";

/// See [`crate::back_up`].
pub(crate) fn back_up(data: &Path, file: &Path, may_replace: bool) -> Result<BackedUp, BackupError> {
    let database = data.join("chatterbox.db");
    if fs::metadata(&database).map_or(0, |metadata| metadata.len()) == 0 {
        return Err(BackupError::Nothing(database));
    }
    if is_of_server(data, file) {
        return Err(BackupError::OwnFile(file.to_owned()));
    }
    if file.exists() && !may_replace {
        return Err(BackupError::Exists(file.to_owned()));
    }
    let part = Part::begin(file)?;
    let backed_up = copy(data, &database, &part)?;
    let bytes = seal::put(&part.file, &part.path).map_err(|cause| failed(&part.path, &cause))?;
    part.finish(file)?;
    Ok(BackedUp { bytes, ..backed_up })
}

/// A name in the data directory that the server gives its files.
fn is_of_server(data: &Path, file: &Path) -> bool {
    let directory = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let is_inside = matches!((data.canonicalize(), directory.canonicalize()), (Ok(data), Ok(there)) if data == there);
    is_inside && file.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"chatterbox."))
}

fn copy(data: &Path, database: &Path, part: &Part) -> Result<BackedUp, BackupError> {
    // If nobody has the database, nobody shall take it meanwhile. The lock goes last.
    let lock = match Lock::take(data) {
        Ok(lock) => Some(lock),
        Err(OpenError::InUse { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    let wal = if lock.is_some() { belonging::look(database)? } else { Wal::Own };
    if wal == Wal::Replaced {
        remove_wal(database).map_err(|cause| failed(database, &cause))?;
    }
    let of_source = |error: rusqlite::Error| of_database(database, &error);
    let source = open_writing(database, Sharing::WithOthers).map_err(of_source)?;
    source.pragma_update(None, "query_only", "ON").map_err(of_source)?;
    // Whoever only copies moves no WAL, even if the server ends meanwhile.
    source.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, wal == Wal::Own).map_err(of_source)?;
    let version = match examine(&source, database, MIGRATIONS) {
        Err(OpenError::InUse { .. }) => return Err(BackupError::Kept(database.to_owned())),
        version => version?,
    };
    let mut into = open_part(&part.path).map_err(|error| of_part(&part.path, &error))?;
    // In one go: one that pauses begins anew whenever somebody writes.
    let step = Backup::new(&source, &mut into).and_then(|backup| backup.step(-1));
    match step.map_err(|error| if is_of_part(&error) { of_part(&part.path, &error) } else { of_source(error) })? {
        StepResult::Done => {}
        _ => return Err(BackupError::Kept(database.to_owned())),
    }
    drop((source, lock));
    settle(&into, version).map_err(|error| of_part(&part.path, &error))?;
    if let Some(detail) = fault(&into).map_err(|error| of_database(database, &error))? {
        return Err(BackupError::DamagedDatabase { path: database.to_owned(), detail });
    }
    count(&into).map_err(|error| of_database(database, &error))
}

fn open_part(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    // It is synced once, when it is whole; until then it is nothing.
    connection.pragma_update(None, "synchronous", "OFF")?;
    connection.pragma_update(None, "journal_mode", "MEMORY")?;
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    Ok(connection)
}

/// Makes it one file, without a WAL, that says what it is.
fn settle(copy: &Connection, version: usize) -> rusqlite::Result<()> {
    copy.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))?;
    if version >= MARKED_SINCE {
        copy.execute("UPDATE epoch SET mark = ?1", [MARK])?;
    }
    Ok(())
}

/// What is wrong with a database, if anything is. Reads all of it.
pub(super) fn fault(connection: &Connection) -> rusqlite::Result<Option<String>> {
    let found: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if found != "ok" {
        return Ok(Some(found));
    }
    let is_dangling = connection.prepare("PRAGMA foreign_key_check")?.exists([])?;
    Ok(is_dangling.then(|| "a row points to one that is not there".to_owned()))
}

/// What it holds; the size is not known yet.
pub(super) fn count(connection: &Connection) -> rusqlite::Result<BackedUp> {
    let count = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).map(i64::unsigned_abs);
    Ok(BackedUp {
        users: count("SELECT count(*) FROM users")?,
        messages: count("SELECT count(*) FROM messages WHERE deleted_at IS NULL")?,
        bytes: 0,
    })
}

/// A file on its way: it has another name until it is whole, and is gone if it never is.
struct Part {
    path: PathBuf,
    file: File,
    is_finished: bool,
}

impl Part {
    fn begin(target: &Path) -> Result<Self, BackupError> {
        let mut path = target.as_os_str().to_owned();
        path.push(".part");
        let path = PathBuf::from(path);
        let held = hold(&path).map_err(|cause| failed(&path, &cause))?;
        let Some(file) = held else { return Err(BackupError::BeingWritten(target.to_owned())) };
        // One that was killed has left it.
        file.set_len(0).map_err(|cause| failed(&path, &cause))?;
        Ok(Self { path, file, is_finished: false })
    }

    /// Gives it its name.
    fn finish(mut self, target: &Path) -> Result<(), BackupError> {
        let named = self.file.sync_all().and_then(|()| fs::rename(&self.path, target));
        named.map_err(|cause| failed(target, &cause))?;
        self.is_finished = true;
        sync_directory_of(target).map_err(|cause| failed(target, &cause))
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if !self.is_finished {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Makes the names in the directory of this file last.
pub(super) fn sync_directory_of(file: &Path) -> io::Result<()> {
    let directory = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(directory)?.sync_all()
}

pub(super) fn failed(path: &Path, cause: &io::Error) -> BackupError {
    BackupError::Failed { path: path.to_owned(), cause: cause.to_string() }
}

/// Whether it is the copy that could not be written.
fn is_of_part(error: &rusqlite::Error) -> bool {
    let is_write = error.sqlite_extended_error_code() == Some(rusqlite::ffi::SQLITE_IOERR_WRITE);
    is_write || error.sqlite_error_code() == Some(ErrorCode::DiskFull)
}

fn of_part(path: &Path, error: &rusqlite::Error) -> BackupError {
    BackupError::Failed { path: path.to_owned(), cause: error.to_string() }
}

fn of_database(database: &Path, error: &rusqlite::Error) -> BackupError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            BackupError::DamagedDatabase { path: database.to_owned(), detail: error.to_string() }
        }
        Some(ErrorCode::DatabaseBusy) => BackupError::Kept(database.to_owned()),
        _ => BackupError::Failed { path: database.to_owned(), cause: error.to_string() },
    }
}
