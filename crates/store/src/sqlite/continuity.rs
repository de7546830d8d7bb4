//! Whether a database is the one that was last used here, or a backup that somebody has put in its place. Clients may have
//! seen what a backup does not have, and its numbers are given again to other changes: so it begins another epoch.
//!
//! The database bears a mark, and a file beside it has the same. The mark changes whenever the database is opened or closed,
//! so that an older state of it is noticed: unless it is from the same run, and that ended without a close. And the
//! database knows when the file beside it was last touched, which no copy can pretend: so a copy of both is noticed, too.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::sqlite::open::open_private;

/// Where the mark beside the database is.
#[derive(Debug)]
pub(super) struct Continuity {
    beside: PathBuf,
}

impl Continuity {
    /// Of this database.
    pub(super) fn of(database: &Path) -> Self {
        Self { beside: database.with_extension("mark") }
    }

    /// Answers the epoch: another one than before, if this is not what was last used here. Errors: it cannot be written
    /// that this is another epoch.
    pub(super) fn begin(&self, connection: &Connection) -> rusqlite::Result<String> {
        let mark: String = connection.query_row("SELECT mark FROM epoch", [], |row| row.get(0))?;
        let is_known = self.read().is_ok_and(|beside| beside == mark);
        if !is_known {
            connection.execute("UPDATE epoch SET value = lower(hex(randomblob(16)))", [])?;
        }
        self.renew(connection);
        connection.query_row("SELECT value FROM epoch", [], |row| row.get(0))
    }

    /// Changes the mark. If that does not work, the next start may begin another epoch, which is no lie.
    pub(super) fn renew(&self, connection: &Connection) {
        if let Err(error) = self.try_renew(connection) {
            tracing::warn!(%error, "the database could not be marked as the one in use");
        }
    }

    fn try_renew(&self, connection: &Connection) -> Result<(), Box<dyn std::error::Error>> {
        let chance: String = connection.query_row("SELECT lower(hex(randomblob(16)))", [], |row| row.get(0))?;
        self.write(&chance)?;
        connection.execute("UPDATE epoch SET mark = ?1", [self.read()?])?;
        Ok(())
    }

    /// What stands beside the database, and when the system has seen the file change.
    fn read(&self) -> io::Result<String> {
        let (chance, file) = (fs::read_to_string(&self.beside)?, fs::metadata(&self.beside)?);
        Ok(format!("{chance} {}.{:09}", file.ctime(), file.ctime_nsec()))
    }

    fn write(&self, chance: &str) -> io::Result<()> {
        let mut file = open_private(&self.beside).map_err(io::Error::other)?;
        file.set_len(0)?;
        file.write_all(chance.as_bytes())?;
        file.sync_all()
    }
}
