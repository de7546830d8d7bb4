//! A disk that fails to sync (threats.md D4): what waited for it is not acknowledged, nobody asks the disk again, writing
//! stops at once and says so, reading goes on, and a restart finds all that was acknowledged.

use std::collections::HashMap;
use std::path::Path;

use serde_json::json;
use tokio::task::JoinSet;

use crate::harness::{Asks, Plan, User, seed};
use crate::strace;

const WRITERS: usize = 8;

/// Messages of one writer after which the disk must have failed: the log has been moved many times by then.
const ACKED_MAX: usize = 3_000;

/// Says things until one is refused, and one more, which must be refused, too. What was acknowledged, by nonce.
async fn writes_until_refused(user: User, writer: usize) -> HashMap<String, String> {
    let mut socket = user.connects_for_more().await;
    let mut acked = HashMap::new();
    let mut refused = 0;
    while refused < 2 {
        assert!(acked.len() < ACKED_MAX, "the disk does not fail");
        let nonce = format!("{writer}-{}", acked.len() + refused);
        let text = format!("{nonce} {}", "x".repeat(4_000));
        socket.say(json!({"type": "send", "text": text, "nonce": nonce, "ref": nonce})).await;
        let answer = socket.hears_where("an answer", |event| event["ref"] == nonce.as_str()).await;
        if answer["type"] == "ok" {
            assert_eq!(refused, 0, "after a refusal something was stored");
            acked.insert(nonce, text);
        } else {
            assert_eq!(answer["code"], "storage_failed", "{answer}");
            refused += 1;
        }
    }
    acked
}

/// Runs a server under load whose syncs of one file fail from some moment on, and checks all that is promised.
async fn fails(file: &str, when: &str) {
    let directory = tempfile::tempdir().unwrap();
    let (data, trace) = (directory.path().join("data"), directory.path().join("trace"));
    std::fs::create_dir(&data).unwrap();
    let plan = Plan::new().on(&data);
    let mut server = plan.clone().start().await;
    let ada = server.register("ada").await;
    server.stop().await;
    let file = data.join(file);
    let inject = format!("inject=fsync,fdatasync:error=EIO:when={when}");
    // Only calls on this file are watched, and only they fail.
    let path = file.to_str().unwrap();
    let mut server =
        strace::watches(plan, &trace, &["-P", path, "-e", "trace=pwrite64,fsync,fdatasync", "-e", &inject]);
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        writers.spawn(writes_until_refused(ada.at(&server), writer));
    }
    let acked: HashMap<String, String> = writers.join_all().await.into_iter().flatten().collect();
    server.readiness().await.refused(503, "storage_failed");
    assert_eq!(server.gets("/healthz").await.status, 200);
    assert!(ada.at(&server).reads_all().await.len() >= acked.len(), "reading does not go on");
    server.kill();
    let log = server.log();
    assert!(log.contains("ERROR") && log.contains("nothing is written until a restart"), "{log}");
    is_not_asked_again(&trace);
    has_all(&data, &ada, &acked).await;
}

/// After the first failure there is no other sync of the file, and no write.
fn is_not_asked_again(trace: &Path) {
    let calls = strace::written(trace);
    let after: Vec<&str> = calls.lines().skip_while(|line| !line.contains("INJECTED")).skip(1).collect();
    assert!(calls.contains("INJECTED"), "nothing has failed");
    let again = after.iter().find(|line| line.contains("sync(") || line.contains("pwrite64("));
    assert_eq!(again, None, "the disk was asked again");
}

async fn has_all(data: &Path, user: &User, acked: &HashMap<String, String>) {
    let server = Plan::new().on(data).start().await;
    assert_eq!(server.readiness().await.status, 200);
    let stored: HashMap<String, String> = user
        .at(&server)
        .reads_all()
        .await
        .iter()
        .map(|message| ["nonce", "text"].map(|field| message[field].as_str().unwrap().to_owned()).into())
        .collect();
    for (nonce, text) in acked {
        assert_eq!(stored.get(nonce), Some(text), "{nonce} was acknowledged");
    }
    user.at(&server).arrives().await.says("It works again.").await;
}

#[tokio::test]
async fn d4_a_commit_that_cannot_be_synced_is_not_acknowledged_and_not_tried_again() {
    if strace::is_there("d4_a_commit_that_cannot_be_synced") {
        // strace counts for each thread; the one that starts has fewer.
        fails("chatterbox.db-wal", &fastrand::Rng::with_seed(seed()).u32(10..30).to_string()).await;
    }
}

#[tokio::test]
async fn d4_a_log_that_cannot_be_moved_into_the_database_is_not_thrown_away() {
    if strace::is_there("d4_a_log_that_cannot_be_moved") {
        // The thread that starts has two, for the mark; the one that moves the log has the third.
        fails("chatterbox.db", "3").await;
    }
}
