//! Power cuts (threats.md D1): fifty people write while every write and sync of the server is recorded; then the power is
//! cut at hundreds of places of the record, and each time the disk holds what a disk with a volatile cache may hold.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rusqlite::Connection;
use serde_json::json;
use tokio::task::JoinSet;

use crate::LAST_SEQ;
use crate::calls::{self, Call};
use crate::disk::Disk;
use crate::harness::checker::number;
use crate::harness::{Plan, User, seed};
use crate::strace;

const WRITERS: usize = 50;

/// Messages to be acknowledged: enough for the log to be moved and to begin anew.
const ACKED: usize = 5_000;

/// After every so many cuts, a real server starts on what is left.
const STARTED_EVERY: usize = 20;

/// What is known of an acknowledged message, by its `ref` and nonce.
type Acked = HashMap<String, (u64, String)>;

async fn writes(user: User, number_of_writer: usize, mut random: fastrand::Rng, left: Arc<AtomicUsize>) -> Acked {
    let mut socket = user.connects_for_more().await;
    let mut acked = Acked::new();
    while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok() {
        let nonce = format!("w{number_of_writer}-{}", acked.len());
        let text = format!("{nonce} {}", "x".repeat(random.usize(..4_000)));
        socket.say(json!({"type": "send", "text": text, "nonce": nonce, "ref": nonce})).await;
        let ok = socket.hears("ok").await;
        assert_eq!(ok["ref"], nonce.as_str());
        acked.insert(nonce, (number(&ok, "seq"), text));
    }
    // An answer is here before the call that has sent it returns. Once something later is here, it has.
    socket.hears_until_now().await;
    acked
}

