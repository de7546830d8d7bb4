//! The clock on the wall jumps by days: what was said stays in its order, and nobody has to log in again.

use std::path::Path;

use serde_json::{Value, json};

use crate::harness::checker::in_order_and_once;
use crate::harness::{Plan, Server, skip};

const LIBRARY: &str = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";

async fn start(clock: &Path) -> Server {
    std::fs::write(clock, "+0d").unwrap();
    Plan::new()
        .with_variable("LD_PRELOAD", LIBRARY)
        .with_variable("FAKETIME_TIMESTAMP_FILE", clock.to_str().unwrap())
        .with_variable("FAKETIME_NO_CACHE", "1")
        .with_variable("DONT_FAKE_MONOTONIC", "1")
        .start()
        .await
}

#[tokio::test]
async fn o3_when_the_clock_jumps_the_order_stays_and_nobody_is_logged_out() {
    if !Path::new(LIBRARY).exists() {
        return skip("o3_when_the_clock_jumps", "there is no faketime");
    }
    let directory = tempfile::tempdir().unwrap();
    let clock = directory.path().join("clock");
    let server = start(&clock).await;
    let (ada, grace) = server.ada_and_grace().await;
    let (mut says, mut hears) = (ada.arrives().await, grace.arrives().await);
    let mut times = Vec::new();
    for (number, jump) in ["+0d", "+1d", "-1d", "+0d", "-1d", "+1d"].into_iter().enumerate() {
        std::fs::write(&clock, jump).unwrap();
        for step in 0..5 {
            let ok = says.does(json!({"type": "send", "text": format!("{number}.{step}")})).await;
            times.push(ok["time"].as_str().unwrap()[..10].to_owned());
        }
        // A session of before the jump opens a socket, too.
        ada.arrives().await.leaves().await;
    }
    let heard: Vec<Value> = hears.hears_until_now().await;
    in_order_and_once(&heard);
    assert_eq!(heard.len(), 30);
    let stored = grace.reads_all().await;
    assert!(stored.is_sorted_by_key(|message| message["id"].as_u64()), "ids rise, whatever the clock says");
    assert_eq!(stored.len(), 30);
    times.sort();
    times.dedup();
    assert!(times.len() >= 3, "the clock has not jumped: {times:?}");
    // Pings and patience go by another clock: everybody is still there.
    hears.says("Still here.").await;
}
