//! Storage that fails: brought about from inside, since no caller can.

mod batches;

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use rusqlite::ffi;
use tempfile::TempDir;

use crate::sqlite::writer::Halt;
use crate::sqlite::{Sqlite, probe};
use crate::{Error, Refused};

fn opened() -> (Sqlite, TempDir) {
    // In memory if there is such a place: no test cuts the power.
    let directory = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    (Sqlite::open(directory.path()).unwrap(), directory)
}

async fn count(sqlite: &Sqlite) -> i64 {
    sqlite.read(probe::read).await.unwrap()
}

async fn write(sqlite: &Sqlite) -> Result<i64, Error> {
    sqlite.write(|writing| probe::write(writing.connection())).await.map(|count| count.unwrap())
}

fn failure(code: std::ffi::c_int) -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(ffi::Error::new(code), None)
}

/// Holds the writer up in a callback. What comes now is committed together once the answer is dropped.
fn hold_up(sqlite: &Sqlite) -> mpsc::Sender<()> {
    let (go_on, waits) = mpsc::channel::<()>();
    let (arrived, arrives) = mpsc::channel();
    let wait = move |_| {
        arrived.send(()).unwrap();
        let _ = waits.recv();
    };
    sqlite.submit(|_| Ok(()), wait).unwrap();
    arrives.recv().unwrap();
    go_on
}

#[tokio::test]
async fn d3_a_full_disk_refuses_writes_keeps_reading_and_works_again_once_there_is_space() {
    let (sqlite, _directory) = opened();
    let fill = || {
        sqlite.write(|writing| {
            let text = "x".repeat(100_000);
            Ok(writing.connection().execute("UPDATE rooms SET name = ?1 WHERE id = 1", [text])?)
        })
    };
    let limit = |pages: i64| {
        sqlite.write(move |writing| {
            // It answers with the limit that it has set.
            Ok(writing.connection().query_row(&format!("PRAGMA max_page_count = {pages}"), [], |row| row.get(0))?)
        })
    };
    let _: i64 = limit(1).await.unwrap().unwrap();
    assert_eq!(fill().await, Err(Error::Full));
    assert_eq!(count(&sqlite).await, 0);
    assert_eq!(write(&sqlite).await, Ok(1));
    let _: i64 = limit(1_000_000).await.unwrap().unwrap();
    assert_eq!(fill().await, Ok(Ok(1)));
}

#[tokio::test]
async fn d4_after_a_failed_fsync_nothing_is_written_and_reading_goes_on() {
    let (sqlite, directory) = opened();
    assert_eq!(write(&sqlite).await, Ok(1));
    let go_on = hold_up(&sqlite);
    let (answers, answered) = mpsc::channel();
    for n in 0..3 {
        let answers = answers.clone();
        let work = move |writing: &mut crate::sqlite::writer::Writing<'_>| {
            probe::write(writing.connection())?;
            if n == 1 { Err(Halt::Failed(failure(ffi::SQLITE_IOERR_FSYNC))) } else { Ok(()) }
        };
        sqlite.submit(work, move |outcome| answers.send(outcome).unwrap()).unwrap();
    }
    drop((go_on, answers));
    // Not the one that failed alone: nobody knows what the disk holds of the others.
    let answered: Vec<_> = answered.iter().collect();
    assert_eq!(answered.len(), 3);
    assert!(answered.iter().all(|outcome| matches!(outcome, Err(Error::Failed(_)))), "{answered:?}");
    assert!(matches!(write(&sqlite).await, Err(Error::Failed(_))));
    assert_eq!(count(&sqlite).await, 1);
    let other = rusqlite::Connection::open(directory.path().join("chatterbox.db")).unwrap();
    other.busy_timeout(Duration::ZERO).unwrap();
    assert_eq!(other.execute_batch("BEGIN IMMEDIATE"), Ok(()));
}

#[tokio::test]
async fn what_one_change_gets_wrong_is_undone_and_spoils_no_other() {
    let (sqlite, _directory) = opened();
    let go_on = hold_up(&sqlite);
    let (answers, answered) = mpsc::channel();
    for n in 0..6 {
        let answers = answers.clone();
        let work = move |writing: &mut crate::sqlite::writer::Writing<'_>| {
            let count = probe::write(writing.connection())?;
            match n {
                1 => Err(Refused::Forbidden.into()),
                2 => Err(Halt::Failed(failure(ffi::SQLITE_CONSTRAINT))),
                3 => panic!("a defect of the store"),
                _ => Ok(count),
            }
        };
        sqlite.submit(work, move |outcome| answers.send(outcome).unwrap()).unwrap();
    }
    drop((go_on, answers));
    let answered: Vec<_> = answered.iter().collect();
    assert_eq!(answered[0], Ok(Ok(1)));
    assert_eq!(answered[1], Ok(Err(Refused::Forbidden)));
    assert!(matches!(answered[2], Err(Error::Failed(_))));
    assert!(matches!(answered[3], Err(Error::Failed(_))));
    assert_eq!(answered[4..], [Ok(Ok(2)), Ok(Ok(3))]);
    assert_eq!(count(&sqlite).await, 3);
}

