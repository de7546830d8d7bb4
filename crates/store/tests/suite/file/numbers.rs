//! What a message leaves in the file, and that its number is its own for good.

use std::fs;
use std::path::Path;

use chatterbox_core::changes::{Author, By, ChangeAccount, MarkRead, Refused, Told};
use chatterbox_core::logs::LogId;
use chatterbox_core::users::AccountChange;
use chatterbox_protocol::ids::{Seq, UserId};
use chatterbox_protocol::users::{Role, UserPatch};
use rusqlite::Connection;

use crate::world::{LOBBY, START, World, changes_since, newest, register, rooms_of};

/// A header, and a page behind it.
const FRAME_BYTES: u64 = 24 + 4096;

/// What is written first goes over what the opening has left in the log; behind that, the log grows by each page.
async fn grows(world: &World, author: Author, log: &Path) {
    let begun = fs::metadata(log).unwrap().len();
    for _ in 0..200 {
        world.send(author, "text").await;
        if fs::metadata(log).unwrap().len() > begun {
            return;
        }
    }
    panic!("the log does not grow");
}

#[tokio::test]
async fn a_lone_message_writes_two_pages_and_one_under_a_nonce_three() {
    let (world, [ada, ..]) = World::with_cast().await;
    let log = world.directory.path().join("chatterbox.db-wal");
    grows(&world, ada, &log).await;
    for (is_under_nonce, pages) in [(false, 2), (true, 3)] {
        let mut written = Vec::new();
        for number in 0..21 {
            let before = fs::metadata(&log).unwrap().len();
            let nonce = is_under_nonce.then(|| format!("n-{number}"));
            world.try_send(ada, "text", nonce.as_deref()).await.unwrap().unwrap();
            written.push((fs::metadata(&log).unwrap().len() - before) / FRAME_BYTES);
        }
        // Now and then a page is full, and another one begins.
        written.sort_unstable();
        assert_eq!(written[written.len() / 2], pages, "{written:?}");
    }
}

/// The mark, its number, and its place among those of the room.
#[tokio::test]
async fn a_mark_writes_three_pages_and_one_that_is_no_further_none() {
    let (world, [ada, grace, _]) = World::with_cast().await;
    let log = world.directory.path().join("chatterbox.db-wal");
    grows(&world, ada, &log).await;
    let (mut written, mut again) = (Vec::new(), Vec::new());
    for _ in 0..21 {
        let number = world.send(ada, "text").await.seq.0;
        for pages in [&mut written, &mut again] {
            let before = fs::metadata(&log).unwrap().len();
            let read = MarkRead { by: grace, room: LOBBY, up_to: Seq(number) };
            assert_eq!(world.store.change(read).await.unwrap(), Ok(Seq(number)));
            pages.push((fs::metadata(&log).unwrap().len() - before) / FRAME_BYTES);
        }
    }
    written.sort_unstable();
    assert_eq!((written[written.len() / 2], again), (3, vec![0; 21]), "{written:?}");
}

#[tokio::test]
async fn what_another_program_writes_between_two_messages_counts() {
    let (world, [ada, ..]) = World::with_cast().await;
    let file = Connection::open(world.directory.path().join("chatterbox.db")).unwrap();
    let other = |sql: &str| assert_eq!(file.execute(sql, []), Ok(1), "{sql}");
    assert_eq!(world.send(ada, "One.").await.seq, Seq(1));
    other(
        "INSERT INTO messages (id, room_id, seq, changed_seq, author_name, text, sent_at) VALUES (9, 1, 2, 2, 'x', 'Two.', 1)",
    );
    assert_eq!(world.send(ada, "Three.").await.seq, Seq(3));
    other("UPDATE rooms SET seq_floor = 7");
    assert_eq!(world.send(ada, "Eight.").await.seq, Seq(8));
    other("UPDATE rooms SET archived = 1");
    assert_eq!(world.try_send(ada, "Nine.", None).await.unwrap(), Err(Refused::RoomArchived));
    other("UPDATE rooms SET archived = 0");
    other("UPDATE users SET active = 0 WHERE username = 'ada'");
    assert_eq!(world.try_send(ada, "Nine.", None).await.unwrap(), Err(Refused::Unauthorized));
}

