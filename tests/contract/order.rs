//! Order and revocation under concurrency: one log for everybody, and nothing for who is out.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use crate::harness::checker::{Ledger, Replica, in_order_and_once, is_change, number};
use crate::harness::{Asks, Server, Socket, User};

/// Says, edits and deletes at random, many commands at a time, and keeps the books. Only the answers are heard.
async fn talks(user: User, number: usize, rounds: usize, seed: u64) -> (usize, Ledger) {
    let mut random = fastrand::Rng::with_seed(seed ^ number as u64);
    let mut ledger = Ledger::default();
    let mut socket = user.connects_for_more().await;
    let mut alive: Vec<String> = Vec::new();
    for round in 0..rounds {
        let mut waiting = Vec::new();
        for step in 0..10 {
            let reference = format!("{number}.{round}.{step}");
            let mut command = match random.u8(..10) {
                0 if !alive.is_empty() => {
                    let nonce = alive.swap_remove(random.usize(..alive.len()));
                    ledger.attempts_delete(&nonce);
                    waiting.push((reference.clone(), nonce.clone(), None));
                    json!({"type": "delete", "id": ledger.id(&nonce)})
                }
                1 | 2 if !alive.is_empty() => {
                    let nonce = &alive[random.usize(..alive.len())];
                    let text = format!("edited {reference}");
                    ledger.attempts_edit(nonce, &text);
                    waiting.push((reference.clone(), nonce.clone(), Some(text.clone())));
                    json!({"type": "edit", "id": ledger.id(nonce), "text": text})
                }
                _ => {
                    ledger.attempts_send(&reference, &format!("sent {reference}"));
                    waiting.push((reference.clone(), reference.clone(), None));
                    json!({"type": "send", "text": format!("sent {reference}"), "nonce": reference})
                }
            };
            command["ref"] = json!(reference);
            socket.say(command).await;
        }
        for (reference, nonce, text) in waiting {
            let ok = socket.hears("ok").await;
            assert_eq!(ok["ref"], reference.as_str(), "answers must come in the order of the commands");
            match text {
                Some(text) => ledger.acks_edit(&nonce, &text, &ok),
                None if reference == nonce => {
                    ledger.acks_send(&nonce, &ok);
                    alive.push(nonce);
                }
                None => ledger.acks_delete(&nonce, &ok),
            }
        }
    }
    (number, ledger)
}

/// Listens until the change with this number.
async fn listens(mut socket: Socket, last: Arc<tokio::sync::OnceCell<u64>>) -> Vec<Value> {
    let mut heard: Vec<Value> = Vec::new();
    loop {
        if last.get().is_some_and(|last| heard.last().is_some_and(|event| number(event, "seq") >= *last)) {
            return heard;
        }
        let Ok(event) = tokio::time::timeout(std::time::Duration::from_millis(50), socket.next()).await else {
            continue;
        };
        let event = event.expect("the socket stays open");
        if is_change(&event) {
            heard.push(event);
        }
    }
}

#[tokio::test]
async fn o1_o2_e1_many_talk_at_once_and_everybody_hears_one_log_without_a_gap() {
    let seed = crate::harness::seed();
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let linus = server.register("linus").await;
    let last = Arc::new(tokio::sync::OnceCell::new());
    let mut listeners = tokio::task::JoinSet::new();
    for user in [&ada, &grace, &linus, &grace] {
        listeners.spawn(listens(user.arrives().await, last.clone()));
    }
    let mut talkers = tokio::task::JoinSet::new();
    for (number, user) in [&ada, &grace, &linus, &ada, &grace, &linus].into_iter().enumerate() {
        talkers.spawn(talks(user.clone(), number, 20, seed));
    }
    let ledgers = talkers.join_all().await;
    let changes: u64 = ledgers.iter().map(|(_, ledger)| ledger.acked() as u64).sum();
    assert_eq!(changes, 1_200);
    last.set(changes).unwrap();
    let heard = listeners.join_all().await;
    assert!(heard.iter().all(|log| log == &heard[0]), "not everybody heard the same");
    let mut replica = Replica::default();
    replica.apply_changes(&heard[0]);
    assert_eq!(replica.seq, changes);
    let stored = ada.reads_all().await;
    assert_eq!(replica, Replica::of_pages(changes, &stored));
    for (number, ledger) in &ledgers {
        let prefix = format!("{number}.");
        let own = |message: &&Value| message["nonce"].as_str().unwrap().starts_with(&prefix);
        ledger.check(&stored.iter().filter(own).cloned().collect::<Vec<_>>(), changes);
    }
}

