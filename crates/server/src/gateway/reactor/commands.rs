//! What a client says: to the store, and back as an answer and an event.

use std::sync::Arc;

use chatterbox_core::shard::{Decision, Input, PeerId};
use chatterbox_protocol::commands::{Command, Ref};
use chatterbox_protocol::errors::{ErrorCode, Refusal};
use chatterbox_protocol::ids::RoomId;
use chatterbox_store::{Changed, NewMessage, Outcome, Refused, Sent};

use super::Reactor;
use crate::clock::now;
use crate::events;
use crate::hub::Hub;
use crate::hub::inbox::{Inbox, Mail};
use crate::refusals::{rule, storage};

impl Reactor {
    /// Hands a command to the store. What cannot be taken on is refused at once.
    pub(super) fn submit(&mut self, peer: PeerId, reference: Option<Ref>, command: Command) {
        let Some(socket) = self.sockets.get(peer) else { return };
        let (author, store) = (socket.actor.author(), &self.app.store);
        let reply = Reply { hub: self.app.hub.clone(), inbox: self.inbox.clone(), peer, reference: reference.clone() };
        let mut nonce = None;
        let handed_over = match command {
            Command::Send(send) => {
                nonce.clone_from(&send.nonce);
                let room = send.room.unwrap_or(RoomId::FIRST);
                let new = NewMessage { room, text: send.text, nonce: send.nonce, now: now() };
                store.send(author, new, move |outcome| reply.sent(outcome))
            }
            Command::Edit(edit) => {
                let forbidden = "Only the author may edit a message.";
                store.edit(author, edit.id, edit.text, now(), move |outcome| reply.changed(outcome, forbidden))
            }
            Command::Delete(delete) => {
                let forbidden = "Only the author or a moderator may delete a message.";
                store.delete(author, delete.id, now(), move |outcome| reply.changed(outcome, forbidden))
            }
            Command::Read(read) => {
                let room = read.room.unwrap_or(RoomId::FIRST);
                self.app.hub.receipts.store_mark(room, author, read.up_to, move |outcome| reply.marked(outcome));
                // If the store takes nothing more, the answer is there already.
                self.inbox.deliver(self.app.store.under_way());
                Ok(())
            }
            // The shard answers it from what is read.
            Command::Hello(_) => Ok(()),
        };
        if let Err(error) = handed_over {
            let decision = Decision::NotTaken { nonce, refusal: storage(&error) };
            self.handle(Input::Decided { peer, reference, decision });
        }
    }
}

/// How a command is answered once it is decided, on the writer's thread: first its sender, then everyone whom it concerns.
/// The reactors are woken when the whole commit has been answered.
struct Reply {
    hub: Arc<Hub>,
    inbox: Arc<Inbox>,
    peer: PeerId,
    reference: Option<Ref>,
}

impl Reply {
    fn sent(self, outcome: Outcome<Sent>) {
        let Some(Sent { message: stored, repeated }) =
            self.decide(outcome, "You may not write in this room.", |sent| {
                let message = &sent.message;
                Decision::Done { id: Some(message.id), seq: Some(message.seq), time: Some(message.time) }
            })
        else {
            return;
        };
        if !repeated {
            let (room, seq) = (stored.room, stored.seq);
            self.hub.publish(room, seq, &events::sent(stored));
        }
    }

    fn changed(self, outcome: Outcome<Changed>, forbidden: &'static str) {
        let Some(changed) = self.decide(outcome, forbidden, |changed| Decision::Done {
            id: Some(changed.id),
            seq: Some(changed.seq),
            time: Some(changed.time),
        }) else {
            return;
        };
        if !changed.repeated {
            self.hub.publish(changed.room, changed.seq, &events::changed(changed));
        }
    }

    fn marked(&self, outcome: &Outcome<chatterbox_store::Marked>) {
        let outcome = outcome.clone();
        self.decide(outcome, "You may not read this room.", |_| Decision::Done { id: None, seq: None, time: None });
    }

    /// Answers the sender; what was done comes back to be told to others.
    fn decide<T>(&self, outcome: Outcome<T>, forbidden: &'static str, done: impl FnOnce(&T) -> Decision) -> Option<T> {
        let (decision, done) = match outcome {
            Ok(Ok(answer)) => (done(&answer), Some(answer)),
            Ok(Err(refused)) => (refusal(refused, forbidden), None),
            Err(error) => (Decision::Refused(storage(&error)), None),
        };
        let (peer, reference) = (self.peer, self.reference.clone());
        self.inbox.prepare(Mail::Input(Input::Decided { peer, reference, decision }));
        done
    }
}

fn refusal(refused: Refused, forbidden: &'static str) -> Decision {
    match refused {
        Refused::Forbidden => Decision::Refused(Refusal::new(ErrorCode::Forbidden, forbidden)),
        Refused::Unauthorized => Decision::SessionOver(rule(refused)),
        other => Decision::Refused(rule(other)),
    }
}
