//! The disk: what is made on it for its owner alone, and what it says of itself. SQLite tells that a write has failed, and
//! not why: whether a quota is used up, for one.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use crate::{Error, OpenError};

/// With less space than this, nobody is told that storage works: more than any one change writes.
const ROOM_BYTES: usize = 1024 * 1024;

/// Tries to write into the data directory. What is written has no name, and is gone with the end of this.
pub(super) fn try_out(data: &Path) -> Result<(), Error> {
    let path = data.join("chatterbox.trial");
    let written = open_private(&path).and_then(|mut file| {
        fs::remove_file(&path)?;
        let some = [0; 64 * 1024];
        (0..ROOM_BYTES / some.len()).try_for_each(|_| file.write_all(&some))
    });
    written.map_err(|cause| error(&cause))
}

/// The system's failure in the store's words.
pub(super) fn error(cause: &io::Error) -> Error {
    match cause.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Error::Full,
        io::ErrorKind::ReadOnlyFilesystem => Error::ReadOnly,
        _ => Error::Failed(cause.to_string()),
    }
}

/// Makes a data directory that its owner alone may read, unless it is there.
pub(super) fn make_directory(data: &Path) -> Result<(), OpenError> {
    if data.is_dir() {
        return Ok(());
    }
    if data.exists() {
        return Err(OpenError::NotADirectory(data.to_owned()));
    }
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(data).map_err(|cause| unwritable(data, &cause))
}

/// Opens a file that its owner alone may read, and makes it if it is not there.
pub(super) fn open_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Why nothing can be written there, for whoever starts the server.
pub(super) fn unwritable(path: &Path, cause: &io::Error) -> OpenError {
    match error(cause) {
        Error::Failed(cause) => OpenError::Unwritable { path: path.to_owned(), cause },
        cause => OpenError::Failed { path: path.to_owned(), cause },
    }
}
