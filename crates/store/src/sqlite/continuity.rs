//! Whether a database is the one that was last used here, or a backup that somebody has put in its place. Clients may have
//! seen what a backup does not have, and its numbers are given again to other changes: so it begins another epoch.
//!
//! The database bears a mark, and a file beside it has the same. The mark changes whenever the database is opened or closed,
//! so that an older state of it is noticed. It tells when the file beside it was last touched, which no copy can pretend; and
//! the schema's number, which a copy that SQLite has made has not. The mark is in the database file itself before anything
//! else is in its WAL, so that a WAL can be told from one of another state ([`super::belonging`]).

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::{Connection, ffi};

use crate::Error;
use crate::sqlite::disk;
use crate::sqlite::disk::open_private;

/// How long to wait before a mark is tried again that could not be made, though the disk has room.
const TRY_AGAIN: Duration = Duration::from_secs(10);

/// Letters of a random word that makes a mark.
const CHANCE_LETTERS: usize = 32;

/// Where the mark beside the database is, and which history the database is part of.
#[derive(Debug)]
pub(super) struct Continuity {
    beside: PathBuf,
    epoch: String,
    /// Whether what lies beside the database is known to it.
    is_ours: bool,
    is_marked: bool,
    tried: Option<Instant>,
}

/// Why there is no new mark.
enum Unmarked {
    /// Storage does not take it, and so would take no change, either.
    Refused(rusqlite::Error),
    /// Something else, which keeps nobody from writing.
    Otherwise(String),
}

impl From<rusqlite::Error> for Unmarked {
    fn from(error: rusqlite::Error) -> Self {
        Self::Refused(error)
    }
}

impl Continuity {
    /// Looks at the marks, and changes nothing. It is another epoch than before if this is not what was last used here.
    pub(super) fn find(database: &Path, connection: &Connection) -> rusqlite::Result<Self> {
        let beside = beside(database);
        let (epoch, mark): (String, String) =
            connection.query_row("SELECT value, mark FROM epoch", [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let is_ours = match read(&beside) {
            Ok((chance, touched)) => {
                let whole = whole(&chance, &touched, connection)?;
                mark.lines().any(|line| line == whole || line == chance)
            }
            Err(_) => false,
        };
        let epoch = if is_ours { epoch } else { chance(connection)? };
        Ok(Self { beside, epoch, is_ours, is_marked: false, tried: None })
    }

    /// The history that this is.
    pub(super) fn epoch(&self) -> &str {
        &self.epoch
    }

    /// To be called before anything is written: makes the mark, if that could not be done yet. Errors: nothing can be
    /// written now.
    pub(super) fn settle(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        if self.is_marked || self.tried.is_some_and(|tried| tried.elapsed() < TRY_AGAIN) {
            return Ok(());
        }
        self.renew(connection)
    }

    /// Changes the mark. If that does not work though the disk has room, the next start may begin another epoch, which is
    /// no lie. Errors: nothing can be written now, and the mark is what it was.
    pub(super) fn renew(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        match self.try_renew(connection) {
            Ok(()) => self.is_marked = true,
            Err(Unmarked::Refused(error)) => return Err(error),
            Err(Unmarked::Otherwise(cause)) => {
                if self.tried.replace(Instant::now()).is_none() {
                    tracing::warn!(%cause, "the database could not be marked as the one in use");
                }
            }
        }
        Ok(())
    }

    fn try_renew(&mut self, connection: &Connection) -> Result<(), Unmarked> {
        let before = match read(&self.beside) {
            Ok((chance, touched)) if self.is_ours => whole(&chance, &touched, connection)?,
            _ => {
                // The mark of another one would speak against the WAL that begins here.
                let _ = fs::remove_file(&self.beside);
                String::new()
            }
        };
        let chance = chance(connection)?;
        // Whoever is cut off from here on is known by what lies beside the database now, or by what will.
        let both = format!("{before}\n{chance}");
        connection.execute("UPDATE epoch SET value = ?1, mark = ?2", [&self.epoch, &both])?;
        is_moved(connection)?;
        self.write(&chance)?;
        self.is_ours = true;
        let (chance, touched) = read(&self.beside).map_err(|cause| Unmarked::Otherwise(cause.to_string()))?;
        connection.execute("UPDATE epoch SET mark = ?1", [whole(&chance, &touched, connection)?])?;
        is_moved(connection)
    }

    /// Puts it beside the database, over what is there: a full disk has room for that.
    fn write(&self, chance: &str) -> Result<(), Unmarked> {
        let written = open_private(&self.beside).and_then(|mut file| {
            file.write_all(chance.as_bytes())?;
            file.set_len(chance.len() as u64)?;
            file.sync_all()
        });
        written.map_err(|cause| match disk::error(&cause) {
            Error::Full => Unmarked::Refused(rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_FULL), None)),
            _ => Unmarked::Otherwise(cause.to_string()),
        })
    }
}

/// The chance that lies beside a database; none if there is none, or something else.
pub(super) fn chance_beside(database: &Path) -> Option<String> {
    read(&beside(database)).ok().map(|(chance, _)| chance)
}

fn beside(database: &Path) -> PathBuf {
    database.with_extension("mark")
}

/// What stands beside the database, and when the system has seen the file change.
fn read(beside: &Path) -> io::Result<(String, String)> {
    let (chance, file) = (fs::read_to_string(beside)?, fs::metadata(beside)?);
    if chance.len() != CHANCE_LETTERS || !chance.bytes().all(|letter| letter.is_ascii_hexdigit()) {
        return Err(io::ErrorKind::InvalidData.into());
    }
    Ok((chance, format!("{}.{:09}", file.ctime(), file.ctime_nsec())))
}

fn whole(chance: &str, touched: &str, connection: &Connection) -> rusqlite::Result<String> {
    let schema: i64 = connection.query_row("PRAGMA schema_version", [], |row| row.get(0))?;
    Ok(format!("{chance} {touched} {schema}"))
}

fn chance(connection: &Connection) -> rusqlite::Result<String> {
    connection.query_row("SELECT lower(hex(randomblob(16)))", [], |row| row.get(0))
}

/// Moves the WAL into the database. Errors: somebody still reads what was before.
fn is_moved(connection: &Connection) -> Result<(), Unmarked> {
    let checkpoint = "PRAGMA wal_checkpoint(PASSIVE)";
    let (pages, moved): (i64, i64) =
        connection.query_row(checkpoint, [], |row| Ok((row.get("log")?, row.get("checkpointed")?)))?;
    if pages == moved { Ok(()) } else { Err(Unmarked::Otherwise("another program reads it".to_owned())) }
}