#[tokio::test]
async fn z3_nothing_that_is_said_after_a_revocation_is_heard_by_who_was_revoked() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let is_over = Arc::new(AtomicBool::new(false));
    let mut talkers = tokio::task::JoinSet::new();
    for _ in 0..3 {
        let (ada, is_over) = (ada.clone(), is_over.clone());
        talkers.spawn(async move {
            let mut socket = ada.connects_for_more().await;
            while !is_over.load(Ordering::SeqCst) {
                for _ in 0..8 {
                    socket.say(json!({"type": "send", "text": "Psst.", "ref": 0})).await;
                }
                for _ in 0..8 {
                    socket.hears("ok").await;
                }
            }
        });
    }
    for _ in 0..25 {
        let out = server.logs_in("grace").await;
        let mut sockets = Vec::new();
        for _ in 0..4 {
            sockets.push(out.arrives().await);
        }
        let sessions = grace.gets("/api/sessions").await.ok();
        let id = &sessions.as_array().unwrap().last().unwrap()["id"];
        grace.deletes_at(&format!("/api/sessions/{id}")).await.done();
        // Everything that is committed from now on comes after this one in the log.
        let mark = grace.connects_for_more().await.does(json!({"type": "send", "text": "A mark."})).await;
        for mut socket in sockets {
            assert_eq!(socket.is_closed().await.0, 4001);
            let heard = socket.unasked();
            in_order_and_once(&heard);
            let last = heard.last().map_or(0, |message| number(message, "seq"));
            assert!(last < number(&mark, "seq"), "{last} was heard, the mark is {mark}");
        }
        out.gets("/api/rooms/1/messages").await.refused(401, "unauthorized");
    }
    is_over.store(true, Ordering::SeqCst);
    talkers.join_all().await;
}

#[tokio::test]
async fn z3_a_revoked_session_changes_nothing_any_more_even_with_what_is_on_its_way() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    for round in 0..10 {
        let out = server.logs_in("grace").await;
        let mut socket = out.connects_for_more().await;
        let talking = tokio::spawn(async move {
            let mut answers = Vec::new();
            loop {
                for number in 0..50 {
                    socket.try_say(&json!({"type": "send", "text": format!("{round}:{number}"), "ref": number})).await;
                }
                for _ in 0..50 {
                    let Some(answer) = socket.next().await else {
                        assert_eq!(socket.is_closed().await.0, 4001);
                        return answers;
                    };
                    answers.push(answer);
                }
            }
        });
        out.logs_out().await;
        let mark = ada.connects_for_more().await.does(json!({"type": "send", "text": "A mark."})).await;
        for answer in talking.await.unwrap() {
            match answer["type"].as_str() {
                Some("ok") => assert!(number(&answer, "seq") < number(&mark, "seq"), "{answer} after {mark}"),
                _ => assert_eq!(answer["code"], "unauthorized", "{answer}"),
            }
        }
    }
    assert_eq!(grace.gets("/api/sessions").await.ok().as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn z3_a_socket_that_opens_while_its_session_ends_does_not_stay_open() {
    let server = Server::start().await;
    server.register("grace").await;
    let mut opened = 0;
    for _ in 0..40 {
        let out = server.logs_in("grace").await;
        let mut opening = tokio::task::JoinSet::new();
        for _ in 0..6 {
            let out = out.clone();
            opening.spawn(async move {
                let path = format!("/ws?token={}", out.token);
                Socket::try_open("grace", out.address, &path, &[]).await
            });
        }
        out.logs_out().await;
        for mut socket in opening.join_all().await.into_iter().flatten() {
            opened += 1;
            assert_eq!(socket.is_closed().await.0, 4001);
        }
    }
    println!("{opened} of 240 sockets opened before the session ended");
}
