//! Somebody who talks as fast as the server answers, keeps the books, and tries again what was not answered.

use std::collections::HashSet;

use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::harness::checker::Ledger;
use crate::harness::{Socket, User};

/// Commands that are on their way at once.
const PIPELINE: usize = 8;

/// A command that has not been answered.
#[derive(Debug, Clone)]
struct Pending {
    reference: String,
    nonce: String,
    command: Value,
}

/// One connection's worth of talk, over all restarts.
#[derive(Debug)]
pub(crate) struct Talker {
    user: User,
    number: usize,
    said: usize,
    random: fastrand::Rng,
    pub(crate) ledger: Ledger,
    /// Nonces of messages that were refused because the disk was full.
    pub(crate) refused: HashSet<String>,
    alive: Vec<String>,
    pending: Vec<Pending>,
}

/// A socket for the full view, unless the server is killed before it is there.
pub(crate) async fn tries_to_connect(user: &User) -> Option<Socket> {
    let stream = TcpStream::connect(user.address).await.ok()?;
    Socket::try_over(&user.name, stream, user.address, &format!("/ws?hello&token={}", user.token), &[]).await
}

impl Talker {
    pub(crate) fn new(user: User, number: usize, seed: u64) -> Self {
        let random = fastrand::Rng::with_seed(seed.wrapping_add(number as u64));
        let (ledger, refused) = (Ledger::default(), HashSet::new());
        Self { user, number, said: 0, random, ledger, refused, alive: Vec::new(), pending: Vec::new() }
    }

    /// Talks until the server is gone. First says again what was not answered: a nonce makes that safe, and edits and
    /// deletions are.
    pub(crate) async fn talks(mut self, user: User) -> Self {
        self.user = user;
        let Some(mut socket) = tries_to_connect(&self.user).await else { return self };
        let again = self.pending.clone();
        for pending in &again {
            socket.try_say(&pending.command).await;
        }
        while self.hears_answers(&mut socket).await {
            while self.pending.len() < PIPELINE {
                let pending = self.invents();
                socket.try_say(&pending.command).await;
                self.pending.push(pending);
            }
        }
        self
    }

    /// Answers everything that it can to the end, so that nothing is pending. For a server that lives.
    pub(crate) async fn finishes(mut self, user: User) -> Self {
        self.user = user;
        let mut socket = self.user.connects_for_more().await;
        for pending in self.pending.clone() {
            socket.say(pending.command).await;
        }
        while !self.pending.is_empty() {
            assert!(self.hears_answers(&mut socket).await, "the server is gone");
        }
        self
    }

    /// Waits for an answer if something is pending. Tells whether the server is still there.
    async fn hears_answers(&mut self, socket: &mut Socket) -> bool {
        if self.pending.is_empty() {
            return true;
        }
        let Some(answer) = socket.next().await else { return false };
        // Answers come in the order of the commands.
        let pending = self.pending.remove(0);
        assert_eq!(answer["ref"], pending.reference.as_str(), "{answer}");
        self.books(&pending, &answer);
        true
    }

    fn books(&mut self, pending: &Pending, answer: &Value) {
        let (nonce, command) = (&pending.nonce, &pending.command);
        if answer["code"] == "storage_full" {
            if command["type"] == "send" {
                self.refused.insert(nonce.clone());
            }
            return;
        }
        if answer["type"] == "error" {
            // Only what was deleted by the try before may be gone; and then nobody is told that it is done.
            assert_eq!(
                (&answer["code"], &command["type"]),
                (&json!("not_found"), &json!("edit")),
                "{command}: {answer}"
            );
            return;
        }
        assert_eq!(answer["type"], "ok", "{answer}");
        match command["type"].as_str() {
            Some("send") => {
                self.ledger.acks_send(nonce, answer);
                self.alive.push(nonce.clone());
            }
            Some("edit") => self.ledger.acks_edit(nonce, command["text"].as_str().unwrap(), answer),
            _ => self.ledger.acks_delete(nonce, answer),
        }
    }

    fn invents(&mut self) -> Pending {
        self.said += 1;
        let reference = format!("{}-{}", self.number, self.said);
        let old = (!self.alive.is_empty()).then(|| self.random.usize(..self.alive.len()));
        let (nonce, mut command) = match (self.random.u8(..10), old) {
            (0, Some(at)) => {
                let nonce = self.alive.swap_remove(at);
                self.ledger.attempts_delete(&nonce);
                let command = json!({"type": "delete", "id": self.ledger.id(&nonce)});
                (nonce, command)
            }
            (1 | 2, Some(at)) => {
                let nonce = self.alive[at].clone();
                let text = format!("edited {reference}");
                self.ledger.attempts_edit(&nonce, &text);
                let command = json!({"type": "edit", "id": self.ledger.id(&nonce), "text": text});
                (nonce, command)
            }
            _ => {
                let text = format!("sent {reference} {}", "x".repeat(self.random.usize(..2_000)));
                self.ledger.attempts_send(&reference, &text);
                (reference.clone(), json!({"type": "send", "text": text, "nonce": reference}))
            }
        };
        command["ref"] = json!(reference);
        Pending { reference, nonce, command }
    }
}
