//! Sending, editing and deleting: one at a time, and all at once.

use std::sync::Arc;
use std::sync::mpsc;

use chatterbox_core::changes::{Author, Refused, SendMessage, Thing, Told};
use chatterbox_core::logs::LogId;
use chatterbox_protocol::ids::{MessageId, RoomId, Seq};
use chatterbox_store::{Error, NewestPage};

use crate::world::{LOBBY, World, newest, somebody};

/// The numbers of the changes that were told of the Lobby.
fn numbers(told: Vec<Told>) -> Vec<u64> {
    let number = |told| match told {
        Told::Entry { log: LogId::Room(LOBBY), seq, .. } => Some(seq.0),
        _ => None,
    };
    told.into_iter().filter_map(number).collect()
}

#[tokio::test]
async fn what_is_sent_is_there_and_still_there_after_a_restart() {
    let (world, [ada, grace, _]) = World::with_cast().await;
    let sent = world.send(ada, "Is anyone here? 🙂\r\n  yes").await;
    world.send(grace, "'; DROP TABLE messages; --").await;
    let before = newest(&world.store, 50).await;
    let stored = &before.messages[0];
    assert_eq!((stored.id, stored.seq, stored.time), (sent.id, sent.seq, sent.time));
    assert_eq!((stored.username.as_str(), stored.author), ("ada", Some(ada.user)));
    assert_eq!(stored.text, "Is anyone here? 🙂\r\n  yes");
    assert_eq!(before.seq, Seq(2));
    let epoch = world.store.epoch().to_owned();
    let world = world.reopen().await;
    assert_eq!(newest(&world.store, 50).await, before);
    assert_eq!(world.store.epoch(), epoch);
    assert!(world.send(ada, "later").await.id > before.messages[1].id);
}

#[tokio::test]
async fn an_edit_takes_the_next_number_and_the_same_edit_again_takes_none() {
    let (world, [ada, ..]) = World::with_cast().await;
    let sent = world.send(ada, "Helo").await;
    let edited = world.edit(ada, sent.id, "Hello").await.unwrap();
    assert_eq!(edited.seq, Seq(2));
    assert_eq!(numbers(world.heard().await), [1, 2]);
    assert_eq!(world.edit(ada, sent.id, "Hello").await, Ok(edited));
    assert_eq!(world.heard().await, []);
    let page = newest(&world.store, 1).await;
    assert_eq!((page.messages[0].seq, page.messages[0].edited, page.seq), (Seq(1), Some(edited.time), Seq(2)));
}

#[tokio::test]
async fn a_deleted_message_is_gone_and_deleting_it_again_takes_no_number() {
    let (world, [ada, grace, linus]) = World::with_cast().await;
    let sent = world.send(grace, "Oops").await;
    let deleted = world.delete(grace, sent.id).await.unwrap();
    assert_eq!(deleted.seq, Seq(2));
    assert_eq!(numbers(world.heard().await), [1, 2]);
    assert!(world.texts().await.is_empty());
    for who_might in [grace, ada] {
        assert_eq!(world.delete(who_might, sent.id).await, Ok(deleted));
    }
    assert_eq!(world.heard().await, []);
    assert_eq!(world.delete(linus, sent.id).await, Err(Refused::NotFound(Thing::Message)));
    for who_edits in [grace, linus] {
        assert_eq!(world.edit(who_edits, sent.id, "back").await, Err(Refused::NotFound(Thing::Message)));
    }
    assert_eq!(newest(&world.store, 1).await.seq, Seq(2));
}

#[tokio::test]
async fn z2_only_the_author_edits_and_only_the_author_and_moderators_delete() {
    let (world, [ada_the_owner, grace, linus]) = World::with_cast().await;
    let sent = world.send(grace, "Mine").await;
    assert_eq!(world.edit(linus, sent.id, "Ours").await, Err(Refused::Forbidden));
    assert_eq!(world.delete(linus, sent.id).await, Err(Refused::Forbidden));
    assert_eq!(world.edit(ada_the_owner, sent.id, "Ours").await, Err(Refused::Forbidden));
    let page = newest(&world.store, 1).await;
    assert_eq!((page.messages[0].id, page.messages[0].text.as_str(), page.seq), (sent.id, "Mine", Seq(1)));
    assert!(world.delete(ada_the_owner, sent.id).await.is_ok());
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let (world, [ada, ..]) = World::with_cast().await;
    for id in [0, 99, u64::MAX] {
        assert_eq!(world.edit(ada, MessageId(id), "What?").await, Err(Refused::NotFound(Thing::Message)));
        assert_eq!(world.delete(ada, MessageId(id)).await, Err(Refused::NotFound(Thing::Message)));
    }
    let nowhere = SendMessage { room: RoomId(2), ..world.message(ada, "Echo?", None) };
    assert_eq!(world.store.change(nowhere).await.unwrap(), Err(Refused::NotFound(Thing::Room)));
    let page = world.store.ask(somebody(), NewestPage { room: RoomId(2), limit: 10 }).await.unwrap();
    assert_eq!(page, Err(Refused::NotFound(Thing::Room)));
}

