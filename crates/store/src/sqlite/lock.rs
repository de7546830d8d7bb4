//! The lock file: one process, and one [`Store`](crate::Store), to a data directory (threats.md D6).

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use crate::OpenError;
use crate::sqlite::open::open_private;

/// The data directory is ours for as long as this lives. The file stays, since removing it would race with the next
/// holder; the system drops the lock with the process, however that ends.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
}

impl Lock {
    /// Takes the directory, or says who has it.
    pub(super) fn take(data: &Path) -> Result<Self, OpenError> {
        let path = data.join("chatterbox.lock");
        let unwritable = |cause: std::io::Error| OpenError::Unwritable { path: path.clone(), cause: cause.to_string() };
        let mut file = open_private(&path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(OpenError::InUse { path: data.to_owned(), holder: holder(&mut file) });
            }
            Err(TryLockError::Error(cause)) => return Err(unwritable(cause)),
        }
        // Who holds it is a courtesy to whoever comes second; a full disk must not keep the server from reading.
        let _ = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| writeln!(file, "{}", std::process::id()));
        Ok(Self { file })
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing the file is not enough: a child process that is just being started has a copy of it for a moment.
        let _ = self.file.unlock();
    }
}

fn holder(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.take(32).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_of_the_file_in_a_child_process_does_not_keep_the_directory() {
        let data = tempfile::tempdir().unwrap();
        let lock = Lock::take(data.path()).unwrap();
        let inherited = lock.file.try_clone().unwrap();
        assert!(Lock::take(data.path()).is_err());
        drop(lock);
        assert!(Lock::take(data.path()).is_ok());
        drop(inherited);
    }
}
