//! How a connection is set up.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

/// How long SQLite waits for a lock that another process (a backup, a shell) holds.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// What of the WAL stays on the disk after it has been started anew, in bytes (threats.md D5).
const WAL_KEPT_BYTES: i64 = 16 * 1024 * 1024;

/// Statements kept prepared by each connection. There are fewer than that.
const STATEMENTS_KEPT: usize = 64;

/// Whether other programs can use the database meanwhile: a shell, or a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sharing {
    /// They can. The index of the WAL is a file, which all of them map into their memory.
    WithOthers,
    /// They have to wait. The index is in this process's memory, so that a full disk is no hindrance.
    Alone,
}

/// A connection that may write, before it has touched the file.
pub(super) fn open_writing(path: &Path, sharing: Sharing) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = match sharing {
        Sharing::WithOthers => Connection::open_with_flags(path, flags)?,
        Sharing::Alone => Connection::open_with_flags_and_vfs(path, flags, c"unix-excl")?,
    };
    set_up(&connection)?;
    Ok(connection)
}

/// Makes every commit of this connection last (threats.md D1), and every deleted text unreadable (P3).
pub(super) fn make_durable(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "secure_delete", "ON")?;
    connection.pragma_update(None, "journal_size_limit", WAL_KEPT_BYTES)?;
    // The WAL is moved into the database beside the writer, not in the midst of a commit.
    connection.pragma_update(None, "wal_autocheckpoint", 0)
}

/// A connection that moves the WAL into the database, and can write nothing else.
pub(super) fn open_moving(path: &Path, sharing: Sharing) -> rusqlite::Result<Connection> {
    let connection = open_writing(path, sharing)?;
    make_durable(&connection)?;
    connection.pragma_update(None, "query_only", "ON")?;
    Ok(connection)
}

/// A connection that cannot write.
pub(super) fn open_reading(path: &Path, sharing: Sharing) -> rusqlite::Result<Connection> {
    let connection = match sharing {
        Sharing::WithOthers => {
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let connection = Connection::open_with_flags(path, flags)?;
            set_up(&connection)?;
            connection
        }
        // One that is only for reading would make the process's lock on the file one for reading.
        Sharing::Alone => open_writing(path, sharing)?,
    };
    connection.pragma_update(None, "query_only", "ON")?;
    Ok(connection)
}

/// A connection to the database file as it is without its WAL, which touches nothing and takes no lock.
pub(super) fn open_without_wal(path: &Path) -> rusqlite::Result<Connection> {
    let mut uri = "file:".to_owned();
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => uri.push(char::from(*byte)),
            other => uri.push_str(&format!("%{other:02x}")),
        }
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(uri + "?immutable=1", flags)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    Ok(connection)
}

fn set_up(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    // Without it, some statements are compiled anew for each new value, in search of a better plan. There is only one.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "foreign_keys", "ON")?;
    connection.pragma_update(None, "trusted_schema", "OFF")?;
    connection.pragma_update(None, "cell_size_check", "ON")?;
    connection.pragma_update(None, "mmap_size", 0)?;
    // Savepoints and sorting must not need a second disk that can be full.
    connection.pragma_update(None, "temp_store", "MEMORY")
}