#[tokio::test]
async fn e1_a_nonce_takes_effect_once_for_good() {
    let (world, [ada, grace, _]) = World::with_cast().await;
    let first = world.try_send(ada, "Just once.", Some("n-1")).await;
    assert_eq!(numbers(world.heard().await), [1]);
    assert_eq!(world.try_send(ada, "Just once.", Some("n-1")).await, first);
    assert_eq!(world.heard().await, []);
    assert_eq!(world.try_send(grace, "Mine.", Some("n-1")).await.unwrap().unwrap().seq, Seq(2));

    let world = world.reopen().await;
    assert_eq!(world.try_send(ada, "Just once.", Some("n-1")).await, first);
    world.delete(ada, first.clone().unwrap().unwrap().id).await.unwrap();
    assert_eq!(world.try_send(ada, "Just once.", Some("n-1")).await, first);
    assert_eq!(numbers(world.heard().await), [3]);
    assert_eq!(world.texts().await, ["Mine."]);
}

#[tokio::test]
async fn e1_another_text_or_room_under_a_nonce_is_refused_whatever_became_of_the_first_message() {
    let (mut world, [ada, ..]) = World::with_cast().await;
    let first = world.try_send(ada, "first", Some("n-1")).await.unwrap().unwrap();
    let refused = Err(Refused::NonceReused(first.id));
    for change in ["sent", "edited", "edited again", "edited back", "deleted"] {
        match change {
            "edited" => drop(world.edit(ada, first.id, "SECOND").await.unwrap()),
            "edited again" => drop(world.edit(ada, first.id, "third").await.unwrap()),
            "edited back" => drop(world.edit(ada, first.id, "first").await.unwrap()),
            "deleted" => drop(world.delete(ada, first.id).await.unwrap()),
            _ => {}
        }
        for _ in 0..2 {
            assert_eq!(world.try_send(ada, "first", Some("n-1")).await.unwrap(), Ok(first), "{change}");
            for other in ["SECOND", "First", "first ", "third", "x"] {
                assert_eq!(world.try_send(ada, other, Some("n-1")).await.unwrap(), refused, "{change}: {other}");
            }
            let elsewhere = SendMessage { room: RoomId(2), ..world.message(ada, "first", Some("n-1")) };
            assert_eq!(world.store.change(elsewhere).await.unwrap(), refused, "{change}");
            world = world.reopen().await;
        }
    }
    assert!(world.texts().await.is_empty());
}

#[tokio::test]
async fn e1_a_message_that_was_deleted_at_once_still_has_its_nonce() {
    let (world, [ada, ..]) = World::with_cast().await;
    let first = world.try_send(ada, "first", Some("n-1")).await.unwrap().unwrap();
    world.delete(ada, first.id).await.unwrap();
    assert_eq!(world.try_send(ada, "first", Some("n-1")).await.unwrap(), Ok(first));
    assert_eq!(world.try_send(ada, "SECOND", Some("n-1")).await.unwrap(), Err(Refused::NonceReused(first.id)));
}

#[tokio::test(flavor = "multi_thread")]
async fn e1_parallel_retries_store_one_message() {
    let (world, [ada, ..]) = World::with_cast().await;
    let world = Arc::new(world);
    let retries: Vec<_> = (0..10)
        .map(|_| {
            let world = Arc::clone(&world);
            tokio::spawn(async move { world.try_send(ada, "Just once.", Some("n-1")).await.unwrap().unwrap() })
        })
        .collect();
    let mut answers = Vec::new();
    for retry in retries {
        answers.push(retry.await.unwrap());
    }
    assert!(answers.iter().all(|sent| *sent == answers[0]));
    assert_eq!(numbers(world.heard().await), [1]);
    assert_eq!(world.texts().await, ["Just once."]);
}

