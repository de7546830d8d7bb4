//! Readers at work while much is written (threats.md D5): the log stays within its bound, and nobody who writes is told
//! that the database is busy.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::task::JoinSet;

use crate::harness::{Asks, Server, User, database};

const LOG_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Bytes of text to be written: a log that never begins anew would be larger than its bound twice over.
const WRITTEN_BYTES: usize = 130 * 1024 * 1024;

const WRITERS: usize = 8;
const READERS: usize = 32;

/// How long the slow reader keeps each of its snapshots: no query of the server takes that long.
const SLOW: Duration = Duration::from_secs(3);

async fn writes(user: User, left: Arc<AtomicUsize>) {
    let mut socket = user.connects_for_more().await;
    let text = "€".repeat(8_000);
    let four = 4 * text.len();
    while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(four)).is_ok() {
        for _ in 0..4 {
            socket.say(json!({"type": "send", "text": text, "ref": 1})).await;
        }
        for _ in 0..4 {
            socket.hears("ok").await;
        }
    }
}

async fn reads(user: User, is_over: Arc<AtomicBool>) {
    while !is_over.load(Ordering::Relaxed) {
        user.gets("/api/rooms/1/messages?limit=2").await.ok();
    }
}

/// Reads as an export would: one snapshot for a long time, then the next.
fn reads_slowly(file: &Path, is_over: &AtomicBool) {
    let connection = database::open(file);
    while !is_over.load(Ordering::Relaxed) {
        connection.execute_batch("BEGIN").unwrap();
        let _: i64 = connection.query_row("SELECT count(*) FROM messages", [], |row| row.get(0)).unwrap();
        let begin = Instant::now();
        while begin.elapsed() < SLOW && !is_over.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(10));
        }
        connection.execute_batch("COMMIT").unwrap();
    }
}

/// Looks at the length of the log until it is over. The longest.
fn measures(log: &Path, longest: &AtomicU64, is_over: &AtomicBool) {
    while !is_over.load(Ordering::Relaxed) {
        let length = std::fs::metadata(log).map_or(0, |metadata| metadata.len());
        longest.fetch_max(length, Ordering::Relaxed);
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d5_the_log_stays_within_its_bound_however_many_read_and_however_slowly() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let (is_over, longest) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let threads = [
        std::thread::spawn({
            let (file, is_over) = (server.database(), Arc::clone(&is_over));
            move || reads_slowly(&file, &is_over)
        }),
        std::thread::spawn({
            let (log, longest) = (server.data().join("chatterbox.db-wal"), Arc::clone(&longest));
            let is_over = Arc::clone(&is_over);
            move || measures(&log, &longest, &is_over)
        }),
    ];
    let (mut readers, mut writers) = (JoinSet::new(), JoinSet::new());
    for _ in 0..READERS {
        readers.spawn(reads(ada.clone(), Arc::clone(&is_over)));
    }
    let left = Arc::new(AtomicUsize::new(WRITTEN_BYTES));
    for _ in 0..WRITERS {
        writers.spawn(writes(ada.clone(), Arc::clone(&left)));
    }
    writers.join_all().await;
    is_over.store(true, Ordering::Relaxed);
    readers.join_all().await;
    for thread in threads {
        thread.join().unwrap();
    }
    let longest = longest.load(Ordering::Relaxed);
    println!("the log had {} MiB at the most", longest / 1024 / 1024);
    assert!(longest <= LOG_BYTES_MAX, "the log had {longest} bytes");
}
