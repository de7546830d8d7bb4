//! A disk that refuses to write, in each of the ways in which one can, each of the files that the server writes, while it
//! starts, runs and stops: it starts and reads, tells why it does not write, and is as it was before once that is over.

use std::path::Path;

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::harness::{Plan, Server, User};
use crate::strace;

/// What becomes of a change.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fate {
    /// It is stored as ever.
    Stored,
    /// It is refused with this code, and the server is not ready, with this status.
    Refused(&'static str, u16),
}

use Fate::{Refused, Stored};

const FULL: Fate = Refused("storage_full", 507);
const FAILED: Fate = Refused("storage_failed", 503);

const WRITE: &str = "pwrite64,write";
const SYNC: &str = "fsync,fdatasync";

/// File, calls that fail, how, and what becomes of changes then. A disk that is full or read-only is so for every file: a
/// trial of it says so.
const TABLE: &[(&str, &str, &str, Fate)] = &[
    ("db-wal", WRITE, "ENOSPC", FULL),
    ("db-wal", WRITE, "EDQUOT", FULL),
    ("db-wal", WRITE, "EROFS", FAILED),
    ("db-wal", WRITE, "EIO", FAILED),
    ("db-wal", SYNC, "EIO", FAILED),
    ("db", WRITE, "ENOSPC", FULL),
    ("db", WRITE, "EDQUOT", FULL),
    ("db", WRITE, "EROFS", FAILED),
    ("db", WRITE, "EIO", FAILED),
    ("db", SYNC, "EIO", FAILED),
    // The index of the log is kept in memory then.
    ("db-shm", WRITE, "ENOSPC", Stored),
    ("db-shm", WRITE, "EDQUOT", Stored),
    ("db-shm", WRITE, "EIO", Stored),
    ("mark", WRITE, "ENOSPC", FULL),
    ("mark", WRITE, "EDQUOT", FULL),
    // What tells a copy from the database is missing then, which keeps nobody from writing.
    ("mark", WRITE, "EROFS", Stored),
    ("mark", WRITE, "EIO", Stored),
    ("mark", SYNC, "EIO", Stored),
    // Who holds the database is written down as a courtesy.
    ("lock", WRITE, "ENOSPC", Stored),
    ("lock", WRITE, "EDQUOT", Stored),
    ("lock", WRITE, "EROFS", Stored),
    ("lock", WRITE, "EIO", Stored),
];

/// Starts a server on whose data calls fail: on this file of it, and on the one that it makes to try the disk out.
pub(crate) fn starts_failing(plan: &Plan, data: &Path, file: &str, injections: &[String]) -> Server {
    let path = |name: &str| data.join(format!("chatterbox.{name}")).to_str().unwrap().to_owned();
    let mut options = vec!["-P".to_owned(), path(file), "-P".to_owned(), path("trial")];
    options.extend(["-e".to_owned(), format!("trace={WRITE},{SYNC}")]);
    options.extend(injections.iter().flat_map(|inject| ["-e".to_owned(), format!("inject={inject}")]));
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    strace::watches(plan.clone(), &data.join("../trace"), &options)
}

async fn epoch(user: &User) -> Value {
    user.connects_with_hello().await.hears("hello").await["epoch"].clone()
}

