//! How the store decides a command, inside a transaction: as `crates/store/src/sqlite/messages.rs` does.

use chatterbox_core::messages::MessageIds;
use chatterbox_core::shard::Decision;
use chatterbox_protocol::commands::{Command, Delete, Edit, Read, Send};
use chatterbox_protocol::errors::{ErrorCode, Refusal};
use chatterbox_protocol::events::{Deleted, Edited, Event};
use chatterbox_protocol::ids::{MessageId, RoomId, Seq, SessionId, UserId};
use chatterbox_protocol::messages::Message;
use chatterbox_protocol::time::Timestamp;

use super::{Store, Stored};

/// What the clocks say at a decision, and what chance adds to it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    /// Time of the world.
    pub(crate) now: u64,
    /// What the store takes the time to be.
    pub(crate) wall: Timestamp,
    pub(crate) random: u16,
}

/// A change that everybody in its room is to be told.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) room: RoomId,
    pub(crate) seq: Seq,
    pub(crate) event: Event,
}

/// How a command was decided, and what that changed.
#[derive(Debug, Clone)]
pub(crate) struct Verdict {
    pub(crate) decision: Decision,
    pub(crate) change: Option<Change>,
    /// The room in which something was read.
    pub(crate) read_in: Option<RoomId>,
}

impl Verdict {
    fn new(decision: Decision) -> Self {
        Self { decision, change: None, read_in: None }
    }

    fn refused(code: ErrorCode) -> Self {
        Self::new(Decision::Refused(Refusal::new(code, "No.")))
    }

    fn done(id: MessageId, seq: Seq, time: Timestamp) -> Self {
        Self::new(Decision::Done { id: Some(id), seq: Some(seq), time: Some(time) })
    }

    fn with(mut self, room: RoomId, seq: Seq, event: Event) -> Self {
        self.change = Some(Change { room, seq, event });
        self
    }
}

impl Store {
    /// Decides a command.
    pub(crate) fn decide(&mut self, by: (UserId, SessionId), command: &Command, at: Moment) -> Verdict {
        let (user, session) = by;
        if self.sessions.get(&session) != Some(&user) {
            return Verdict::new(Decision::SessionOver(Refusal::new(ErrorCode::Unauthorized, "It is over.")));
        }
        match command {
            Command::Send(send) => self.send(user, send, at),
            Command::Edit(edit) => self.edit(user, edit, at),
            Command::Delete(delete) => self.delete(user, delete, at),
            Command::Read(read) => self.mark(user, read),
            Command::Hello(_) => unreachable!("the shard answers it"),
        }
    }

    fn send(&mut self, user: UserId, send: &Send, at: Moment) -> Verdict {
        let key = send.nonce.clone().map(|nonce| (user, nonce));
        if let Some(first) = key.as_ref().and_then(|key| self.nonces.get(key)) {
            let Stored { message, original, .. } = &self.messages[first];
            if (message.room, original) != (send.room.unwrap_or(RoomId::FIRST), &send.text) {
                return Verdict::refused(ErrorCode::NonceReused);
            }
            return Verdict::done(message.id, message.seq, message.time);
        }
        let room = send.room.unwrap_or(RoomId::FIRST);
        if !self.may_see(room, user) {
            return Verdict::refused(ErrorCode::NotFound);
        }
        let seq = self.next_seq(room, at);
        let id = MessageIds::after(self.last_id).next(at.wall.0, at.random);
        self.last_id = id;
        let message = Message {
            id,
            user: Self::username(user),
            text: send.text.clone(),
            time: at.wall,
            seen: false,
            room,
            seq,
            edited: None,
            nonce: send.nonce.clone(),
        };
        let original = send.text.clone();
        let stored = Stored { message: message.clone(), author: user, changed: seq, is_deleted: false, original };
        self.messages.insert(id, stored);
        self.by_seq.insert((room, seq), id);
        self.by_change.insert((room, seq), id);
        self.nonces.extend(key.map(|key| (key, id)));
        Verdict::done(id, seq, at.wall).with(room, seq, Event::Message(message))
    }

    fn edit(&mut self, user: UserId, edit: &Edit, at: Moment) -> Verdict {
        let Some(stored) = self.seen_by(user, edit.id).filter(|stored| !stored.is_deleted) else {
            return Verdict::refused(ErrorCode::NotFound);
        };
        if stored.author != user {
            return Verdict::refused(ErrorCode::Forbidden);
        }
        if stored.message.text == edit.text {
            return Verdict::done(edit.id, stored.changed, stored.message.edited.unwrap_or(stored.message.time));
        }
        let (room, seq) = self.changes(edit.id, at);
        if let Some(stored) = self.messages.get_mut(&edit.id) {
            stored.message.text = edit.text.clone();
            stored.message.edited = Some(at.wall);
        }
        let event = Event::Edit(Edited { id: edit.id, text: edit.text.clone(), time: at.wall, room, seq });
        Verdict::done(edit.id, seq, at.wall).with(room, seq, event)
    }

    fn delete(&mut self, user: UserId, delete: &Delete, at: Moment) -> Verdict {
        let Some(stored) = self.seen_by(user, delete.id) else { return Verdict::refused(ErrorCode::NotFound) };
        if stored.author != user {
            let code = if stored.is_deleted { ErrorCode::NotFound } else { ErrorCode::Forbidden };
            return Verdict::refused(code);
        }
        if stored.is_deleted {
            return Verdict::done(delete.id, stored.changed, stored.message.time);
        }
        let (room, seq) = self.changes(delete.id, at);
        if let Some(stored) = self.messages.get_mut(&delete.id) {
            stored.message.text.clear();
            stored.is_deleted = true;
        }
        Verdict::done(delete.id, seq, at.wall).with(room, seq, Event::Delete(Deleted { id: delete.id, room, seq }))
    }

    fn mark(&mut self, user: UserId, read: &Read) -> Verdict {
        let room = read.room.unwrap_or(RoomId::FIRST);
        if !self.may_see(room, user) {
            return Verdict::refused(ErrorCode::NotFound);
        }
        let up_to = read.up_to.min(self.seq(room));
        let mark = self.marks.entry((room, user)).or_default();
        *mark = up_to.max(*mark);
        let done = Verdict::new(Decision::Done { id: None, seq: None, time: None });
        Verdict { read_in: Some(room), ..done }
    }

    fn seen_by(&self, user: UserId, id: MessageId) -> Option<&Stored> {
        self.messages.get(&id).filter(|stored| self.may_see(stored.message.room, user))
    }

    /// Gives a change of a message its number.
    fn changes(&mut self, id: MessageId, at: Moment) -> (RoomId, Seq) {
        let room = self.messages[&id].message.room;
        let seq = self.next_seq(room, at);
        if let Some(stored) = self.messages.get_mut(&id) {
            self.by_change.remove(&(room, stored.changed));
            self.by_change.insert((room, seq), id);
            stored.changed = seq;
        }
        (room, seq)
    }

    fn next_seq(&mut self, room: RoomId, at: Moment) -> Seq {
        let place = self.rooms.entry(room).or_default();
        place.seq.0 += 1;
        place.committed.push(at.now);
        place.seq
    }
}
