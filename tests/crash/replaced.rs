//! A copy of the database that is put in its place while the log of what was there before lies beside it: the log is not
//! moved into the copy, by no start, and nothing else is changed either. Without the log the copy is what it was, and another
//! epoch.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::harness::database::{self, contents};
use crate::harness::{Plan, Server, User};

/// How people make a copy.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Way {
    /// `cp`, after an orderly stop.
    CopiedWhileStopped,
    /// `sqlite3 chatterbox.db ".backup copy.db"`, beside a running server.
    BackedUp,
    /// `sqlite3 chatterbox.db "VACUUM INTO 'copy.db'"`, beside a running server.
    Vacuumed,
}

impl Way {
    async fn copies(self, server: Server, to: &Path) -> Server {
        match self {
            Self::CopiedWhileStopped => {
                let mut server = server;
                server.stop().await;
                std::fs::copy(server.database(), to).unwrap();
                return server.again().await;
            }
            Self::BackedUp => {
                let (from, mut into) = (database::open(&server.database()), rusqlite::Connection::open(to).unwrap());
                let backup = rusqlite::backup::Backup::new(&from, &mut into).unwrap();
                backup.run_to_completion(100, Duration::ZERO, None).unwrap();
            }
            Self::Vacuumed => {
                let path = to.to_str().unwrap();
                database::open(&server.database()).execute("VACUUM INTO ?1", [path]).unwrap();
            }
        }
        server
    }
}

async fn epoch(user: &User) -> String {
    user.connects_with_hello().await.hears("hello").await["epoch"].as_str().unwrap().to_owned()
}

/// Puts a copy into the place of a database: into the same file, or as another one.
fn puts(copy: &Path, database: &Path, is_same_file: bool) {
    if is_same_file {
        std::fs::write(database, std::fs::read(copy).unwrap()).unwrap();
    } else {
        let aside = database.with_extension("new");
        std::fs::copy(copy, &aside).unwrap();
        std::fs::rename(aside, database).unwrap();
    }
}

/// What a refused start says. It must leave everything as it is.
fn refused(plan: &Plan, data: &Path) -> String {
    let before = contents(data);
    let said = plan.fails();
    assert!(contents(data) == before, "it was changed, though it says: {said}");
    said
}

/// A server that was killed with something in its log, and the copy.
async fn killed_after(way: Way, copy: &Path) -> (Server, User, String) {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    ada.arrives().await.says("In the copy.").await;
    let mut server = way.copies(server, copy).await;
    let ada = ada.at(&server);
    ada.arrives().await.says("Not in the copy.").await;
    let before = epoch(&ada).await;
    server.kill();
    (server, ada, before)
}

#[tokio::test]
async fn a_copy_beside_the_log_of_another_state_is_refused_untouched_and_the_log_is_named() {
    let directory = tempfile::tempdir().unwrap();
    for way in [Way::CopiedWhileStopped, Way::BackedUp, Way::Vacuumed] {
        for is_same_file in [true, false] {
            println!("{way:?}, into the same file: {is_same_file}");
            let copy = directory.path().join(format!("{way:?}-{is_same_file}.db"));
            let (server, ada, before) = killed_after(way, &copy).await;
            let log: PathBuf = server.data().join("chatterbox.db-wal");
            puts(&copy, &server.database(), is_same_file);
            for _ in 0..2 {
                let said = refused(&server.plan, server.data());
                assert!(said.contains(&format!("remove {}", log.display())), "{said}");
            }
            std::fs::remove_file(&log).unwrap();
            let server = server.again().await;
            assert_eq!(ada.at(&server).reads_texts().await, ["In the copy."]);
            assert_ne!(epoch(&ada.at(&server)).await, before, "clients that knew more must start over");
        }
    }
}

#[tokio::test]
async fn a_log_without_its_database_is_kept() {
    let directory = tempfile::tempdir().unwrap();
    let aside = directory.path().join("aside.db");
    let (server, ada, _) = killed_after(Way::CopiedWhileStopped, &directory.path().join("copy.db")).await;
    std::fs::rename(server.database(), &aside).unwrap();
    std::fs::write(server.database(), "").unwrap();
    let said = refused(&server.plan, server.data());
    assert!(said.contains("chatterbox.db-wal"), "{said}");
    std::fs::rename(&aside, server.database()).unwrap();
    let server = server.again().await;
    assert_eq!(ada.at(&server).reads_texts().await, ["In the copy.", "Not in the copy."]);
}

#[tokio::test]
async fn a_database_that_is_refused_as_damaged_is_left_without_what_is_in_its_log() {
    let (server, _, _) =
        killed_after(Way::CopiedWhileStopped, &tempfile::tempdir().unwrap().path().join("copy.db")).await;
    let mut bytes = std::fs::read(server.database()).unwrap();
    // All but the first page, which says that it is a database: what the log has anew is not met as damaged.
    bytes[4096..].fill(0xa5);
    std::fs::write(server.database(), &bytes).unwrap();
    let read = |name: &str| std::fs::read(server.data().join(name)).unwrap();
    let log = read("chatterbox.db-wal");
    let said = server.plan.fails();
    assert!(said.contains("damaged"), "{said}");
    assert!(read("chatterbox.db") == bytes && read("chatterbox.db-wal") == log, "it was changed");
}

#[tokio::test]
async fn a_log_is_its_own_without_a_mark_beside_it_and_with_one_that_somebody_has_touched() {
    let directory = tempfile::tempdir().unwrap();
    for is_removed in [true, false] {
        let (server, ada, _) = killed_after(Way::CopiedWhileStopped, &directory.path().join("copy.db")).await;
        let mark = server.data().join("chatterbox.mark");
        let chance = std::fs::read(&mark).unwrap();
        std::fs::remove_file(&mark).unwrap();
        if !is_removed {
            std::fs::write(&mark, chance).unwrap();
        }
        let server = server.again().await;
        assert_eq!(ada.at(&server).reads_texts().await, ["In the copy.", "Not in the copy."]);
    }
}
