//! One process, and one [`Store`](crate::Store), to a data directory (threats.md D6). Whoever holds it holds two files: the
//! database itself, because whatever lies beside it can be removed; and one beside it, because the database can be replaced.

use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::Path;

use crate::OpenError;
use crate::sqlite::disk;
use crate::sqlite::disk::{open_private, unwritable};

/// The data directory is ours for as long as this lives. The files stay, since removing them would race with the next
/// holder; the system drops the locks with the process, however that ends.
#[derive(Debug)]
pub(crate) struct Lock {
    /// None if there was none, and a full disk has no place for it.
    beside: Option<File>,
    /// Open until the last connection of this process is closed: closing it drops SQLite's own locks on the file.
    database: File,
}

impl Lock {
    /// Takes the directory, or says who has it. Makes an empty database if there is none.
    pub(super) fn take(data: &Path) -> Result<Self, OpenError> {
        let beside = hold_beside(data)?;
        let path = data.join("chatterbox.db");
        match hold(&path).map_err(|cause| unwritable(&path, &cause))? {
            Some(database) => Ok(Self { beside, database }),
            None => {
                let holder = beside.and_then(signed).or_else(|| locked_by(&path));
                Err(OpenError::InUse { path: data.to_owned(), holder })
            }
        }
    }

    /// Bytes in the database file, as it was taken.
    pub(super) fn database_bytes(&self) -> u64 {
        self.database.metadata().map_or(0, |metadata| metadata.len())
    }

    /// Writes down who has the directory: a courtesy to whoever comes second, which nothing depends on.
    pub(super) fn sign(&self) {
        if let Some(mut file) = self.beside.as_ref() {
            // Over what was there, which a full disk allows; a shorter number gets blanks.
            let _ = file.rewind().and_then(|()| writeln!(file, "{:<10}", std::process::id()));
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing the files is not enough: a child process that is just being started has a copy of them for a moment.
        let _ = self.database.unlock();
        let _ = self.beside.as_ref().map(File::unlock);
    }
}

fn hold_beside(data: &Path) -> Result<Option<File>, OpenError> {
    let path = data.join("chatterbox.lock");
    let file = match open_private(&path) {
        Ok(file) => file,
        Err(cause) if disk::error(&cause) == crate::Error::Full => return Ok(None),
        Err(cause) => return Err(unwritable(&path, &cause)),
    };
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse { path: data.to_owned(), holder: signed(file) }),
        Err(TryLockError::Error(cause)) => Err(unwritable(&path, &cause)),
    }
}

/// Takes a file that is SQLite's, too, and makes it if it is not there; none if somebody has it.
pub(super) fn hold(path: &Path) -> io::Result<Option<File>> {
    loop {
        let file = open_private(path)?;
        if !try_lock(&file)? {
            return Ok(None);
        }
        // Whoever had it may have put another file in its place, or given it another name, before letting go.
        if is_at(&file, path) {
            return Ok(Some(file));
        }
    }
}

/// SQLite locks the same file with `fcntl`. Elsewhere the system may take the two for one, and SQLite would wait for us.
#[cfg(target_os = "linux")]
fn try_lock(file: &File) -> io::Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(cause)) => Err(cause),
    }
}

#[cfg(not(target_os = "linux"))]
fn try_lock(_: &File) -> io::Result<bool> {
    Ok(true)
}

fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let place = |metadata: &std::fs::Metadata| (metadata.dev(), metadata.ino());
    matches!((file.metadata(), path.metadata()), (Ok(ours), Ok(there)) if place(&ours) == place(&there))
}

/// The process that the file beside the database names.
fn signed(file: File) -> Option<u32> {
    let mut text = String::new();
    file.take(32).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

/// The process that Linux knows to hold a file.
fn locked_by(database: &Path) -> Option<u32> {
    let number = std::os::unix::fs::MetadataExt::ino(&database.metadata().ok()?);
    let locks = std::fs::read_to_string("/proc/locks").ok()?;
    // 1: FLOCK  ADVISORY  WRITE 1234 08:01:567 0 EOF
    locks.lines().map(|line| line.split_ascii_whitespace().collect::<Vec<_>>()).find_map(|lock| {
        let inode = lock.get(5)?.rsplit(':').next()?;
        (lock[1] == "FLOCK" && inode == number.to_string()).then(|| lock[4].parse().ok())?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_of_the_files_in_a_child_process_does_not_keep_the_directory() {
        let data = tempfile::tempdir().unwrap();
        let lock = Lock::take(data.path()).unwrap();
        let inherited = (lock.beside.as_ref().unwrap().try_clone().unwrap(), lock.database.try_clone().unwrap());
        assert!(Lock::take(data.path()).is_err());
        drop(lock);
        assert!(Lock::take(data.path()).is_ok());
        drop(inherited);
    }

    #[test]
    fn d6_neither_without_the_file_beside_it_nor_in_another_place_is_a_database_free() {
        let data = tempfile::tempdir().unwrap();
        let (beside, database) = (data.path().join("chatterbox.lock"), data.path().join("chatterbox.db"));
        let lock = Lock::take(data.path()).unwrap();
        std::fs::remove_file(&beside).unwrap();
        let refused = Lock::take(data.path()).unwrap_err();
        assert!(matches!(refused, OpenError::InUse { holder: Some(id), .. } if id == std::process::id()), "{refused}");
        drop(lock);
        let _lock = Lock::take(data.path()).unwrap();
        std::fs::rename(&database, data.path().join("elsewhere.db")).unwrap();
        assert!(matches!(Lock::take(data.path()), Err(OpenError::InUse { .. })), "the database was moved away");
    }
}