#[tokio::test]
async fn o1_a_number_is_never_given_again_whatever_the_last_change_was() {
    let (mut world, [ada, ..]) = World::with_cast().await;
    let mut last = Seq(0);
    for what in ["sent", "edited", "deleted", "edited before the last one was sent", "removed", "all removed"] {
        let sent = world.send(ada, what).await;
        assert_eq!(sent.seq, Seq(last.0 + 1), "before {what}");
        let file = Connection::open(world.directory.path().join("chatterbox.db")).unwrap();
        last = match what {
            "edited" => world.edit(ada, sent.id, "another").await.unwrap().seq,
            "deleted" => world.delete(ada, sent.id).await.unwrap().seq,
            "edited before the last one was sent" => {
                world.edit(ada, sent.id, "another").await.unwrap();
                world.send(ada, "the last one").await.seq
            }
            "removed" => {
                assert_eq!(file.execute("DELETE FROM messages WHERE id = ?1", [sent.id.to_i64()]), Ok(1));
                sent.seq
            }
            "all removed" => {
                assert_eq!(file.execute("DELETE FROM messages", []), Ok(6));
                sent.seq
            }
            _ => sent.seq,
        };
        drop(file);
        world = world.reopen().await;
        assert_eq!(newest(&world.store, 1).await.seq, last, "{what}");
        assert_eq!(rooms_of(&world.store, ada.user).await[0].seq, last, "{what}");
        assert_eq!(changes_since(&world.store, last, 9).await.unwrap().seq, last, "{what}");
    }
    assert_eq!(world.send(ada, "afterwards").await.seq, Seq(last.0 + 1));
}

#[tokio::test]
async fn o1_a_number_of_a_persons_log_or_of_the_houses_is_never_given_again_either() {
    let (world, [ada, grace, _]) = World::with_cast().await;
    world.send(ada, "text").await;
    let file = Connection::open(world.directory.path().join("chatterbox.db")).unwrap();
    let other = |sql: &str| assert_eq!(file.execute(sql, []), Ok(1), "{sql}");
    let numbers = async || {
        let told = world.heard().await.into_iter();
        told.filter_map(|told| match told {
            Told::Entry { log, seq, .. } => Some((log, seq.0)),
            _ => None,
        })
        .collect::<Vec<_>>()
    };
    numbers().await;
    let read = MarkRead { by: ada, room: LOBBY, up_to: Seq(1) };
    world.store.change(read.clone()).await.unwrap().unwrap();
    assert_eq!(numbers().await, [(LogId::Own(ada.user), 2)]);
    other("DELETE FROM marks");
    world.store.change(read).await.unwrap().unwrap();
    assert_eq!(numbers().await, [(LogId::Own(ada.user), 3)]);
    other("DELETE FROM users WHERE username = 'linus'");
    world.store.change(register("barbara")).await.unwrap().unwrap();
    let barbara = LogId::Own(UserId(4));
    assert_eq!(numbers().await, [(LogId::House, 4), (barbara, 1)]);
    // A file from another program's hand may know no number of somebody.
    other("UPDATE users SET account_seq = 0, card_seq = 0 WHERE username = 'grace'");
    let change = AccountChange::Standing(UserPatch { role: Some(Role::Admin), active: None });
    world.store.change(ChangeAccount { by: By::Holder(START), user: grace.user, change }).await.unwrap().unwrap();
    assert_eq!(numbers().await, [(LogId::House, 5), (LogId::Own(grace.user), 1)]);
}

#[tokio::test]
async fn e1_who_may_send_no_more_still_learns_what_became_of_what_they_sent() {
    let (world, [ada, ..]) = World::with_cast().await;
    let first = world.try_send(ada, "first", Some("n-1")).await.unwrap().unwrap();
    let file = Connection::open(world.directory.path().join("chatterbox.db")).unwrap();
    file.execute("UPDATE rooms SET archived = 1", []).unwrap();
    let again = world.try_send(ada, "first", Some("n-1")).await.unwrap().unwrap();
    assert_eq!(again, first);
    assert_eq!(world.try_send(ada, "first", Some("n-2")).await.unwrap(), Err(Refused::RoomArchived));
}
