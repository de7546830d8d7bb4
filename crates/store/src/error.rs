//! What can go wrong with storage, and, apart from it, what the rules refuse.

use std::path::PathBuf;

use chatterbox_core::changes::Refused;

/// Storage did not do what it was asked. Nothing was stored, and the texts hold nothing that a user wrote.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The disk is full. Works again once there is space.
    #[error("the disk is full")]
    Full,
    /// The database cannot be written to, only read.
    #[error("the database is read-only")]
    ReadOnly,
    /// Another process holds the database.
    #[error("another process holds the database")]
    Locked,
    /// The database file is damaged.
    #[error("the database is damaged: {0}")]
    Corrupt(String),
    /// More writes wait than the queue holds. Trying again later helps.
    #[error("too many writes are waiting")]
    Busy,
    /// Anything else. After a failed write to the disk, every later write fails like this until a restart.
    #[error("storage failed: {0}")]
    Failed(String),
    /// The store is closed.
    #[error("the store is closed")]
    Stopped,
}

/// The answer to a change: storage failed, or a rule refused, or it is done and on the disk.
pub type Outcome<T> = Result<Result<T, Refused>, Error>;

/// Why a data directory could not be opened, told for the person who started the server.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Something else stands where the data directory should be.
    #[error("{} is not a directory. Choose another one with --data.", .0.display())]
    NotADirectory(PathBuf),
    /// The directory or a file in it cannot be created or written.
    #[error("{} cannot be written: {cause}. The user who runs ChatterBox needs to own it.", path.display())]
    Unwritable {
        /// What cannot be written.
        path: PathBuf,
        /// What the system says.
        cause: String,
    },
    /// Another process works on this directory.
    #[error("{} is in use by {}. Only one may use a data directory at a time.", path.display(), holder_name(*.holder))]
    InUse {
        /// The data directory.
        path: PathBuf,
        /// The process that holds it, if it said who it is.
        holder: Option<u32>,
    },
    /// The file is not SQLite's.
    #[error("{} is not a database, or its beginning is damaged. Restore a backup, or move the file away.", .0.display())]
    NotADatabase(PathBuf),
    /// The file is SQLite's, but another program's.
    #[error(
        "{} is a database of another program. To bring in an old chat.db, use `chatterbox import chatterbox chat.db`.",
        .0.display()
    )]
    Foreign(PathBuf),
    /// The file is damaged.
    #[error("{} is damaged ({detail}). Restore a backup.", path.display())]
    Corrupt {
        /// The database file.
        path: PathBuf,
        /// What SQLite found first.
        detail: String,
    },
    /// The WAL beside the database is of another state of it, or of another one.
    #[error(
        "{} holds changes that were made to another state of {}: a copy was put in its place while the log of what was \
         there before stayed. Nothing was changed. To start with the copy, remove {}; to start with what was there before, \
         put that database back.",
        wal.display(), database.display(), wal.display()
    )]
    ForeignWal {
        /// The database file.
        database: PathBuf,
        /// The WAL, to be removed.
        wal: PathBuf,
    },
    /// The file was written by a newer ChatterBox.
    #[error(
        "{} was written by a newer ChatterBox (schema {found}; this one knows up to {known}). Nothing was changed. \
         Start the newer program, or restore a backup from before the update.",
        path.display()
    )]
    Newer {
        /// The database file.
        path: PathBuf,
        /// The file's schema version.
        found: u32,
        /// The last version that this program knows.
        known: u32,
    },
    /// The file was built by migrations other than this program's.
    #[error(
        "{} has a schema that this program did not make (migration {version} differs). Start the program that wrote it.",
        path.display()
    )]
    Altered {
        /// The database file.
        path: PathBuf,
        /// The first migration that differs.
        version: u32,
    },
    /// SQLite itself is too old to be trusted.
    #[error("SQLite {0} can damage a database that two connections use. ChatterBox needs 3.51.3 or newer.")]
    OldSqlite(&'static str),
    /// Anything else.
    #[error("{} cannot be opened: {cause}", path.display())]
    Failed {
        /// The database file.
        path: PathBuf,
        /// What SQLite says.
        cause: Error,
    },
}

fn holder_name(holder: Option<u32>) -> String {
    holder.map_or_else(|| "another process".to_owned(), |id| format!("process {id}"))
}
