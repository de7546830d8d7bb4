//! Killed while it starts, and in the midst of the first migration (threats.md D6, D9): the next start works.

use std::time::Duration;

use crate::harness::{Plan, Server, database, seed};

#[tokio::test]
async fn d9_killed_during_its_first_start_the_next_one_works() {
    let mut random = fastrand::Rng::with_seed(seed());
    for _ in 0..25 {
        let directory = tempfile::tempdir().unwrap();
        let plan = Plan::new().on(directory.path());
        let mut child = plan.command().spawn().unwrap();
        tokio::time::sleep(Duration::from_micros(random.u64(..25_000))).await;
        child.kill().unwrap();
        child.wait().unwrap();
        let server = plan.start().await;
        server.register("ada").await.arrives().await.says("It works.").await;
        assert_eq!(database::text(&server.database(), "PRAGMA integrity_check"), "ok");
        assert_eq!(database::number(&server.database(), "SELECT count(*) FROM rooms"), 1);
    }
}

#[tokio::test]
async fn d6_a_killed_server_leaves_no_lock_behind() {
    let mut server = Server::start().await;
    let ada = server.register("ada").await;
    for text in ["One.", "Two.", "Three."] {
        ada.at(&server).arrives().await.says(text).await;
        server.kill();
        assert!(server.data().join("chatterbox.lock").exists());
        server = server.again().await;
    }
    assert_eq!(ada.at(&server).reads_texts().await, ["One.", "Two.", "Three."]);
}
