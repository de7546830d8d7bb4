//! A look into the database file, and a hand in it, past the server.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

/// Opens the file to read and to meddle. The server may be running.
pub(crate) fn open(path: &Path) -> Connection {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).expect("the database opens");
    connection.busy_timeout(Duration::from_secs(5)).expect("a timeout can be set");
    connection
}

/// Changes something that no call of the server changes. Exactly one row must be concerned.
pub(crate) fn meddle(path: &Path, sql: &str) {
    assert_eq!(open(path).execute(sql, []).expect("the change is made"), 1, "{sql}");
}

/// One number.
pub(crate) fn number(path: &Path, sql: &str) -> i64 {
    open(path).query_row(sql, [], |row| row.get(0)).expect("the query answers")
}

/// One text.
pub(crate) fn text(path: &Path, sql: &str) -> String {
    open(path).query_row(sql, [], |row| row.get(0)).expect("the query answers")
}

/// Whether these bytes are anywhere in the files of the directory.
pub(crate) fn holds(data: &Path, bytes: &[u8]) -> bool {
    let files = std::fs::read_dir(data).expect("the directory is there");
    files.map(|file| file.expect("an entry").path()).any(|file| {
        let content = std::fs::read(&file).unwrap_or_default();
        content.windows(bytes.len()).any(|window| window == bytes)
    })
}

/// What is in the files of a directory. A socket is none.
pub(crate) fn contents(data: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let paths = std::fs::read_dir(data).expect("the directory is there").map(|entry| entry.expect("an entry").path());
    let files = paths.filter(|path| path.extension().is_none_or(|kind| kind != "sock"));
    let mut contents: Vec<_> = files.map(|path| (path.clone(), std::fs::read(path).expect("a file"))).collect();
    contents.sort();
    contents
}
