//! Import of the original program's `chat.db`: users, messages, ids and times into the first room, all or nothing.

use std::path::PathBuf;

use crate::{Error, OpenError};

/// How far an import is, in rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Rows looked at.
    pub done: u64,
    /// Rows there are.
    pub total: u64,
}

/// What an import has brought in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary {
    /// Accounts that are new here.
    pub users: u64,
    /// Accounts that an earlier import had brought in.
    pub users_already_there: u64,
    /// Messages that are new here.
    pub messages: u64,
    /// Messages that an earlier import had brought in, whatever has become of them since.
    pub messages_already_there: u64,
    /// New accounts whose names today's rules would refuse. They log in under exactly that name. The names are as
    /// they were, with whatever characters a terminal should not be shown raw.
    pub irregular_names: Vec<String>,
    /// New messages whose time could not be read and became that of the message before.
    pub unreadable_times: u64,
    /// The account that this import made the owner, because there was none.
    pub owner: Option<String>,
}

/// Why nothing was imported, told for the person who asked for it.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The data directory cannot be used; a running server holds it, for example.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The old file, or its copy inside the data directory, cannot be read or made.
    #[error("{} cannot be read: {cause}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        cause: String,
    },
    /// The old file is not SQLite's.
    #[error("{} is not a SQLite database. The original program's is called chat.db.", .0.display())]
    NotADatabase(PathBuf),
    /// The old file is damaged.
    #[error("{} is damaged ({detail}). Import a backup of it.", path.display())]
    Corrupt {
        /// The old file.
        path: PathBuf,
        /// What SQLite found first.
        detail: String,
    },
    /// The old file changed while it was read.
    #[error("{} is being written to. Stop the original program first.", .0.display())]
    InUse(PathBuf),
    /// The old file lacks a table or a column.
    #[error("{} is not a database of the original program: it has no {missing}.", path.display())]
    NotTheOriginals {
        /// The old file.
        path: PathBuf,
        /// The table or column.
        missing: &'static str,
    },
    /// A row of the old file cannot be brought in as it is.
    #[error("row {id} of the table {table} cannot be brought in: {problem}. Nothing was changed.")]
    Row {
        /// The table.
        table: &'static str,
        /// The row's id.
        id: i64,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A row of the old file stands for something else than what is in the data directory already.
    #[error(
        "row {id} of the table {table} cannot be brought in: {taken}. Nothing was changed. Import into a fresh data \
         directory: --data with a name that does not exist yet."
    )]
    Collision {
        /// The table.
        table: &'static str,
        /// The row's id.
        id: i64,
        /// What is taken, and by what.
        taken: String,
    },
    /// Storage failed.
    #[error("{0}. Nothing was changed.")]
    Failed(Error),
}
