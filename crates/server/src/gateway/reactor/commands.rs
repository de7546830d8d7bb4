//! What a client says: to the store, and back as an answer and an event.

use std::sync::Arc;

use chatterbox_core::changes::{DeleteMessage, EditMessage, MarkRead, Placed, Refused, SayTyping, SendMessage};
use chatterbox_core::shard::{Decision, Input, PeerId};
use chatterbox_protocol::commands::{Command, Delete, Edit, Read, Ref, Send, Typing};
use chatterbox_protocol::errors::{ErrorCode, Refusal};
use chatterbox_protocol::ids::{RoomId, Seq};
use chatterbox_store::Error;

use super::Reactor;
use crate::clock::now;
use crate::hub::inbox::{Inbox, Mail};
use crate::refusals::{rule, storage};

impl Reactor {
    /// Hands a command to the store. What cannot be taken on is refused at once.
    pub(super) fn submit(&mut self, peer: PeerId, reference: Option<Ref>, command: Command) {
        let Some(socket) = self.sockets.get(peer) else { return };
        let (by, store, now) = (socket.actor.author(), &self.app.store, now());
        let reply = Reply { inbox: self.inbox.clone(), peer, reference: reference.clone() };
        let mut nonce = None;
        let handed_over = match command {
            Command::Send(Send { room, text, nonce: named, .. }) => {
                nonce.clone_from(&named);
                let room = room.unwrap_or(RoomId::FIRST);
                let forbidden = "You may not write in this room.";
                let (text, nonce) = (text.into(), named.map(Into::into));
                let change = SendMessage { by, room, text, nonce, now };
                store.submit(change, move |outcome| reply.decided(outcome.map(placed), forbidden))
            }
            Command::Edit(Edit { id, text, .. }) => {
                let forbidden = "Only the author may edit a message.";
                let change = EditMessage { by, id, text: text.into(), now };
                store.submit(change, move |outcome| reply.decided(outcome.map(placed), forbidden))
            }
            Command::Delete(Delete { id, .. }) => {
                let forbidden = "Only the author or a moderator may delete a message.";
                let change = DeleteMessage { by, id, now };
                store.submit(change, move |outcome| reply.decided(outcome.map(placed), forbidden))
            }
            Command::Read(Read { room, up_to, .. }) => {
                let change = MarkRead { by, room: room.unwrap_or(RoomId::FIRST), up_to };
                let forbidden = "You may not read this room.";
                store.submit(change, move |outcome| reply.decided(outcome.map(marked), forbidden))
            }
            Command::Typing(Typing { room }) => {
                let forbidden = "You may not write in this room.";
                store.submit(SayTyping { by, room }, move |outcome| reply.decided(outcome.map(said), forbidden))
            }
            // The shard answers these from what is read, and from what it knows.
            Command::Hello(_) | Command::Follow(_) | Command::Unfollow(_) | Command::Active | Command::Watch(_) => {
                Ok(())
            }
        };
        if let Err(error) = handed_over {
            let decision = Decision::NotTaken { nonce, refusal: storage(&error) };
            self.handle(Input::Decided { peer, reference, decision });
        }
    }
}

/// How a command is answered once it is decided, on the writer's thread. The reactors are woken when the whole commit has
/// been answered.
struct Reply {
    inbox: Arc<Inbox>,
    peer: PeerId,
    reference: Option<Ref>,
}

impl Reply {
    fn decided(self, outcome: Result<Result<Decision, Refused>, Error>, forbidden: &'static str) {
        let decision = match outcome {
            Ok(Ok(done)) => done,
            Ok(Err(refused)) => refusal(refused, forbidden),
            Err(error) => Decision::Refused(storage(&error)),
        };
        self.inbox.prepare(Mail::Input(Input::Decided { peer: self.peer, reference: self.reference, decision }));
    }
}

fn placed(outcome: Result<Placed, Refused>) -> Result<Decision, Refused> {
    outcome.map(|Placed { id, seq, time }| Decision::Done { id: Some(id), seq: Some(seq), time: Some(time) })
}

fn marked(outcome: Result<Seq, Refused>) -> Result<Decision, Refused> {
    said(outcome.map(|_| ()))
}

fn said(outcome: Result<(), Refused>) -> Result<Decision, Refused> {
    outcome.map(|()| Decision::Done { id: None, seq: None, time: None })
}

fn refusal(refused: Refused, forbidden: &'static str) -> Decision {
    match refused {
        Refused::Forbidden => Decision::Refused(Refusal::new(ErrorCode::Forbidden, forbidden)),
        Refused::Unauthorized => Decision::SessionOver(rule(refused)),
        other => Decision::Refused(rule(other)),
    }
}
