//! `chatterbox backup` and `chatterbox restore` (threats.md D8): a backup beside a server under load holds all that had been
//! acknowledged, and no gap; neither leaves half of anything, wherever it is killed, and on a full disk; what is damaged, or
//! would be lost, is refused.

use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::json;
use tokio::task::JoinSet;

use crate::harness::database::{self, contents};
use crate::harness::disk::Disk;
use crate::harness::server::bare_command;
use crate::harness::{Plan, Server, User, seed, skip};
use crate::refusing::starts_failing;
use crate::strace;

/// A command on this file and this data directory.
fn runs(wrapper: &[String], command: &str, file: &Path, data: &Path, replace: bool) -> Output {
    let mut line = bare_command(wrapper);
    line.arg(command).arg(file).arg("--data").arg(data).args(replace.then_some("--replace"));
    line.output().unwrap()
}

fn succeeds(command: &str, file: &Path, data: &Path, replace: bool) {
    let output = runs(&[], command, file, data, replace);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// What a refused command says.
fn fails(command: &str, file: &Path, data: &Path, replace: bool) -> String {
    let output = runs(&[], command, file, data, replace);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "it should be refused: {said}");
    said
}

async fn epoch(user: &User) -> String {
    user.connects_with_hello().await.hears("hello").await["epoch"].as_str().unwrap().to_owned()
}

async fn talks(user: User, name: usize, acked: Arc<Mutex<Vec<String>>>, is_over: Arc<AtomicBool>) {
    let mut socket = user.connects_for_more().await;
    for number in 0.. {
        if is_over.load(Ordering::Relaxed) {
            return;
        }
        let text = format!("{name}-{number} {}", "x".repeat(number * 97 % 3_000));
        socket.does(json!({"type": "send", "text": text, "nonce": format!("{name}-{number}")})).await;
        acked.lock().unwrap().push(text);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d8_a_backup_under_load_holds_all_that_was_acknowledged_before_it_began_and_no_gap() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let (acked, is_over) = (Arc::<Mutex<Vec<String>>>::default(), Arc::<AtomicBool>::default());
    let mut talkers = JoinSet::new();
    for name in 0..8 {
        talkers.spawn(talks(ada.clone(), name, Arc::clone(&acked), Arc::clone(&is_over)));
    }
    let mut backups = Vec::new();
    for number in 1..4 {
        // Something to copy; the load goes on.
        while acked.lock().unwrap().len() < 150 * number {
            tokio::task::yield_now().await;
        }
        let (file, before) = (directory.path().join(format!("{number}.backup")), acked.lock().unwrap().clone());
        let (copied, data) = (file.clone(), server.data().to_owned());
        tokio::task::spawn_blocking(move || succeeds("backup", &copied, &data, false)).await.unwrap();
        backups.push((file, before));
    }
    is_over.store(true, Ordering::Relaxed);
    talkers.join_all().await;
    let (stored, original) = (ada.reads_texts().await, epoch(&ada).await);
    for (file, before) in backups {
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(database::text(&file, "PRAGMA integrity_check"), "ok", "it is a database, too");
        let data = directory.path().join(format!("{}-restored", file.display()));
        succeeds("restore", &file, &data, false);
        let restored = Plan::new().on(&data).start().await;
        let ada = ada.at(&restored);
        let texts = ada.reads_texts().await;
        println!("{} of {}, {} acknowledged before", texts.len(), stored.len(), before.len());
        assert_eq!(texts, stored[..texts.len()], "it is no beginning of what is stored");
        assert!(before.iter().all(|text| texts.contains(text)), "something was acknowledged and is not in it");
        assert_ne!(epoch(&ada).await, original);
        ada.arrives().await.says("It goes on.").await;
    }
    let left = std::fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(left.into_iter().all(|name| !name.to_str().unwrap().ends_with(".part")), "something is left over");
}

/// A directory that holds "One.", a backup of that, and then "Two." in the log of a server that was killed.
async fn killed_with_backup(backup: &Path) -> (Server, User) {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    ada.arrives().await.says("One.").await;
    succeeds("backup", backup, server.data(), false);
    ada.arrives().await.says("Two.").await;
    let mut server = server;
    server.kill();
    (server, ada)
}

#[tokio::test]
async fn what_would_be_lost_or_is_damaged_is_refused_and_nothing_is_changed() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("chat.backup");
    let (server, ada) = killed_with_backup(&file).await;
    let (data, sealed) = (server.data().to_owned(), std::fs::read(&file).unwrap());
    let is_refused = |command: &str, file: &Path, replace: bool, why: &str| {
        let before = contents(&data);
        let said = fails(command, file, &data, replace);
        assert!(said.contains(why), "{said}");
        assert!(contents(&data) == before, "{said}, but something was changed");
    };
    is_refused("backup", &file, false, "exists already");
    assert!(std::fs::read(&file).unwrap() == sealed);
    is_refused("backup", &data.join("chatterbox.db"), true, "file of the server itself");
    is_refused("restore", &file, false, "holds data already");
    is_refused("restore", &data.join("chatterbox.db"), true, "not made by `chatterbox backup`");
    is_refused("restore", &directory.path().join("nowhere"), true, "No such file");
    let mut random = fastrand::Rng::with_seed(seed());
    let damaged = directory.path().join("damaged.backup");
    for round in 0..40 {
        let mut bytes = sealed.clone();
        let place = random.usize(..bytes.len());
        if round % 2 == 0 {
            bytes.truncate(place);
        } else {
            bytes[place] ^= 1 << random.u8(..8);
        }
        std::fs::write(&damaged, bytes).unwrap();
        is_refused("restore", &damaged, true, "Nothing was restored");
    }
    let empty = directory.path().join("empty");
    assert!(fails("backup", &directory.path().join("other"), &empty, false).contains("nothing to back up"));
    assert!(!empty.exists() && !directory.path().join("other").exists());
    let server = server.again().await;
    let said = fails("restore", &file, &data, true);
    assert!(said.contains(&format!("in use by process {}", server.id())), "{said}");
    assert_eq!(ada.at(&server).reads_texts().await, ["One.", "Two."]);
}

