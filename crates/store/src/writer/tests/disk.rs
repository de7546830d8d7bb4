//! Storage that fails.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use chatterbox_core::changes::{EditMessage, Probe};
use rusqlite::ffi;

use super::house::{At, House, NOW, job, says};
use crate::Error;
use crate::sqlite::reader::Readers;

#[test]
fn d3_a_full_disk_refuses_writes_keeps_reading_and_works_again_once_there_is_space() {
    let (mut house, ada) = House::with_ada();
    let limit = |house: &House, pages: i64| {
        // It answers with the limit that it has set.
        let set = format!("PRAGMA max_page_count = {pages}");
        let _: i64 = house.groups.engine.engine.connection.query_row(&set, [], |row| row.get(0)).unwrap();
    };
    limit(&house, 1);
    let long = "x".repeat(100_000);
    assert_eq!(house.change(says(ada, &long)), Err(Error::Full));
    assert_eq!(house.number("SELECT count(*) FROM messages"), 0);
    assert_eq!(house.change(Probe), Ok(Ok(1)));
    limit(&house, 1_000_000);
    assert_eq!(house.change(says(ada, &long)).unwrap().unwrap().seq.0, 1);
}

#[test]
fn d4_after_a_failed_fsync_nothing_is_written_and_reading_goes_on() {
    let (mut house, _) = House::with_ada();
    assert_eq!(house.change(Probe), Ok(Ok(1)));
    house.groups.engine.trips.push_back((At::Commit, ffi::SQLITE_IOERR_FSYNC));
    let (jobs, answers): (Vec<_>, Vec<_>) = [Probe; 3].map(job).into_iter().unzip();
    house.commit(jobs);
    // Nobody knows what the disk holds of any of them.
    for answer in answers {
        assert!(matches!(answer.try_recv().unwrap(), Err(Error::Failed(_))));
    }
    assert!(matches!(house.change(Probe), Err(Error::Failed(_))));
    assert_eq!(house.number("SELECT count FROM probe"), 1);
    let other = rusqlite::Connection::open(house.directory.path().join("chatterbox.db")).unwrap();
    other.busy_timeout(Duration::ZERO).unwrap();
    assert_eq!(other.execute_batch("BEGIN IMMEDIATE"), Ok(()));
}

#[test]
fn d4_numbers_of_a_transaction_that_was_lost_are_given_again() {
    let (mut house, ada) = House::with_ada();
    for at in [At::Write, At::Commit] {
        house.groups.engine.trips.push_back((at, ffi::SQLITE_FULL));
        let ((one, first), (two, second)) = (job(says(ada, "Lost.")), job(says(ada, "Lost, too.")));
        house.commit([one, two]);
        assert_eq!([first, second].map(|answer| answer.try_recv().unwrap()), [Err(Error::Full), Err(Error::Full)]);
    }
    assert_eq!(house.change(says(ada, "Kept.")).unwrap().unwrap().seq.0, 1);
    assert_eq!(house.number("SELECT count(*) FROM messages"), 1);
}

#[test]
fn a_file_that_cannot_be_written_or_is_held_by_another_says_so_until_that_is_over() {
    let (mut house, _) = House::with_ada();
    house.groups.engine.trips.push_back((At::Write, ffi::SQLITE_READONLY));
    assert_eq!(house.change(Probe), Err(Error::ReadOnly));
    assert_eq!(house.change(Probe), Ok(Ok(1)));

    house.groups.engine.engine.connection.busy_timeout(Duration::from_millis(10)).unwrap();
    let other = rusqlite::Connection::open(house.directory.path().join("chatterbox.db")).unwrap();
    other.busy_timeout(Duration::ZERO).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(house.change(Probe), Err(Error::Locked));
    assert_eq!(house.number("SELECT count FROM probe"), 1);
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(house.change(Probe), Ok(Ok(2)));
}

#[test]
fn what_could_not_be_undone_is_undone_before_anything_else_is_written() {
    let (mut house, ada) = House::with_ada();
    let left_over = "BEGIN IMMEDIATE; UPDATE probe SET count = 9";
    house.groups.engine.engine.connection.execute_batch(left_over).unwrap();
    let ((probe, count), (one, said)) = (job(Probe), job(says(ada, "x")));
    house.commit([probe, one]);
    assert_eq!((count.try_recv().unwrap(), said.try_recv().unwrap().unwrap().unwrap().seq.0), (Ok(Ok(1)), 1));
    assert_eq!(house.number("SELECT count FROM probe"), 1);
}

#[tokio::test]
async fn a_query_that_panics_gives_its_connection_back_and_none_can_write() {
    let house = House::new();
    let readers = &house.parts.readers;
    for _ in 0..10 {
        let answer = Readers::read(readers, |_| -> rusqlite::Result<()> { panic!("a defect of the store") }).await;
        assert!(matches!(answer, Err(Error::Failed(_))));
    }
    let answer = Readers::read(readers, |connection| connection.execute("UPDATE probe SET count = 9", [])).await;
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

#[test]
fn d5_the_write_ahead_log_is_moved_into_the_database_even_if_there_always_is_a_reader() {
    let (mut house, ada) = House::with_ada();
    let path = house.directory.path().join("chatterbox.db");
    let id = house.change(says(ada, "x")).unwrap().unwrap().id;
    let over = Arc::new((AtomicBool::new(false), [AtomicU64::new(0), AtomicU64::new(0)]));
    let readers = [0, 1].map(|which| {
        let (path, over) = (path.clone(), Arc::clone(&over));
        std::thread::spawn(move || read_in_turns(&path, [&over.1[which], &over.1[1 - which]], &over.0))
    });
    for round in 0..40 {
        // The same text again would not be written again.
        let text = round.to_string().repeat(2_000_000).into();
        house.change(EditMessage { by: ada, id, text, now: NOW }).unwrap().unwrap();
    }
    let log = std::fs::metadata(house.directory.path().join("chatterbox.db-wal")).unwrap();
    over.0.store(true, Ordering::Relaxed);
    for reader in readers {
        reader.join().unwrap();
    }
    // Without waiting for readers it would have 150 MB.
    assert!(log.len() < 64 * 1024 * 1024, "{}", log.len());
}
