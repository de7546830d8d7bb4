//! Putting a backup into the place of a database, whole or not at all.

use std::fs;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use crate::sqlite::backup::{count, failed, fault, sync_directory_of};
use crate::sqlite::belonging::{RESTORED, wal_of};
use crate::sqlite::disk::{make_directory, open_private};
use crate::sqlite::lock::Lock;
use crate::sqlite::migrations::{MIGRATIONS, examine, run};
use crate::sqlite::open::remove_wal;
use crate::sqlite::seal;
use crate::{BackedUp, BackupError};

/// See [`crate::restore`].
pub(crate) fn restore(data: &Path, file: &Path, may_replace: bool) -> Result<BackedUp, BackupError> {
    // Before anything is made: a mistyped name must not leave a data directory behind.
    let sealed = seal::open(file).map_err(|cause| failed(file, &cause))?;
    let (content, digest) = sealed.ok_or_else(|| BackupError::NotABackup(file.to_owned()))?;
    make_directory(data)?;
    let database = data.join("chatterbox.db");
    let bytes = |path: &Path| fs::metadata(path).map_or(0, |metadata| metadata.len());
    let holds_data = bytes(&database) > 0 || bytes(&wal_of(&database)) > 0;
    let _lock = Lock::take(data)?;
    if holds_data && !may_replace {
        return Err(BackupError::HoldsData(data.to_owned()));
    }
    let part = data.join("chatterbox.db.part");
    let restored = copy(content, &digest, file, &part).and_then(|restored| {
        fs::rename(&part, &database).map_err(|cause| failed(&database, &cause))?;
        Ok(restored)
    });
    if restored.is_err() {
        let _ = fs::remove_file(&part);
    }
    // First the name lasts, then the WAL of what was there goes. Should this process end between the two, its mark tells
    // the next one that the WAL is nobody's.
    let last = || sync_directory_of(&database).and_then(|()| remove_wal(&database));
    restored.and_then(|restored| last().map_err(|cause| failed(&database, &cause)).map(|()| restored))
}

/// Copies the content beside the database, and checks it.
fn copy(content: impl std::io::Read, digest: &str, file: &Path, part: &Path) -> Result<BackedUp, BackupError> {
    let damaged = |detail: String| BackupError::Damaged { path: file.to_owned(), detail };
    let mut copy = open_private(part).map_err(|cause| failed(part, &cause))?;
    let copied = copy.set_len(0).and_then(|()| seal::digest(content, &mut copy));
    let (found, bytes) = copied.map_err(|cause| failed(part, &cause))?;
    if found != digest {
        return Err(damaged("its content is not what its checksum tells".to_owned()));
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let of_part = |error: rusqlite::Error| BackupError::Failed { path: part.to_owned(), cause: error.to_string() };
    let mut connection = Connection::open_with_flags(part, flags).map_err(of_part)?;
    // It is whole before it has its name, or thrown away.
    connection.pragma_update(None, "journal_mode", "MEMORY").map_err(of_part)?;
    let version = examine(&connection, file, MIGRATIONS)?;
    if let Some(detail) = fault(&connection).map_err(|error| damaged(error.to_string()))? {
        return Err(damaged(detail));
    }
    run(&mut connection, MIGRATIONS, version).map_err(of_part)?;
    connection.execute("UPDATE epoch SET mark = ?1", [RESTORED]).map_err(of_part)?;
    let restored = count(&connection).map_err(of_part)?;
    drop(connection);
    copy.sync_all().map_err(|cause| failed(part, &cause))?;
    Ok(BackedUp { bytes, ..restored })
}