#[tokio::test]
async fn a_database_that_is_damaged_is_not_backed_up_and_the_backup_before_stays() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("chat.backup");
    let (server, _) = killed_with_backup(&file).await;
    let mut server = server.again().await;
    server.stop().await;
    let before = std::fs::read(&file).unwrap();
    // The page of what was said, which nobody reads before it is copied.
    let database = std::fs::read(server.database()).unwrap();
    let place = database.windows(4).position(|bytes| bytes == b"One.").unwrap() / 4096 * 4096;
    let database = std::fs::OpenOptions::new().write(true).open(server.database()).unwrap();
    database.write_all_at(&[0xa5; 4096], place as u64).unwrap();
    let said = fails("backup", &file, server.data(), true);
    assert!(said.contains("is damaged") && said.contains("was not backed up"), "{said}");
    assert!(std::fs::read(&file).unwrap() == before);
    assert!(!file.with_extension("backup.part").exists());
}

/// Copies the files of a directory.
fn copies(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for (path, content) in contents(from) {
        std::fs::write(to.join(path.file_name().unwrap()), content).unwrap();
    }
}

/// Calls before each of which a command is killed once, and how often at the most.
const CALLS: &[(&str, usize)] = &[
    ("rename", 9),
    ("unlink", 9),
    ("fsync", 9),
    ("fdatasync", 9),
    ("ftruncate", 9),
    ("pwrite64", 3),
    ("write", 3),
    ("flock", 9),
];