/// Sends, edits and deletes; tells every number that its changes took.
async fn make_noise(world: &World, who: Author, foreign: MessageId, numbers: &mpsc::Sender<Seq>) {
    for round in 0..25 {
        let sent = world.send(who, &format!("message {round}")).await;
        numbers.send(sent.seq).unwrap();
        let edited = world.edit(who, sent.id, "edited").await.unwrap();
        numbers.send(edited.seq).unwrap();
        // What is refused or repeated takes no number.
        assert!(world.edit(who, foreign, "not mine").await.is_err());
        assert_eq!(world.edit(who, sent.id, "edited").await, Ok(edited));
        if round % 2 == 0 {
            numbers.send(world.delete(who, sent.id).await.unwrap().seq).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn o1_numbers_have_no_gap_and_no_repeat_whoever_changes_what_at_once() {
    let world = Arc::new(World::new());
    let owner = world.join("ada").await;
    let first = world.send(owner, "Mine.").await.id;
    let (numbers, taken) = mpsc::channel();
    let mut noises = Vec::new();
    for n in 0..8 {
        let who = world.join(&format!("member {n} of 8")).await;
        let (world, numbers) = (Arc::clone(&world), numbers.clone());
        noises.push(tokio::spawn(async move { make_noise(&world, who, first, &numbers).await }));
    }
    drop(numbers);
    for noise in noises {
        noise.await.unwrap();
    }
    let mut taken: Vec<u64> = taken.iter().map(|seq| seq.0).collect();
    taken.sort_unstable();
    let expected = 8 * (25 + 25 + 13);
    assert_eq!(taken, (2..=expected + 1).collect::<Vec<_>>());
    assert_eq!(newest(&world.store, 1).await.seq, Seq(expected + 1));
}

#[tokio::test]
async fn o2_what_is_sent_without_waiting_is_stored_and_answered_in_that_order() {
    let (world, [ada, ..]) = World::with_cast().await;
    let (answers, answered) = mpsc::channel();
    for n in 0..1_000 {
        let answers = answers.clone();
        let message = world.message(ada, &n.to_string(), None);
        world.store.submit(message, move |sent| answers.send(sent.unwrap().unwrap()).unwrap()).unwrap();
    }
    drop(answers);
    let answered: Vec<_> = answered.iter().collect();
    assert!(answered.is_sorted_by(|a, b| a.seq.0 + 1 == b.seq.0 && a.id < b.id));
    assert_eq!(world.texts().await, (0..1_000).map(|n| n.to_string()).collect::<Vec<_>>());
}

#[tokio::test]
async fn x83_a_message_that_is_deleted_while_it_is_edited_stays_deleted() {
    let (world, [ada, ..]) = World::with_cast().await;
    let world = Arc::new(world);
    for _ in 0..50 {
        let id = world.send(ada, "now you see me").await.id;
        let edits = [0, 1].map(|n| {
            let world = Arc::clone(&world);
            tokio::spawn(async move { world.edit(ada, id, &format!("still here {n}")).await })
        });
        world.delete(ada, id).await.unwrap();
        for edit in edits {
            let _ = edit.await.unwrap();
        }
        assert!(world.texts().await.is_empty());
    }
}

#[tokio::test]
async fn a_full_queue_refuses_at_once_and_keeps_what_it_has_accepted() {
    let (world, [ada, ..]) = World::with_cast().await;
    let (go_on, waits) = mpsc::channel::<()>();
    let new = || world.message(ada, "x", None);
    let (arrived, arrives) = mpsc::channel();
    let hold_up = move |_| {
        arrived.send(()).unwrap();
        waits.recv().unwrap();
    };
    world.store.submit(new(), hold_up).unwrap();
    arrives.recv().unwrap();
    let (answers, answered) = mpsc::channel();
    let mut accepted = 0;
    let refused = loop {
        let answers = answers.clone();
        match world.store.submit(new(), move |sent| answers.send(sent.unwrap().unwrap()).unwrap()) {
            Ok(()) => accepted += 1,
            Err(error) => break error,
        }
    };
    drop(answers);
    assert_eq!(refused, Error::Busy);
    assert_eq!(accepted, 4_096);
    let load = world.store.load();
    assert_eq!((load.waiting, load.waiting_max), (4_096, 4_096));
    assert_eq!(world.store.probe().await, Err(Error::Busy));
    go_on.send(()).unwrap();
    assert_eq!(answered.iter().count(), accepted);
    assert_eq!(world.store.probe().await, Ok(()));
    assert_eq!(world.store.load().waiting, 0);
}

#[tokio::test]
async fn a_callback_that_panics_harms_nobody_else() {
    let (world, [ada, ..]) = World::with_cast().await;
    world.store.submit(world.message(ada, "stored all the same", None), |_| panic!("a defect of the caller")).unwrap();
    world.send(ada, "next").await;
    assert_eq!(world.texts().await, ["stored all the same", "next"]);
}

#[tokio::test]
async fn closing_finishes_what_was_accepted_and_refuses_the_rest() {
    let (world, [ada, ..]) = World::with_cast().await;
    let new = || world.message(ada, "x", None);
    let (answers, answered) = mpsc::channel();
    for _ in 0..100 {
        let answers = answers.clone();
        world.store.submit(new(), move |sent| answers.send(sent.unwrap().is_ok()).unwrap()).unwrap();
    }
    let other = world.store.clone();
    world.store.clone().close().await;
    drop(answers);
    assert_eq!(answered.iter().filter(|stored| *stored).count(), 100);
    assert_eq!(other.submit(new(), |_| ()), Err(Error::Stopped));
    assert_eq!(other.ask(somebody(), NewestPage { room: LOBBY, limit: 1 }).await, Err(Error::Stopped));
    assert_eq!(other.probe().await, Err(Error::Stopped));
    other.close().await;
}