/// At which line of the trace the answer to each was first on its way out.
fn answers(calls: &[Call<'_>]) -> BTreeMap<usize, Vec<String>> {
    let (key, mut answers) = (&b"\"ref\":\"w"[..], BTreeMap::<usize, Vec<String>>::new());
    // Of each socket, what was taken: of what a call offers that may be the begin, and an answer may be cut in two.
    let mut streams: HashMap<&str, Vec<u8>> = HashMap::new();
    for call in calls.iter().filter(|call| call.file.starts_with("socket:") || call.file.starts_with("TCP")) {
        let stream = streams.entry(&call.file).or_default();
        let taken = usize::try_from(call.result()).unwrap();
        stream.extend(call.bytes().into_iter().take(taken));
        while let Some(at) = stream.windows(key.len()).position(|bytes| bytes == key) {
            let begin = at + key.len() - 1;
            let Some(length) = stream[begin..].iter().position(|byte| *byte == b'"') else { break };
            let reference = String::from_utf8(stream[begin..begin + length].to_vec()).unwrap();
            answers.entry(call.begin).or_default().push(reference);
            stream.drain(..begin + length);
        }
        // Enough for the begin of what the next call ends.
        stream.drain(..stream.len().saturating_sub(64));
    }
    answers
}

/// The database is sound, its log has no gap, and everything that was acknowledged is in it.
fn is_whole(data: &Path, acked: &Acked, told: &[String]) {
    let connection = Connection::open(data.join("chatterbox.db")).unwrap();
    let integrity: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(integrity, "ok");
    let mut query = connection.prepare("SELECT seq, nonce, text FROM messages ORDER BY seq").unwrap();
    let rows = query
        .query_map([], |row| Ok((row.get::<_, String>(1)?, (row.get::<_, i64>(0)?.cast_unsigned(), row.get(2)?))))
        .unwrap();
    let stored: Vec<(String, (u64, String))> = rows.collect::<Result<_, _>>().unwrap();
    assert!(stored.iter().zip(1..).all(|((_, (seq, _)), place)| *seq == place), "the log has a gap");
    let seq: i64 = connection.query_row(LAST_SEQ, [], |row| row.get(0)).unwrap();
    assert_eq!(usize::try_from(seq), Ok(stored.len()), "the room counts otherwise");
    let stored: Acked = stored.into_iter().collect();
    for nonce in told {
        assert_eq!(stored.get(nonce), Some(&acked[nonce]), "{nonce} was acknowledged");
    }
}

/// Places to cut at: anywhere, and around the syncs of the database file, which are the ends of moves of the log.
fn places(calls: &[Call<'_>], from: usize, to: usize, random: &mut fastrand::Rng) -> Vec<usize> {
    let count = std::env::var("CHATTERBOX_CUTS").ok().and_then(|cuts| cuts.parse().ok()).unwrap_or(200);
    let is_move = |call: &&Call<'_>| call.name.ends_with("sync") && call.file.ends_with("chatterbox.db");
    let moves: Vec<usize> = calls.iter().filter(is_move).map(|call| call.begin).filter(|line| *line > from).collect();
    println!("{} lines, the log was moved {} times", to - from, moves.len());
    assert!(!moves.is_empty(), "the log was never moved");
    let mut place = |n: usize| match n % 4 {
        0 => (random.choice(&moves).unwrap() + random.usize(..60)).saturating_sub(40).clamp(from, to),
        _ => random.usize(from..=to),
    };
    let mut places: Vec<usize> = (0..count).map(&mut place).collect();
    places.sort_unstable();
    places
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d1_what_was_acknowledged_survives_any_power_cut() {
    if !strace::is_there("d1_what_was_acknowledged_survives_any_power_cut") {
        return;
    }
    let mut random = fastrand::Rng::with_seed(seed());
    let directory = tempfile::tempdir().unwrap();
    let (trace, data) = (directory.path().join("trace"), directory.path().join("data"));
    std::fs::create_dir(&data).unwrap();
    let traced = "trace=pwrite64,pwritev,pwritev2,ftruncate,fallocate,fsync,fdatasync,sync_file_range,rename,renameat,\
        renameat2,unlink,unlinkat,write,writev,sendto,sendmsg";
    let mut server = strace::watches(Plan::new().on(&data), &trace, &["-e", traced, "-s", "70000"]);
    let (ada, grace) = server.ada_and_grace().await;
    let (mut writers, left) = (JoinSet::new(), Arc::new(AtomicUsize::new(ACKED)));
    for number in 0..WRITERS {
        let user = if number % 2 == 0 { &ada } else { &grace };
        writers.spawn(writes(user.clone(), number, random.fork(), Arc::clone(&left)));
    }
    let acked: Acked = writers.join_all().await.into_iter().flatten().collect();
    server.kill();
    let trace = strace::written(&trace);
    let calls = calls::read(&trace);
    let answers = answers(&calls);
    assert_eq!(answers.values().map(Vec::len).sum::<usize>(), acked.len(), "an answer is not in the trace");
    let first = *answers.keys().next().unwrap();
    let last = calls.iter().map(|call| call.end).max().unwrap();
    // What happens at each line.
    let mut happens: Vec<(usize, bool, &Call<'_>)> =
        calls.iter().flat_map(|call| [(call.begin, false, call), (call.end, true, call)]).collect();
    happens.sort_by_key(|(line, is_end, _)| (*line, *is_end));
    let mut happens = happens.into_iter().peekable();
    let mut disk = Disk::new(data.to_str().unwrap());
    for (cut, place) in places(&calls, first, last, &mut random).into_iter().enumerate() {
        while let Some((_, is_end, call)) = happens.next_if(|(line, ..)| *line <= place) {
            if is_end { disk.ends(call) } else { disk.begins(call) }
        }
        // What is left is only looked at: that may be in memory.
        let left = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        disk.cut(&mut random, left.path());
        let told: Vec<String> = answers.range(..=place).flat_map(|(_, told)| told.clone()).collect();
        println!("cut {cut} at line {place}: {} acknowledged", told.len());
        if cut % STARTED_EVERY == 0 {
            let server = Plan::new().on(left.path()).start().await;
            assert_eq!(server.readiness().await.status, 200);
            assert!(ada.at(&server).reads_all().await.len() >= told.len());
        }
        is_whole(left.path(), &acked, &told);
    }
}
