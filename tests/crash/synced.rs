//! Acknowledged means on the disk (threats.md D1): between a command and its answer, the log of the database is synced.
//! Watched with strace, because a kill cannot tell a written page from a synced one.

use serde_json::json;

use crate::harness::Plan;
use crate::strace;

#[tokio::test]
async fn d1_nothing_is_acknowledged_before_it_is_synced() {
    if !strace::is_there("d1_nothing_is_acknowledged_before_it_is_synced") {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let trace = directory.path().join("trace");
    let calls = "trace=fsync,fdatasync,write,writev,sendto,sendmsg,pwrite64";
    let mut server = strace::watches(Plan::new(), &trace, &["-e", calls, "-s", "65536"]);
    let ada = server.register("ada").await;
    let mut socket = ada.connects_for_more().await;
    for number in 0..5 {
        let text = format!("canary-{number}");
        socket.say(json!({"type": "send", "text": text, "ref": text})).await;
        socket.hears("ok").await;
    }
    server.kill();
    let calls = strace::written(&trace);
    let calls: Vec<&str> = calls.lines().collect();
    for number in 0..5 {
        let canary = format!("canary-{number}");
        let find = |from: usize, what: &str, fits: &dyn Fn(&str) -> bool| {
            let at = calls[from..].iter().position(|call| fits(call));
            from + at.unwrap_or_else(|| panic!("no {what} of {canary} after line {from}"))
        };
        let is_wal = |call: &str| call.contains("chatterbox.db-wal>");
        let written = find(0, "page", &|call| call.contains("pwrite64") && is_wal(call) && call.contains(&canary));
        let answered =
            find(written, "answer", &|call| call.contains("socket:") && call.contains("ok") && call.contains(&canary));
        let is_synced = calls[written..answered].iter().any(|call| call.contains("sync(") && is_wal(call));
        assert!(is_synced, "{canary} was acknowledged without a sync");
        let told_early = calls[..written].iter().any(|call| call.contains("socket:") && call.contains(&canary));
        assert!(!told_early, "{canary} was acknowledged before it was written");
    }
}
