//! The data directory: one server to each, files for their owner alone, and a clear word about each that cannot be used.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Instant;

use serde_json::json;

use crate::harness::database::contents;
use crate::harness::disk::Disk;
use crate::harness::{Asks, PASSWORD, PATIENCE, Plan, Server, User, database, skip};

#[tokio::test]
async fn d6_a_second_server_on_the_same_data_is_refused_names_the_holder_and_harms_nothing() {
    let mut server = Server::start().await;
    let ada = server.register("ada").await;
    let mut socket = ada.arrives().await;
    socket.says("Before.").await;
    for is_removed in [false, true, true] {
        if is_removed {
            std::fs::remove_file(server.data().join("chatterbox.lock")).unwrap();
        }
        let said = Plan::new().on(server.data()).fails();
        assert!(said.contains(&format!("in use by process {}", server.id())), "{said}");
        assert!(said.contains(&server.data().display().to_string()), "{said}");
    }
    socket.says("After.").await;
    server.kill();
    let server = server.again().await;
    assert_eq!(ada.at(&server).reads_texts().await, ["Before.", "After."]);
}

#[tokio::test]
async fn d9_a_newer_schema_is_refused_and_not_touched() {
    let mut server = Server::start().await;
    server.register("ada").await;
    server.stop().await;
    let file = server.database();
    database::meddle(&file, "INSERT INTO migrations (version, checksum) VALUES (9999, 'of tomorrow')");
    let before = contents(server.data());
    let said = server.plan.fails();
    assert!(said.contains("newer ChatterBox") && said.contains("Nothing was changed"), "{said}");
    assert!(contents(server.data()) == before, "it was changed");
    database::meddle(&file, "DELETE FROM migrations WHERE version = 9999");
    server.again().await.logs_in("ada").await;
}

#[tokio::test]
async fn each_file_that_is_no_database_of_ours_is_refused_with_its_own_sentence() {
    let directory = tempfile::tempdir().unwrap();
    let with_file = |name: &str, content: &[u8]| {
        let data = directory.path().join(name);
        std::fs::create_dir(&data).unwrap();
        std::fs::write(data.join("chatterbox.db"), content).unwrap();
        Plan::new().on(&data)
    };
    let said = with_file("text", "This is a letter to my aunt, and not a database. ".repeat(100).as_bytes()).fails();
    assert!(said.contains("is not a database"), "{said}");
    let foreign = with_file("foreign", b"");
    let file = directory.path().join("foreign/chatterbox.db");
    database::open(&file).execute_batch("CREATE TABLE recipes (name TEXT)").unwrap();
    let said = foreign.fails();
    assert!(said.contains("another program"), "{said}");
    let file = directory.path().join("text/chatterbox.db");
    let said = Plan::new().on(&file).starting_in(directory.path()).fails();
    assert!(said.contains("is not a directory"), "{said}");
}

#[tokio::test]
async fn d2_a_damaged_database_is_refused() {
    let mut server = Server::start().await;
    let ada = server.register("ada").await;
    let mut socket = ada.connects_for_more().await;
    for number in 0..40 {
        socket.does(json!({"type": "send", "text": "x".repeat(4_000), "nonce": format!("{number}")})).await;
    }
    server.stop().await;
    let file = server.database();
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle..middle + 4096].fill(0xa5);
    std::fs::write(&file, &bytes).unwrap();
    let said = server.plan.fails();
    assert!(said.contains("is damaged") && said.contains("Restore a backup"), "{said}");
    bytes.truncate(middle + 1_000);
    std::fs::write(&file, &bytes).unwrap();
    let said = server.plan.fails();
    assert!(said.contains("damaged"), "{said}");
}

#[tokio::test]
async fn x90_what_is_stored_is_for_its_owner_alone() {
    let parent = tempfile::tempdir().unwrap();
    let data = parent.path().join("deep/data");
    let server = Plan::new().on(&data).starting_in(parent.path()).start().await;
    server.register("ada").await;
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&data), 0o700);
    for (path, _) in contents(&data) {
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}

