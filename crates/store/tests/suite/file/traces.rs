//! What the file holds, looked at behind the store's back.

use std::fs;

use chatterbox_core::changes::{DeleteAccount, LogIn, MarkRead, Refused};
use chatterbox_protocol::ids::Seq;
use rusqlite::Connection;

use crate::world::{LOBBY, START, World, credentials, log_in, register, rooms_of, token, who_holds};

#[tokio::test]
async fn p3_the_text_of_a_deleted_message_is_nowhere_in_the_data_directory() {
    let (world, [ada, ..]) = World::with_cast().await;
    let canary = "Y2FuYXJ5LW9mLXRoZS1kZWxldGVk";
    // The longer ones have pages of their own, which are free afterwards.
    for repeats in [1, 10, 280] {
        let text = canary.repeat(repeats);
        let sent = world.send(ada, &text).await;
        world.send(ada, "another one").await;
        let edited = world.send(ada, &text).await;
        world.delete(ada, sent.id).await.unwrap();
        world.edit(ada, edited.id, "nothing to see").await.unwrap();
    }
    world.store.clone().close().await;
    for entry in fs::read_dir(world.directory.path()).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        let found = bytes.windows(canary.len()).any(|window| window == canary.as_bytes());
        assert!(!found, "{}", path.display());
    }
}

#[tokio::test]
async fn e1_a_nonce_of_a_text_that_was_replaced_before_anything_was_kept_of_it_answers_as_it_did() {
    let (world, [ada, ..]) = World::with_cast().await;
    let first = world.try_send(ada, "first", Some("n-1")).await.unwrap().unwrap();
    world.edit(ada, first.id, "edited").await.unwrap();
    let file = Connection::open(world.directory.path().join("chatterbox.db")).unwrap();
    file.execute("UPDATE messages SET sent_print = NULL", []).unwrap();
    for text in ["first", "SECOND"] {
        assert_eq!(world.try_send(ada, text, Some("n-1")).await.unwrap(), Ok(first));
    }
}

#[tokio::test]
async fn p3_what_is_kept_of_a_deleted_text_under_a_nonce_fits_thousands_of_others() {
    let (world, [ada, ..]) = World::with_cast().await;
    let sent = world.try_send(ada, "hunter2", Some("n-1")).await.unwrap().unwrap();
    world.delete(ada, sent.id).await.unwrap();
    let file = Connection::open(world.directory.path().join("chatterbox.db")).unwrap();
    let kept: (String, i64) =
        file.query_row("SELECT text, sent_print FROM messages", [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    assert!(kept.0.is_empty() && (0..=0xffff).contains(&kept.1), "{kept:?}");
}

#[tokio::test]
async fn a_closed_store_leaves_one_file_of_data() {
    let (world, _) = World::with_cast().await;
    world.store.clone().close().await;
    let mut names: Vec<_> =
        fs::read_dir(world.directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["chatterbox.db", "chatterbox.lock", "chatterbox.mark"]);
}

#[tokio::test]
async fn a_user_who_is_not_active_does_nothing_from_that_moment_on() {
    let world = World::new();
    let ada = world.join("ada").await;
    let token = token();
    world.store.change(LogIn { token_hash: token, ..log_in("ada") }).await.unwrap().unwrap();
    let sent = world.send(ada, "before").await;
    let file = Connection::open(world.directory.path().join("chatterbox.db")).unwrap();
    file.execute("UPDATE users SET active = 0", []).unwrap();

    assert_eq!(who_holds(&world.store, token, START).await, None);
    assert_eq!(world.try_send(ada, "after", None).await.unwrap(), Err(Refused::Unauthorized));
    assert_eq!(world.edit(ada, sent.id, "after").await, Err(Refused::Unauthorized));
    assert_eq!(world.delete(ada, sent.id).await, Err(Refused::Unauthorized));
    assert_eq!(world.store.change(log_in("ada")).await.unwrap(), Err(Refused::Unauthorized));
    assert_eq!(rooms_of(&world.store, ada.user).await, []);
    assert!(!credentials(&world.store, "ada").await.unwrap().active);
    assert_eq!(world.store.change(register("Ada")).await.unwrap(), Err(Refused::UsernameTaken));
}

#[tokio::test]
async fn p7_whoever_is_gone_has_no_row_in_any_table_that_hangs_on_people() {
    let (world, [ada, grace, _]) = World::with_cast().await;
    world.send(grace, "Kept.").await;
    world.store.change(MarkRead { by: grace, room: LOBBY, up_to: Seq(1) }).await.unwrap().unwrap();
    let file = Connection::open(world.directory.path().join("chatterbox.db")).unwrap();
    file.execute_batch(
        "CREATE TABLE later (whose INTEGER REFERENCES users (id) ON DELETE CASCADE); INSERT INTO later VALUES (1), (2)",
    )
    .unwrap();
    drop(file);
    let delete = DeleteAccount { by: ada, user: grace.user, verified: None, now: START };
    assert!(world.store.change(delete).await.unwrap().unwrap());
    world.store.clone().close().await;
    let file = Connection::open(world.directory.path().join("chatterbox.db")).unwrap();
    let rows = |query: &str| -> i64 { file.query_row(query, [], |row| row.get(0)).unwrap() };
    assert_eq!(rows("SELECT count(*) FROM marks WHERE user_id = 2"), 0);
    assert_eq!(rows("SELECT count(*) FROM sessions WHERE user_id = 2"), 0);
    assert_eq!(rows("SELECT count(*) FROM later WHERE whose = 2"), 0, "a table that there was not then");
    assert_eq!(rows("SELECT count(*) FROM later"), 1);
    assert_eq!(rows("SELECT count(*) FROM messages WHERE author_id = 2"), 1);
}
