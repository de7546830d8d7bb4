//! Whether the epoch tells a database that went on from a backup that was put in its place.

use std::fs;
use std::path::Path;

use rusqlite::Connection;

use crate::world::{World, directory, open};

/// Opens, does something, closes. Answers the epoch.
async fn epoch(data: &Path) -> String {
    let store = open(data);
    let epoch = store.epoch().to_owned();
    store.close().await;
    epoch
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

#[tokio::test]
async fn the_epoch_stays_however_often_a_database_is_opened() {
    let (world, _) = World::with_cast().await;
    let first = world.store.epoch().to_owned();
    world.store.close().await;
    let data = world.directory.path();
    assert_eq!(epoch(data).await, first);
    assert_eq!(epoch(data).await, first);
}

#[tokio::test]
async fn an_older_state_of_the_same_file_is_another_epoch() {
    let (world, _) = World::with_cast().await;
    let first = world.store.epoch().to_owned();
    let (data, database) = (world.directory.path(), world.directory.path().join("chatterbox.db"));
    let backup = directory();
    let copied = backup.path().join("copy.db");
    Connection::open(&database).unwrap().execute("VACUUM INTO ?1", [copied.to_str().unwrap()]).unwrap();
    world.store.close().await;
    // The file stays the same one, and gets what it had before.
    fs::write(&database, fs::read(&copied).unwrap()).unwrap();
    let second = epoch(data).await;
    assert_ne!(second, first);
    assert_eq!(epoch(data).await, second);
}

#[tokio::test]
async fn a_copy_of_the_whole_directory_is_another_epoch() {
    let (world, _) = World::with_cast().await;
    let first = world.store.epoch().to_owned();
    world.store.close().await;
    let data = world.directory.path();
    let backup = directory();
    copy(data, backup.path());
    assert_eq!(epoch(data).await, first);
    // Each file stays the same one, and gets what it had before.
    copy(backup.path(), data);
    let second = epoch(data).await;
    assert_ne!(second, first);
    assert_eq!(epoch(data).await, second);
}
