//! What the disk itself says. SQLite tells that a write has failed, and not why: whether a quota is used up, for one.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use crate::Error;
use crate::sqlite::open::open_private;

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
