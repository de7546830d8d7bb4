//! What a client's commands do. Rules are decided where the change is made, in the store's transaction; here a command
//! is counted, handed over, and answered in the order of commits.

use std::sync::Arc;

use chatterbox_protocol::commands::{Called, Command, Delete, Edit, Read, Ref, Send};
use chatterbox_protocol::errors::{ErrorCode, Refusal};
use chatterbox_protocol::events::{Deleted, Done, Edited, Event};
use chatterbox_protocol::ids::RoomId;
use chatterbox_protocol::limits::INVALID_COMMANDS_MAX;
use chatterbox_store::{Changed, NewMessage, Outcome, Refused, Sent};

use super::connection::{Connection, Ending};
use super::frame::CloseCode;
use super::hub::Hub;
use super::task::Task;
use crate::app::now;
use crate::http::{rule, storage};

/// Refusals for want of budget after which a client is cut off: it does not listen.
const OVER_BUDGET_MAX: u32 = 100;

impl Task {
    /// Does what the client says. Errors: the connection is to end.
    pub(super) async fn execute(&mut self, called: Called) -> Result<(), Ending> {
        let Called { reference, command } = called;
        let command = match command {
            Ok(command) => command,
            Err(refusal) => return self.misunderstood(reference, refusal),
        };
        self.invalid = 0;
        if let Err(refusal) = self.budget(&command) {
            self.connection.refuse(reference, refusal);
            self.over_budget += 1;
            return if self.over_budget > OVER_BUDGET_MAX { Err(Ending::TooManyCommands) } else { Ok(()) };
        }
        self.over_budget = 0;
        match command {
            Command::Hello(hello) => return self.welcome(hello, reference).await,
            Command::Send(send) => self.send(send, reference),
            Command::Edit(edit) => self.edit(edit, reference),
            Command::Delete(delete) => self.delete(delete, reference),
            Command::Read(read) => self.read_mark(read, reference),
        }
        Ok(())
    }

    fn misunderstood(&mut self, reference: Option<Ref>, refusal: Refusal) -> Result<(), Ending> {
        self.connection.refuse(reference, refusal);
        self.invalid += 1;
        if self.invalid < INVALID_COMMANDS_MAX {
            return Ok(());
        }
        Err(Ending::Violation(CloseCode::POLICY, "too many invalid commands in a row".to_owned()))
    }

    fn budget(&self, command: &Command) -> Result<(), Refusal> {
        let (throttles, user, now_ms) = (&self.app.throttles, self.connection.author.user, self.app.uptime_ms());
        match command {
            Command::Read(_) => throttles.read(user, now_ms),
            _ => throttles.command(user, now_ms),
        }
    }

    fn send(&self, send: Send, reference: Option<Ref>) {
        let new =
            NewMessage { room: send.room.unwrap_or(RoomId::FIRST), text: send.text, nonce: send.nonce, now: now() };
        self.submit(reference, |author, reply| self.app.store.send(author, new, move |outcome| reply.sent(outcome)));
    }

    fn edit(&self, edit: Edit, reference: Option<Ref>) {
        self.submit(reference, |author, reply| {
            let forbidden = "Only the author may edit a message.";
            self.app.store.edit(author, edit.id, edit.text, now(), move |outcome| reply.changed(outcome, forbidden))
        });
    }

    fn delete(&self, delete: Delete, reference: Option<Ref>) {
        self.submit(reference, |author, reply| {
            let forbidden = "Only the author or a moderator may delete a message.";
            self.app.store.delete(author, delete.id, now(), move |outcome| reply.changed(outcome, forbidden))
        });
    }

    fn read_mark(&self, read: Read, reference: Option<Ref>) {
        let room = read.room.unwrap_or(RoomId::FIRST);
        self.connection.begin();
        let reply = self.reply(reference);
        let author = self.connection.author;
        self.app.hub.store_mark(room, author, read.up_to, move |outcome| reply.marked(outcome));
    }

    /// Hands a command to the store. What cannot be taken on is refused at once.
    fn submit(
        &self,
        reference: Option<Ref>,
        hand_over: impl FnOnce(chatterbox_store::Author, Reply) -> Result<(), chatterbox_store::Error>,
    ) {
        self.connection.begin();
        if let Err(error) = hand_over(self.connection.author, self.reply(reference.clone())) {
            self.connection.refuse(reference, storage(&error));
            self.connection.settle();
        }
    }

    fn reply(&self, reference: Option<Ref>) -> Reply {
        Reply { hub: self.app.hub.clone(), connection: self.connection.clone(), reference }
    }
}

/// How a command is answered once it is decided: first its sender, then everyone whom it concerns.
struct Reply {
    hub: Arc<Hub>,
    connection: Arc<Connection>,
    reference: Option<Ref>,
}

impl Reply {
    fn sent(self, outcome: Outcome<Sent>) {
        match outcome {
            Ok(Ok(Sent { message, repeated })) => {
                self.ok(|done| Done { id: Some(message.id), seq: Some(message.seq), time: Some(message.time), ..done });
                if !repeated {
                    let (room, seq) = (message.room, message.seq);
                    for message in self.hub.describe(vec![message]) {
                        self.hub.publish(room, seq, &Event::Message(message));
                    }
                }
            }
            Ok(Err(refused)) => self.refuse(refused, "You may not write in this room."),
            Err(error) => self.connection.refuse(self.reference.clone(), storage(&error)),
        }
        self.connection.settle();
    }

    fn changed(self, outcome: Outcome<Changed>, forbidden: &'static str) {
        match outcome {
            Ok(Ok(changed)) => {
                let (id, room, seq, time) = (changed.id, changed.room, changed.seq, changed.time);
                self.ok(|done| Done { id: Some(id), seq: Some(seq), time: Some(time), ..done });
                if !changed.repeated {
                    let event = match changed.text {
                        Some(text) => Event::Edit(Edited { id, text, time, room, seq }),
                        None => Event::Delete(Deleted { id, room, seq }),
                    };
                    self.hub.publish(room, seq, &event);
                }
            }
            Ok(Err(refused)) => self.refuse(refused, forbidden),
            Err(error) => self.connection.refuse(self.reference.clone(), storage(&error)),
        }
        self.connection.settle();
    }

    fn marked(self, outcome: &Outcome<chatterbox_store::Marked>) {
        match outcome {
            Ok(Ok(_)) => self.ok(|done| done),
            Ok(Err(refused)) => self.refuse(*refused, "You may not read this room."),
            Err(error) => self.connection.refuse(self.reference.clone(), storage(error)),
        }
        self.connection.settle();
    }

    /// Only a command with a `ref` is answered.
    fn ok(&self, fill: impl FnOnce(Done) -> Done) {
        if let Some(reference) = self.reference.clone() {
            let done = Done { reference, id: None, seq: None, time: None };
            self.connection.tell(&Event::Ok(fill(done)));
        }
    }

    fn refuse(&self, refused: Refused, forbidden: &'static str) {
        let refusal = match refused {
            Refused::Forbidden => Refusal::new(ErrorCode::Forbidden, forbidden),
            Refused::NotFound => Refusal::new(ErrorCode::NotFound, "There is no such message."),
            other => rule(other),
        };
        self.connection.refuse(self.reference.clone(), refusal);
        if refused == Refused::Unauthorized {
            self.connection.end(Ending::SessionOver);
        }
    }
}
