//! How the store decides: by the rules that the server decides by, over a table of facts that forgets nothing.

use chatterbox_core::changes::{
    Author, Change, Decided, DeleteMessage, EditMessage, EndSession, MarkRead, MessageAuthor, Placed, Refused, Row,
    SayTyping, SendMessage, Told, Undecided,
};
use chatterbox_core::shard::Decision;
use chatterbox_protocol::commands::Command;
use chatterbox_protocol::errors::{ErrorCode, Refusal};
use chatterbox_protocol::ids::{MessageId, RoomId, SessionId, UserId};
use chatterbox_protocol::time::Timestamp;

use super::{Store, Stored};

/// What the clocks say at a decision, and what chance adds to it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    /// Time of the world.
    pub(crate) now: u64,
    /// What the store takes the time to be.
    pub(crate) wall: Timestamp,
    pub(crate) random: u64,
}

impl Store {
    /// Decides a command.
    pub(crate) fn decide(&mut self, by: (UserId, SessionId), command: &Command, at: Moment) -> (Decision, Vec<Told>) {
        let (by, now) = (Author { user: by.0, session: by.1 }, at.wall);
        match command {
            Command::Send(send) => {
                let room = send.room.unwrap_or(RoomId::FIRST);
                let (text, nonce) = (send.text.as_str().into(), send.nonce.as_deref().map(Into::into));
                self.answer(&SendMessage { by, room, text, nonce, now }, at, placed)
            }
            Command::Edit(edit) => {
                let text = edit.text.as_str().into();
                self.answer(&EditMessage { by, id: edit.id, text, now }, at, placed)
            }
            Command::Delete(delete) => self.answer(&DeleteMessage { by, id: delete.id, now }, at, placed),
            Command::Read(read) => {
                let room = read.room.unwrap_or(RoomId::FIRST);
                let done = |_| Decision::Done { id: None, seq: None, time: None };
                self.answer(&MarkRead { by, room, up_to: read.up_to }, at, done)
            }
            Command::Typing(typing) => {
                let done = |()| Decision::Done { id: None, seq: None, time: None };
                self.answer(&SayTyping { by, room: typing.room }, at, done)
            }
            Command::Hello(_) | Command::Follow(_) | Command::Unfollow(_) | Command::Active | Command::Watch(_) => {
                unreachable!("the shard answers them")
            }
        }
    }

    /// Ends a session, if it is there.
    pub(crate) fn end_session(&mut self, session: SessionId, at: Moment) -> Vec<Told> {
        let Some(user) = self.sessions.get(&session).copied() else { return Vec::new() };
        self.make(&EndSession { user, session }, at).map_or(Vec::new(), |(_, told)| told)
    }

    fn answer<C: Change>(
        &mut self,
        change: &C,
        at: Moment,
        done: impl FnOnce(C::Answer) -> Decision,
    ) -> (Decision, Vec<Told>) {
        match self.make(change, at) {
            Ok((answer, told)) => (done(answer), told),
            Err(refused) => (refusal(refused), Vec::new()),
        }
    }

    pub(super) fn make<C: Change>(&mut self, change: &C, at: Moment) -> Result<(C::Answer, Vec<Told>), Refused> {
        let Decided { answer, rows, told } = match change.decide(&self.facts, at.random) {
            Ok(decided) => decided,
            Err(Undecided::Refused(refused)) => return Err(refused),
            Err(Undecided::Missing(_)) => unreachable!("all there is is known"),
        };
        for row in rows {
            self.follow(&row, at.now);
            self.facts.apply([row]);
        }
        self.facts.is_written();
        Ok((answer, told.into_iter().collect()))
    }

    /// Keeps what is read in step with the facts.
    pub(super) fn follow(&mut self, row: &Row, now: u64) {
        match row {
            Row::Session(session, Some(fact)) => drop(self.sessions.insert(*session, fact.user)),
            Row::Session(session, None) => drop(self.sessions.remove(session)),
            Row::Room(room, fact) => {
                let log = self.rooms.entry(*room).or_default();
                (log.kind, log.closed_at) = (Some(fact.state.kind), fact.state.closed_at);
            }
            Row::Membership(room, user, fact) => {
                self.belongs.entry((*room, *user)).or_default().push((fact.changed_seq, fact.is_in()));
            }
            Row::RoomLog(room, seq) => {
                let log = self.rooms.entry(*room).or_default();
                let further = seq.0 - log.seq.0;
                log.committed.extend((0..further).map(|_| now));
                log.seq = *seq;
            }
            Row::Mark(room, user, fact) => drop(self.marks.insert((*room, *user), fact.seen)),
            Row::Message(id, fact) => {
                let MessageAuthor::Account(author) = fact.author else { unreachable!("nothing is imported") };
                let before = self.messages.get(id);
                let original = before.map_or_else(|| fact.text.as_ref().to_owned(), |before| before.original.clone());
                if let Some(before) = before {
                    self.by_change.remove(&(fact.room, before.changed));
                }
                self.by_seq.insert((fact.room, fact.seq), *id);
                self.by_change.insert((fact.room, fact.changed_seq), *id);
                let message = fact.named(*id, Self::username(author)).shown(false);
                let (changed, is_deleted) = (fact.changed_seq, fact.deleted.is_some());
                self.messages.insert(*id, Stored { message, author, changed, is_deleted, original });
                self.last_id = self.last_id.max(*id);
            }
            Row::User(..)
            | Row::FormerName(..)
            | Row::Mute(..)
            | Row::DeviceLink(..)
            | Row::Order(..)
            | Row::Picture(..)
            | Row::RoomNonce(..)
            | Row::Availability(..)
            | Row::LastSeen(..)
            | Row::Place(_)
            | Row::Invitation(..)
            | Row::Probe(_) => {}
        }
    }

    /// Ids go on from this one, whatever is stored.
    pub(crate) fn go_on_from(&mut self, last: MessageId) {
        self.last_id = last;
        self.facts.messages.learn_last(last);
    }
}

fn placed(Placed { id, seq, time }: Placed) -> Decision {
    Decision::Done { id: Some(id), seq: Some(seq), time: Some(time) }
}

fn refusal(refused: Refused) -> Decision {
    let no = |code| Decision::Refused(Refusal::new(code, "No."));
    match refused {
        Refused::Unauthorized => Decision::SessionOver(Refusal::new(ErrorCode::Unauthorized, "It is over.")),
        Refused::NonceReused(_) => no(ErrorCode::NonceReused),
        Refused::Forbidden => no(ErrorCode::Forbidden),
        _ => no(ErrorCode::NotFound),
    }
}