#[tokio::test]
async fn d3_a_full_disk_stops_writing_alone_and_only_for_as_long_as_it_is_full() {
    let Some(disk) = Disk::new(8) else {
        return skip("d3_a_full_disk", "this needs root, and the right to mount a tmpfs");
    };
    let data = disk.path().join("data");
    let server = Plan::new().on(&data).starting_in(disk.path()).start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let (mut says, mut hears) = (ada.arrives().await, grace.arrives().await);
    says.says("While there is room.").await;
    assert_eq!(server.readiness().await.status, 200);
    disk.fill();
    let mut stored = vec!["While there is room.".to_owned()];
    let begin = Instant::now();
    // What is in the log's file already can be written over; then it is full, for long messages and at last for short ones.
    let mut length = 7_000;
    let error = loop {
        let reference = says.reference();
        let text = format!("{} {}", stored.len(), "x".repeat(length));
        says.say(json!({"type": "send", "text": text, "ref": reference})).await;
        let answer = says.hears_where("an answer", |event| event["ref"] == reference.as_str()).await;
        match answer["type"] == "error" {
            true if length == 1 => break answer,
            true => length = 1,
            false => stored.push(text),
        }
        assert!(begin.elapsed() < PATIENCE, "the disk does not get full");
    };
    assert_eq!(error["code"], "storage_full", "{error}");
    let red = server.readiness().await;
    red.refused(507, "storage_full");
    server.posts("/login", json!({"username": "ada", "password": PASSWORD})).await.refused(507, "storage_full");
    // Reading goes on, for those who are here and for those who come.
    assert_eq!(ada.reads_texts().await, stored);
    assert_eq!(grace.arrives().await.unasked(), Vec::<serde_json::Value>::new());
    ada.gets("/users").await.ok();
    assert_eq!(server.gets("/healthz").await.status, 200);
    disk.free();
    while server.readiness().await.status != 200 {
        assert!(begin.elapsed() < PATIENCE, "it does not get well");
    }
    let message = says.says("There is room again.").await;
    stored.push("There is room again.".to_owned());
    assert_eq!(message["seq"], stored.len());
    assert_eq!(ada.reads_texts().await, stored);
    let heard = hears.hears_until_now().await;
    assert_eq!(heard.len(), stored.len(), "what was refused was told to others");
}

#[tokio::test]
async fn whoever_comes_back_to_a_restored_backup_is_told_so_and_starts_over() {
    let mut server = Server::start().await;
    let ada = server.register("ada").await;
    ada.arrives().await.says("Before.").await;
    let epoch = async |ada: &User| {
        let mut socket = ada.connects_with_hello().await;
        socket.hears("hello").await["epoch"].clone()
    };
    let first = epoch(&ada).await;
    server.kill();
    let mut server = server.again().await;
    assert_eq!(epoch(&ada.at(&server)).await, first, "a crash takes nothing away that was acknowledged");
    server.stop().await;
    let backup = tempfile::tempdir().unwrap();
    for (path, content) in contents(server.data()) {
        std::fs::write(backup.path().join(path.file_name().unwrap()), content).unwrap();
    }
    let server = server.again().await;
    ada.at(&server).arrives().await.says("What the backup does not have.").await;
    let mut server = server.again().await;
    server.stop().await;
    for (path, content) in contents(backup.path()) {
        std::fs::write(server.data().join(path.file_name().unwrap()), content).unwrap();
    }
    let server = server.again().await;
    let ada = ada.at(&server);
    ada.arrives().await.says("Something else.").await;
    let mut socket = ada.connects_for_more().await;
    socket.say(json!({"type": "hello", "rooms": {"1": 2}, "epoch": first})).await;
    assert_ne!(socket.hears("hello").await["epoch"], first);
    let history = socket.hears("history").await;
    assert_eq!((&history["reset"], &history["seq"]), (&json!(true), &json!(2)));
    assert_eq!(ada.reads_texts().await, ["Before.", "Something else."]);
}