#[tokio::test]
async fn whoever_listens_is_called_once_for_each_commit_after_all_its_answers() {
    let (sqlite, _directory) = opened();
    let (told, tells) = mpsc::channel();
    let go_on = hold_up(&sqlite);
    for n in 0..3 {
        let told = told.clone();
        let work = move |_: &mut crate::sqlite::writer::Writing<'_>| Ok(());
        sqlite.submit(work, move |_| told.send(n.to_string()).unwrap()).unwrap();
    }
    let calls = told.clone();
    sqlite.after_each_commit(Box::new(move |_| {
        calls.send("commit".to_owned()).unwrap();
        panic!("a defect of the listener");
    }));
    sqlite.after_each_commit(Box::new(|_| unreachable!("only the first is taken")));
    drop(go_on);
    // The commit that was held up, and the three together.
    let heard: Vec<_> = tells.iter().take(5).collect();
    assert_eq!(heard, ["commit", "0", "1", "2", "commit"]);
    let failed = sqlite.write::<()>(|_| Err(Halt::Failed(failure(ffi::SQLITE_IOERR_FSYNC)))).await;
    assert!(matches!(failed, Err(Error::Failed(_))));
    assert_eq!(tells.recv().unwrap(), "commit");
}

#[tokio::test]
async fn a_file_that_cannot_be_written_or_is_held_by_another_says_so_until_that_is_over() {
    let (sqlite, directory) = opened();
    let read_only = sqlite.write::<()>(|_| Err(Halt::Failed(failure(ffi::SQLITE_READONLY)))).await;
    assert_eq!(read_only, Err(Error::ReadOnly));
    assert_eq!(write(&sqlite).await, Ok(1));

    let patience = Duration::from_millis(10);
    sqlite.write(move |writing| Ok(writing.connection().busy_timeout(patience)?)).await.unwrap().unwrap();
    let other = rusqlite::Connection::open(directory.path().join("chatterbox.db")).unwrap();
    other.busy_timeout(Duration::ZERO).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(write(&sqlite).await, Err(Error::Locked));
    assert_eq!(count(&sqlite).await, 1);
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(write(&sqlite).await, Ok(2));
}

#[tokio::test]
async fn a_query_that_panics_gives_its_connection_back() {
    let (sqlite, _directory) = opened();
    for _ in 0..10 {
        let answer = sqlite.read(|_| -> rusqlite::Result<()> { panic!("a defect of the store") }).await;
        assert!(matches!(answer, Err(Error::Failed(_))));
    }
    assert_eq!(count(&sqlite).await, 0);
}

#[tokio::test]
async fn a_query_cannot_write() {
    let (sqlite, _directory) = opened();
    let answer = sqlite.read(|connection| connection.execute("UPDATE probe SET count = 9", [])).await;
    assert_eq!(answer, Err(Error::ReadOnly));
}

/// Reads for ever, and lets go of a snapshot only once the other reader has begun a newer one.
fn read_in_turns(path: &Path, turns: [&AtomicU64; 2], is_over: &AtomicBool) {
    let [mine, other] = turns;
    let reader = rusqlite::Connection::open(path).unwrap();
    while !is_over.load(Ordering::Relaxed) {
        reader.execute_batch("BEGIN").unwrap();
        let _: i64 = reader.query_row("SELECT count(*) FROM rooms", [], |row| row.get(0)).unwrap();
        let seen = other.load(Ordering::Relaxed);
        mine.fetch_add(1, Ordering::Relaxed);
        while other.load(Ordering::Relaxed) == seen && !is_over.load(Ordering::Relaxed) {
            std::thread::yield_now();
        }
        reader.execute_batch("COMMIT").unwrap();
    }
}

#[tokio::test]
async fn d5_the_log_is_moved_into_the_database_even_if_there_always_is_a_reader() {
    let (sqlite, directory) = opened();
    let path = directory.path().join("chatterbox.db");
    let grow = |round: usize| {
        sqlite.write(move |writing| {
            // The same text again would not be written again.
            let text = round.to_string().repeat(2_000_000);
            Ok(writing.connection().execute("UPDATE rooms SET name = ?1 WHERE id = 1", [text])?)
        })
    };
    let over = Arc::new((AtomicBool::new(false), [AtomicU64::new(0), AtomicU64::new(0)]));
    let readers = [0, 1].map(|which| {
        let (path, over) = (path.clone(), Arc::clone(&over));
        std::thread::spawn(move || read_in_turns(&path, [&over.1[which], &over.1[1 - which]], &over.0))
    });
    for round in 0..40 {
        grow(round).await.unwrap().unwrap();
    }
    let log = std::fs::metadata(directory.path().join("chatterbox.db-wal")).unwrap();
    over.0.store(true, Ordering::Relaxed);
    for reader in readers {
        reader.join().unwrap();
    }
    // Without waiting for readers it would have 150 MB.
    assert!(log.len() < 64 * 1024 * 1024, "{}", log.len());
}
