//! The old file. It is read from a private copy inside the data directory: an unfinished transaction beside it (a
//! `-journal` or a `-wal`) can then be settled without changing the original, even on a read-only disk.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OpenFlags, Row};

use crate::ImportError;
use crate::sqlite::disk::{open_private, unwritable};

/// What SQLite keeps beside a database that was not closed.
const BESIDE: [&str; 3] = ["", "-wal", "-journal"];

const TABLES: [(&str, &str, &[&str]); 2] = [
    (
        "table users",
        "SELECT lower(name) FROM pragma_table_info('users')",
        &["users.id", "users.username", "users.email", "users.password_hash"],
    ),
    (
        "table messages",
        "SELECT lower(name) FROM pragma_table_info('messages')",
        &["messages.id", "messages.username", "messages.message", "messages.timestamp"],
    ),
];

const ROWS: &str = "SELECT (SELECT count(*) FROM users) + (SELECT count(*) FROM messages)";

/// The open copy.
pub(super) struct Old {
    pub(super) connection: Connection,
    _copy: Copy,
}

/// Whether there is something to import at all.
pub(super) fn look_at(path: &Path) -> Result<(), ImportError> {
    let mut beginning = Vec::new();
    let read = File::open(path).and_then(|file| file.take(16).read_to_end(&mut beginning));
    read.map_err(|cause| unreadable(path, &cause))?;
    if beginning == b"SQLite format 3\0" { Ok(()) } else { Err(ImportError::NotADatabase(path.to_owned())) }
}

impl Old {
    /// Copies the file and looks whether it is what it should be.
    pub(super) fn open(path: &Path, data: &Path) -> Result<Self, ImportError> {
        let copy = Copy::make(path, data)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(copy.file(), flags)?;
        check(&connection, path)?;
        Ok(Self { connection, _copy: copy })
    }

    /// Rows in both tables.
    pub(super) fn rows(&self) -> Result<u64, ImportError> {
        let rows: i64 = self.connection.query_row(ROWS, [], |row| row.get(0))?;
        Ok(rows.unsigned_abs())
    }
}

fn check(connection: &Connection, path: &Path) -> Result<(), ImportError> {
    let failed = |error: rusqlite::Error| match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => ImportError::NotADatabase(path.to_owned()),
        Some(ErrorCode::DatabaseCorrupt) => ImportError::Corrupt { path: path.to_owned(), detail: error.to_string() },
        _ => ImportError::from(error),
    };
    let found: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(failed)?;
    if found != "ok" {
        return Err(ImportError::Corrupt { path: path.to_owned(), detail: found });
    }
    for (table, query, columns) in TABLES {
        let mut query = connection.prepare(query).map_err(failed)?;
        let names: Vec<String> = query.query_map([], |row| row.get(0)).and_then(Iterator::collect).map_err(failed)?;
        let is_missing = |column: &&&str| !names.iter().any(|name| column.split('.').nth(1) == Some(name));
        let missing = if names.is_empty() { Some(table) } else { columns.iter().find(is_missing).copied() };
        if let Some(missing) = missing {
            return Err(ImportError::NotTheOriginals { path: path.to_owned(), missing });
        }
    }
    Ok(())
}

/// A column as text, whatever type the old program gave it; none for NULL.
pub(super) fn text(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<String>> {
    Ok(match row.get_ref(column)? {
        ValueRef::Null => None,
        ValueRef::Integer(number) => Some(number.to_string()),
        ValueRef::Real(number) => Some(number.to_string()),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
    })
}

/// The directory of the copy, for as long as it is needed.
struct Copy(PathBuf);

impl Copy {
    fn make(path: &Path, data: &Path) -> Result<Self, ImportError> {
        let copy = Self(data.join("import.tmp"));
        // Left over from an import that was killed; the data directory is ours, so that nobody uses it now.
        let _ = fs::remove_dir_all(&copy.0);
        fs::create_dir(&copy.0).map_err(|cause| unreadable(&copy.0, &cause))?;
        let before = states(path);
        for beside in BESIDE {
            copy_file(&with_suffix(path, beside), &with_suffix(&copy.file(), beside))?;
        }
        if states(path) == before { Ok(copy) } else { Err(ImportError::InUse(path.to_owned())) }
    }

    fn file(&self) -> PathBuf {
        self.0.join("chat.db")
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn copy_file(source: &Path, target: &Path) -> Result<(), ImportError> {
    let mut source_file = match File::open(source) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(()),
        opened => opened.map_err(|cause| unreadable(source, &cause))?,
    };
    let mut target_file = open_private(target).map_err(|cause| unwritable(target, &cause))?;
    io::copy(&mut source_file, &mut target_file).map_err(|cause| unreadable(source, &cause))?;
    Ok(())
}

/// Size and time of change of each file, to see whether somebody writes.
fn states(path: &Path) -> [Option<(u64, SystemTime)>; 3] {
    BESIDE.map(|beside| {
        let metadata = fs::metadata(with_suffix(path, beside)).ok()?;
        Some((metadata.len(), metadata.modified().ok()?))
    })
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn unreadable(path: &Path, cause: &io::Error) -> ImportError {
    ImportError::Unreadable { path: path.to_owned(), cause: cause.to_string() }
}