/// Says something and answers what becomes of it.
async fn fate(user: &User, server: &Server) -> Fate {
    let mut socket = user.at(server).connects_for_more().await;
    let reference = socket.reference();
    socket.say(json!({"type": "send", "text": "Meanwhile.", "ref": reference})).await;
    let answer = socket.hears_where("an answer", |event| event["ref"] == reference.as_str()).await;
    let readiness = server.readiness().await.status;
    match answer["code"].as_str() {
        None => {
            assert_eq!((&answer["type"], readiness), (&json!("ok"), 200));
            Stored
        }
        Some("storage_full") => Refused("storage_full", readiness),
        Some(code) => {
            assert_eq!(code, "storage_failed", "{answer}");
            Refused("storage_failed", readiness)
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d3_d4_whatever_cannot_be_written_from_the_start_to_the_stop_the_server_reads_says_why_and_loses_nothing() {
    if !strace::is_there("d3_d4_whatever_cannot_be_written") {
        return;
    }
    for (number, (file, calls, error, expected)) in TABLE.iter().enumerate() {
        println!("{error} of {calls} on {file}");
        let directory = tempfile::tempdir().unwrap();
        let data = directory.path().join("data");
        std::fs::create_dir(&data).unwrap();
        let plan = Plan::new().on(&data);
        let mut server = plan.clone().start().await;
        let ada = server.register("ada").await;
        ada.arrives().await.says("Before.").await;
        let before = epoch(&ada).await;
        server.stop().await;
        let mut server = starts_failing(&plan, &data, file, &[format!("{calls}:error={error}")]);
        assert_eq!(ada.at(&server).reads_texts().await, ["Before."]);
        assert_eq!(epoch(&ada.at(&server)).await, before);
        assert_eq!(fate(&ada, &server).await, *expected);
        if number % 2 == 0 {
            server.signal(Signal::TERM);
            assert_eq!(server.ended().await.code(), Some(0), "it did not end well");
        } else {
            server.kill();
        }
        let server = plan.start().await;
        assert_eq!(fate(&ada, &server).await, Stored);
        let meanwhile = usize::from(*expected == Stored);
        let texts = ada.at(&server).reads_texts().await;
        assert_eq!(texts[1..], vec!["Meanwhile."; 1 + meanwhile], "what was told is not what is stored");
        assert_eq!(epoch(&ada.at(&server)).await, before, "everybody has to start over");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d3_a_disk_that_refuses_for_a_while_is_written_to_again_without_a_restart_and_each_state_is_said_once() {
    if !strace::is_there("d3_a_disk_that_refuses_for_a_while") {
        return;
    }
    // Whether a trial of the disk shows it, too: SQLite tells of a full disk, and of anything else only that it failed.
    for (error, expected, is_tried) in [
        ("ENOSPC", "storage_full", false),
        ("EDQUOT", "storage_full", true),
        ("EROFS", "storage_failed", true),
        ("EIO", "storage_failed", false),
    ] {
        println!("{error}");
        let directory = tempfile::tempdir().unwrap();
        let data = directory.path().join("data");
        std::fs::create_dir(&data).unwrap();
        let plan = Plan::new().on(&data);
        let mut server = plan.clone().start().await;
        let ada = server.register("ada").await;
        server.stop().await;
        // The thread that starts makes fewer calls than this one does.
        let mut injections = vec![format!("pwrite64:error={error}:when=60..90")];
        injections.extend(is_tried.then(|| format!("write:error={error}:when=1..31")));
        let mut server = starts_failing(&plan, &data, "db-wal", &injections);
        let mut socket = ada.at(&server).connects_for_more().await;
        let (mut stored, mut refused) = (Vec::new(), 0);
        while refused == 0 || server.readiness().await.status != 200 {
            let (reference, text) = (socket.reference(), format!("{} {}", stored.len() + refused, "x".repeat(3_000)));
            socket.say(json!({"type": "send", "text": text, "ref": reference})).await;
            let answer = socket.hears_where("an answer", |event| event["ref"] == reference.as_str()).await;
            if answer["type"] == "ok" {
                stored.push(text);
            } else {
                assert_eq!(answer["code"], expected, "{answer}");
                refused += 1;
            }
            assert!(stored.len() + refused < 1_000, "it does not fail, or does not get well");
        }
        assert!(refused > 2 && stored.len() > 2, "{refused} were refused, {} stored", stored.len());
        assert_eq!(ada.at(&server).reads_texts().await, stored);
        server.kill();
        let log = server.log();
        assert_eq!(log.matches("what cannot be written is refused").count(), 1, "{log}");
        assert_eq!(log.matches("storage works again").count(), 1, "{log}");
        assert!(!log.contains("\"level\":\"ERROR\""), "{log}");
    }
}
