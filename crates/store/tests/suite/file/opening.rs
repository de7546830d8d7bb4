//! Every way in which a data directory cannot be opened, and its sentence.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use chatterbox_store::{OpenError, Store};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::world::{World, directory, open, options};

const PAGE_BYTES: usize = 4096;

fn database(data: &Path) -> PathBuf {
    data.join("chatterbox.db")
}

fn refusal(data: &Path) -> OpenError {
    match Store::open(&options(data)) {
        Ok(_) => panic!("it was opened"),
        Err(error) => error,
    }
}

/// A closed database with something in it.
async fn used() -> TempDir {
    let (world, [ada, ..]) = World::with_cast().await;
    for n in 0..200 {
        world.send(ada, &format!("message {n}, long enough for the room to need a few pages")).await;
    }
    world.store.close().await;
    world.directory
}

/// Changes a database as no server would.
fn tamper(data: &Path, sql: &str) {
    Connection::open(database(data)).unwrap().execute_batch(sql).unwrap();
}

#[test]
fn d6_a_second_server_is_refused_and_told_who_holds_the_directory() {
    let world = World::new();
    let error = refusal(world.directory.path());
    assert!(matches!(error, OpenError::InUse { holder: Some(id), .. } if id == std::process::id()), "{error}");
    assert!(error.to_string().contains(&format!("process {}", std::process::id())), "{error}");
}

#[tokio::test]
async fn the_directory_is_free_again_once_the_store_is_closed_or_dropped() {
    let directory = directory();
    let store = open(directory.path());
    let clone = store.clone();
    store.close().await;
    drop(open(directory.path()));
    drop(clone);
    open(directory.path()).close().await;
}

#[tokio::test]
async fn x90_nobody_else_may_look_into_what_is_made() {
    let parent = directory();
    let data = parent.path().join("some/where");
    let store = open(&data);
    store.probe().await.unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&data), 0o700);
    let files: Vec<_> = fs::read_dir(&data).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() >= 3, "{files:?}");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

#[tokio::test]
async fn d9_a_file_of_a_newer_program_is_refused_and_not_touched() {
    let data = used().await;
    tamper(data.path(), "INSERT INTO migrations VALUES (9999, 'x')");
    let before = fs::read(database(data.path())).unwrap();
    let error = refusal(data.path());
    assert!(matches!(error, OpenError::Newer { found, known, .. } if found == known + 1), "{error}");
    assert!(error.to_string().contains("written by a newer ChatterBox"), "{error}");
    assert!(fs::read(database(data.path())).unwrap() == before);
}

#[tokio::test]
async fn a_file_that_other_migrations_have_made_is_refused() {
    let data = used().await;
    tamper(data.path(), "UPDATE migrations SET checksum = 'x'");
    let error = refusal(data.path());
    assert!(matches!(error, OpenError::Altered { version: 1, .. }), "{error}");
}

#[test]
fn a_database_of_another_program_is_refused_with_the_way_to_import_it() {
    let data = directory();
    tamper(data.path(), "CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT)");
    let error = refusal(data.path());
    assert!(matches!(error, OpenError::Foreign(_)), "{error}");
    assert!(error.to_string().contains("chatterbox import chatterbox chat.db"), "{error}");
}

#[tokio::test]
async fn garbage_is_refused() {
    let data = used().await;
    let mut bytes = fs::read(database(data.path())).unwrap();
    for (n, byte) in bytes.iter_mut().enumerate() {
        *byte ^= (n * 31 % 255) as u8 + 1;
    }
    fs::write(database(data.path()), bytes).unwrap();
    assert!(matches!(refusal(data.path()), OpenError::NotADatabase(_)));
}

#[tokio::test]
async fn a_file_that_was_cut_off_is_refused() {
    let data = used().await;
    let bytes = fs::read(database(data.path())).unwrap();
    for length in [100, PAGE_BYTES - 1, PAGE_BYTES, bytes.len() / 2, bytes.len() - PAGE_BYTES] {
        fs::write(database(data.path()), &bytes[..length]).unwrap();
        let error = refusal(data.path());
        assert!(matches!(error, OpenError::Corrupt { .. } | OpenError::NotADatabase(_)), "{length}: {error}");
    }
}

#[tokio::test]
async fn a_file_with_one_damaged_page_is_refused_whichever_it_is() {
    let data = used().await;
    let sound = fs::read(database(data.path())).unwrap();
    let pages = sound.len() / PAGE_BYTES;
    assert!(pages > 10);
    for page in 1..pages {
        let mut bytes = sound.clone();
        bytes[page * PAGE_BYTES..][..64].fill(0xff);
        fs::write(database(data.path()), bytes).unwrap();
        let error = refusal(data.path());
        assert!(matches!(error, OpenError::Corrupt { .. }), "page {page}: {error}");
    }
    fs::write(database(data.path()), sound).unwrap();
    open(data.path());
}

#[test]
fn a_file_where_the_directory_should_be_is_refused() {
    let parent = directory();
    let data = parent.path().join("data");
    fs::write(&data, "").unwrap();
    assert!(matches!(refusal(&data), OpenError::NotADirectory(_)));
    assert!(matches!(refusal(&data.join("below")), OpenError::Unwritable { .. }));
}

#[tokio::test]
async fn what_is_read_only_is_refused() {
    if run_again_without_privileges("file::opening::what_is_read_only_is_refused") {
        return;
    }
    let data = used().await;
    let refused = |path: &Path, mode: u32| {
        let before = fs::metadata(path).unwrap().permissions();
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        let error = refusal(data.path());
        assert!(matches!(error, OpenError::Unwritable { .. }), "{error}");
        assert!(error.to_string().contains("needs to own it"), "{error}");
        fs::set_permissions(path, before).unwrap();
    };
    refused(&database(data.path()), 0o400);
    refused(&data.path().join("chatterbox.lock"), 0o400);
    fs::remove_file(data.path().join("chatterbox.lock")).unwrap();
    refused(data.path(), 0o500);
    // The files may be written, but nothing can be put beside them.
    open(data.path()).close().await;
    refused(data.path(), 0o500);
    open(data.path());
}

/// Permissions do not bind root. If root runs the suite, this runs the test as somebody else, and tells that it did.
fn run_again_without_privileges(test: &str) -> bool {
    const NOBODY: u32 = 65_534;
    let directory = tempfile::tempdir().unwrap();
    if fs::metadata(directory.path()).unwrap().uid() != 0 {
        return false;
    }
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let program = directory.path().join("suite");
    fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    let mut command = Command::new(program);
    command.args(["--exact", test]).env("TMPDIR", directory.path()).current_dir("/").uid(NOBODY).gid(NOBODY);
    let output = command.output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && told.contains("1 passed"), "{told}");
    true
}
