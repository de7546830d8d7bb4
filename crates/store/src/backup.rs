//! Keeping a copy, and going back to it.

use std::path::PathBuf;

use crate::OpenError;

/// What a backup holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackedUp {
    /// Accounts.
    pub users: u64,
    /// Messages that have not been deleted.
    pub messages: u64,
    /// The size of the file.
    pub bytes: u64,
}

/// Why there is no backup, or nothing restored, told for the person who asked for it. Nothing was changed then.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The data directory cannot be used.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// There is nothing to copy.
    #[error("{} is not there, or empty: there is nothing to back up. --data names the directory.", .0.display())]
    Nothing(PathBuf),
    /// The name is taken.
    #[error("{} exists already. Choose another name, or say --replace.", .0.display())]
    Exists(PathBuf),
    /// The name belongs to the server.
    #[error("{} is a file of the server itself. Choose another name.", .0.display())]
    OwnFile(PathBuf),
    /// Another backup is on its way to the same file.
    #[error("{} is being written by another backup.", .0.display())]
    BeingWritten(PathBuf),
    /// A running server cannot share.
    #[error(
        "the server keeps {} to itself until it is restarted, because it was started on a full disk. Restart it.",
        .0.display()
    )]
    Kept(PathBuf),
    /// A file cannot be read or written.
    #[error("{}: {cause}", path.display())]
    Failed {
        /// Which file.
        path: PathBuf,
        /// What the system or SQLite says.
        cause: String,
    },
    /// The database to be copied is damaged.
    #[error("{} is damaged ({detail}), and was not backed up. Restore an older backup.", path.display())]
    DamagedDatabase {
        /// The database.
        path: PathBuf,
        /// What SQLite found first.
        detail: String,
    },
    /// It does not end like a backup.
    #[error("{} was not made by `chatterbox backup`, or its end is missing. Nothing was restored.", .0.display())]
    NotABackup(PathBuf),
    /// Its content is not what was written.
    #[error("{} is damaged: {detail}. Nothing was restored. Take another backup.", path.display())]
    Damaged {
        /// The backup.
        path: PathBuf,
        /// What was found.
        detail: String,
    },
    /// There is something to be lost.
    #[error(
        "{} holds data already. To put the backup in its place, for good, say --replace; or choose another directory \
         with --data.",
        .0.display()
    )]
    HoldsData(PathBuf),
}
