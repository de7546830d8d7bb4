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
        None if is_odd_value(failure) => Error::Corrupt(failure.to_string()),
        _ => Error::Failed(failure.to_string()),
    }
}

/// Whether a column holds what nobody has put there: tables are strict, so that only a damaged page has it.
fn is_odd_value(failure: &rusqlite::Error) -> bool {
    use rusqlite::Error::{FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType, Utf8Error};
    matches!(
        failure,
        FromSqlConversionFailure(..) | IntegralValueOutOfRange(..) | InvalidColumnType(..) | Utf8Error(..)
    )
}

/// Whether nothing may be written any more after this: a sync or a read failed, so that nobody knows what the disk holds,
/// and asking it again could turn a lost write into an acknowledged one (threats.md D4); or the file is damaged. A write
/// that was refused is none of these: it is undone, and the next one writes everything anew before it is synced.
pub(super) fn is_final(failure: &rusqlite::Error) -> bool {
    match error(failure) {
        Error::Corrupt(_) => true,
        Error::Failed(_) => {
            failure.sqlite_error_code() == Some(ErrorCode::SystemIoFailure) && !is_refused_write(failure)
        }
        _ => false,
    }
}

/// Whether it is the system that refuses, and not SQLite or this program.
pub(super) fn is_of_the_system(failure: &rusqlite::Error) -> bool {
    matches!(failure.sqlite_error_code(), Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen))
}

fn is_refused_write(failure: &rusqlite::Error) -> bool {
    matches!(
        failure.sqlite_extended_error_code(),
        Some(ffi::SQLITE_IOERR_WRITE | ffi::SQLITE_IOERR_SHMOPEN | ffi::SQLITE_IOERR_SHMMAP)
    )
}
