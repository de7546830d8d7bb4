//! What SQLite's result codes mean for the store.

use rusqlite::{ErrorCode, ffi};

use crate::Error;

/// SQLite's failure in the store's words. SQLite's messages name tables and columns, never values.
pub(crate) fn error(failure: &rusqlite::Error) -> Error {
    if failure.sqlite_extended_error_code() == Some(ffi::SQLITE_IOERR_SHMSIZE) {
        // The index of the write-ahead log could not grow. SQLite says so before it has written anything.
        return Error::Full;
    }
    match failure.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => Error::Full,
        Some(ErrorCode::ReadOnly) => Error::ReadOnly,
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Error::Locked,
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Error::Corrupt(failure.to_string()),
        _ => Error::Failed(failure.to_string()),
    }
}

/// Whether nothing may be written any more after this: the disk failed, so that nobody knows what it holds, and
/// asking it again could turn a lost write into an acknowledged one (threats.md D4); or the file is damaged.
pub(super) fn is_final(failure: &rusqlite::Error) -> bool {
    match error(failure) {
        Error::Corrupt(_) => true,
        Error::Failed(_) => failure.sqlite_error_code() == Some(ErrorCode::SystemIoFailure),
        _ => false,
    }
}