/// Runs a command again and again, each time killed before another call, and says each time where that was.
fn killed_everywhere(trace: &Path, mut run: impl FnMut(&[String]) -> Output, mut check: impl FnMut(&str)) {
    for (call, most) in CALLS {
        for number in 1..=*most {
            let inject = format!("inject={call}:signal=KILL:when={number}");
            let trace = trace.to_str().unwrap();
            let wrapper =
                ["strace", "-f", "-o", trace, "-e", &format!("trace={call}"), "-e", &inject].map(str::to_owned);
            if run(&wrapper).status.success() {
                break;
            }
            check(&format!("killed before {call} {number}"));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restore_that_is_killed_anywhere_leaves_the_old_or_the_new() {
    if !strace::is_there("a_restore_that_is_killed_anywhere") {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("chat.backup");
    let (server, ada) = killed_with_backup(&file).await;
    let place = |number: usize| directory.path().join(number.to_string());
    let (mut count, mut left) = (0, Vec::<(PathBuf, String)>::new());
    let trace = directory.path().join("trace");
    let count_cell = std::cell::Cell::new(0);
    killed_everywhere(
        &trace,
        |wrapper| {
            count += 1;
            count_cell.set(count);
            copies(server.data(), &place(count));
            runs(wrapper, "restore", &file, &place(count), true)
        },
        |when| left.push((place(count_cell.get()), when.to_owned())),
    );
    assert!(left.len() > 10, "it was killed only {} times", left.len());
    let mut found = [0, 0];
    for (data, when) in left {
        let server = Plan::new().on(&data).start().await;
        match ada.at(&server).reads_texts().await.len() {
            2 => found[0] += 1,
            1 => found[1] += 1,
            other => panic!("{when}: {other} messages"),
        }
        ada.at(&server).arrives().await.says(&when).await;
    }
    println!("the old {} times, the new {} times", found[0], found[1]);
    assert!(found[0] > 0 && found[1] > 0);
    // It works after one that was killed, too.
    let (again, last) = (place(count), directory.path().join("last"));
    copies(&again, &last);
    succeeds("restore", &file, &last, true);
    assert_eq!(ada.at(&Plan::new().on(&last).start().await).reads_texts().await, ["One."]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_that_is_killed_anywhere_leaves_the_one_before_or_a_whole_one() {
    if !strace::is_there("a_backup_that_is_killed_anywhere") {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let (file, trace) = (directory.path().join("chat.backup"), directory.path().join("trace"));
    let (server, ada) = killed_with_backup(&file).await;
    let (server, mut killed) = (server.again().await, 0);
    let data = server.data();
    killed_everywhere(
        &trace,
        |wrapper| runs(wrapper, "backup", &file, data, true),
        |when| {
            killed += 1;
            let there = directory.path().join(when);
            succeeds("restore", &file, &there, false);
        },
    );
    assert!(killed > 6, "it was killed only {killed} times");
    succeeds("backup", &file, data, true);
    let last = directory.path().join("last");
    succeeds("restore", &file, &last, false);
    assert_eq!(ada.at(&Plan::new().on(&last).start().await).reads_texts().await, ["One.", "Two."]);
    ada.at(&server).arrives().await.says("The server goes on.").await;
}

#[tokio::test]
async fn d3_on_a_full_disk_there_is_no_half_of_a_backup_and_a_restore_leaves_what_was_there() {
    let Some(disk) = Disk::new(16) else {
        return skip("d3_on_a_full_disk_there_is_no_half", "this needs root, and the right to mount a tmpfs");
    };
    let directory = tempfile::tempdir().unwrap();
    let (file, full) = (directory.path().join("chat.backup"), disk.path().join("chat.backup"));
    let (server, ada) = killed_with_backup(&file).await;
    let data = disk.path().join("data");
    copies(server.data(), &data);
    for left in [0, 16 * 1024, 48 * 1024] {
        disk.fill_but(left);
        let before = contents(&data);
        for (command, file, from) in [("backup", &full, server.data()), ("restore", &file, &data)] {
            let said = fails(command, file, from, true);
            assert!(said.contains("full") || said.contains("No space left"), "{said}");
        }
        assert!(contents(&data) == before, "a restore that failed has changed something");
        assert!(!full.exists() && !full.with_extension("backup.part").exists());
        disk.free();
    }
    let server = Plan::new().on(&data).starting_in(directory.path()).start().await;
    assert_eq!(ada.at(&server).reads_texts().await, ["One.", "Two."]);
}

#[tokio::test]
async fn a_server_that_keeps_its_database_to_itself_says_what_to_do_for_a_backup() {
    if !strace::is_there("a_server_that_keeps_its_database_to_itself") {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let (data, file) = (directory.path().join("data"), directory.path().join("chat.backup"));
    std::fs::create_dir(&data).unwrap();
    let plan = Plan::new().on(&data);
    let mut server = plan.clone().start().await;
    let ada = server.register("ada").await;
    server.stop().await;
    let mut server = starts_failing(&plan, &data, "db-shm", &["pwrite64:error=ENOSPC".to_owned()]);
    let said = fails("backup", &file, &data, false);
    assert!(said.contains("Restart it"), "{said}");
    assert!(!file.exists());
    ada.at(&server).arrives().await.says("The server goes on.").await;
    server.kill();
    let _server = plan.start().await;
    succeeds("backup", &file, &data, false);
}
