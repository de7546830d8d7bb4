//! What a client knows: how far it has got in each room, and what it has said that is not decided. Pure: frames in,
//! frames and updates out.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chatterbox_protocol::commands::{Command, Hello, Ref};
use chatterbox_protocol::errors::{ErrorCode, Refusal, Verdict};
use chatterbox_protocol::events::{Deleted, Edited, Event, Failed, History, Welcome};
use chatterbox_protocol::ids::{MessageId, RoomId, Seq};
use chatterbox_protocol::logs::{LogName, Place};
use chatterbox_protocol::messages::Message;
use chatterbox_protocol::time::Timestamp;

use crate::frame::{self, Frame};
use crate::outbox::{CommandAnswer, Outbox, Ticket, pause_after};
use crate::trouble::Trouble;

/// What the client calls its `hello`. Tickets begin with 1.
const HELLO: Ref = Ref::Number(0);

/// What has happened, each change once and in the order of its room's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Update {
    /// The client is connected and knows everything up to now.
    Live(Welcome),
    /// Forget the room: here is its newest page. `more` tells whether there are older messages.
    Reset {
        /// Which room.
        room: RoomId,
        /// Its newest messages, oldest first.
        messages: Vec<Message>,
        /// Whether there are older ones.
        more: bool,
    },
    /// A new message.
    Message(Message),
    /// A message in its present state, which is new or has changed unseen: it takes the place of what is known under its id.
    Present(Message),
    /// A message's text was replaced.
    Edited {
        /// Which message.
        id: MessageId,
        /// The room it is in.
        room: RoomId,
        /// The new text.
        text: String,
        /// When.
        time: Timestamp,
        /// This change's place in the room's log.
        changed: Seq,
    },
    /// A message is gone.
    Deleted {
        /// Which message.
        id: MessageId,
        /// The room it was in.
        room: RoomId,
    },
    /// Who is online.
    Users(Vec<String>),
    /// Who has come and who has gone.
    Presence {
        /// Who is online now and was not.
        online: Vec<String>,
        /// Who was and is not now.
        offline: Vec<String>,
    },
    /// One's own messages up to here have been read by someone else.
    Seen {
        /// Where.
        room: RoomId,
        /// Up to which place in the room's log.
        up_to: Seq,
    },
    /// Something that was said is stored, or refused.
    Decided(Ticket, CommandAnswer),
    /// There is no connection, or the server does not bring it up to date. The client tries again after this long, and what
    /// was said waits.
    Lost {
        /// Why.
        why: Trouble,
        /// How long it waits before the next try.
        again_in: Duration,
    },
    /// The client has ended, and tells nothing after this: trying again would not help.
    Over(Trouble),
}

/// What a frame has led to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Heard {
    /// What to tell the application, in order.
    pub updates: Vec<Update>,
    /// What to send to the server, in order.
    pub say: Vec<(Option<Ref>, Command)>,
    /// The server wants to be left alone for this long; then [`State::go_on`] tells what to send.
    pub pause: Option<Duration>,
}

/// How far the client has got with its connection.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
enum Phase {
    #[default]
    Offline,
    /// `hello` is said and not answered.
    Greeting {
        /// It was refused for now, and is to be said again after a pause.
        is_refused: bool,
    },
    CatchingUp {
        /// Rooms that are not live yet.
        left: BTreeSet<RoomId>,
        /// Whether something is missing in a room that is.
        has_gap: bool,
    },
    Live,
}

/// Everything that a client remembers, across connections.
#[derive(Debug, Clone, Default)]
pub struct State {
    epoch: Option<String>,
    rooms: BTreeMap<RoomId, Seq>,
    outbox: Outbox,
    phase: Phase,
    welcome: Option<Welcome>,
}

impl State {
    /// A connection is open. Answers what to say first.
    pub fn opened(&mut self) -> (Option<Ref>, Command) {
        self.phase = Phase::Greeting { is_refused: false };
        let hello = Hello { rooms: self.rooms.clone(), epoch: self.epoch.clone(), ..Hello::default() };
        (Some(HELLO), Command::Hello(hello))
    }

    /// The connection is lost. What was said and not decided will be said again.
    pub fn closed(&mut self) {
        self.phase = Phase::Offline;
        self.outbox.lost();
    }

    /// To be called before [`closed`](Self::closed), unless the loss has nothing to do with what was said. What the connection
    /// was lost over five times in a row is said no more: it is refused as `internal`, and may be stored or not.
    pub fn give_up(&mut self) -> Option<Update> {
        let ticket = self.outbox.give_up()?;
        let message =
            "It was said five times, and the connection was lost instead of an answer. It may be stored or not.";
        Some(Update::Decided(ticket, Err(Failed::new(None, Refusal::new(ErrorCode::Internal, message)))))
    }

    /// What was said on this connection and is to be answered: that which was said first.
    pub fn on_its_way(&self) -> Option<Ticket> {
        self.outbox.on_its_way()
    }

    /// Says something. Answers its ticket, and what to send now: nothing until the client is live, and for as long as what was
    /// said before does not let it.
    pub fn say(&mut self, command: Command) -> (Ticket, Vec<(Option<Ref>, Command)>) {
        let ticket = self.outbox.push(command);
        (ticket, self.next())
    }

    /// Takes back what was said, so that it is not said any more. Not what is on its way: that is still to be answered, or to
    /// be taken back once the connection is lost. Answers whether it is taken back.
    pub fn take_back(&mut self, ticket: Ticket) -> bool {
        self.outbox.take_back(ticket)
    }

    /// The pause that the server has asked for is over. Answers what to send now.
    pub fn go_on(&mut self) -> Vec<(Option<Ref>, Command)> {
        self.outbox.go_on();
        if self.phase == (Phase::Greeting { is_refused: true }) { vec![self.opened()] } else { self.next() }
    }

    fn next(&mut self) -> Vec<(Option<Ref>, Command)> {
        if self.phase == Phase::Live { std::iter::from_fn(|| self.outbox.next()).collect() } else { Vec::new() }
    }

    /// Whether it knows everything up to now, and hears what comes.
    pub fn is_live(&self) -> bool {
        self.phase == Phase::Live
    }

    /// What was said and is not decided.
    pub fn undecided(&self) -> usize {
        self.outbox.len()
    }

    /// The last change that the client has applied in a room.
    pub fn seq(&self, room: RoomId) -> Seq {
        self.rooms.get(&room).copied().unwrap_or_default()
    }

    /// Takes in a text frame of the server. An event of a newer server that this client does not know is counted, if it has a
    /// number, so that it leaves no gap. Errors: no ChatterBox says this, and what it stood for may be missing; a connection
    /// that it comes over is to be left.
    pub fn heard_text(&mut self, text: &str) -> Result<Heard, Trouble> {
        let mut heard = Heard::default();
        match frame::read(text)? {
            Frame::Event(event) => heard = self.heard(event),
            Frame::Entry(place) => drop(self.is_next(place, &mut heard)),
            Frame::Newer => {}
        }
        Ok(heard)
    }

    /// Takes in what the server says.
    pub fn heard(&mut self, event: Event) -> Heard {
        let mut heard = Heard::default();
        let is_news = event.place().is_none_or(|place| self.is_next(place, &mut heard));
        match event {
            _ if !is_news => {}
            Event::Hello(welcome) => self.welcomed(welcome, &mut heard),
            Event::History(history) => self.caught_up(history, &mut heard),
            Event::Message(message) => {
                let message = Message { since: None, ..message };
                let has_changed = message.changed.is_some();
                heard.updates.push(if has_changed { Update::Present(message) } else { Update::Message(message) });
            }
            Event::Edit(Edited { id, room, text, time, seq, .. }) => {
                heard.updates.push(Update::Edited { id, room, text, time, changed: seq });
            }
            Event::Delete(Deleted { id, room, .. }) => heard.updates.push(Update::Deleted { id, room }),
            // No page of these was asked for.
            Event::State(_) | Event::States(_) | Event::Unfollowed { .. } => {}
            Event::Users { users } => heard.updates.push(Update::Users(users)),
            Event::Presence { online, offline } => heard.updates.push(Update::Presence { online, offline }),
            Event::Seen(seen) => heard.updates.push(Update::Seen { room: seen.room, up_to: seen.up_to }),
            Event::Ok(done) => {
                let ticket = self.outbox.decide(&done.reference, true);
                heard.updates.extend(ticket.map(|ticket| Update::Decided(ticket, Ok(done))));
            }
            Event::Error(failed) => self.refused(failed, &mut heard),
        }
        heard.say.extend(self.next());
        heard
    }

    fn refused(&mut self, failed: Failed, heard: &mut Heard) {
        let (verdict, again_in) = (failed.code.verdict(), pause_after(&failed));
        if let (Some(&HELLO), Phase::Greeting { is_refused }) = (failed.reference.as_ref(), &mut self.phase)
            && verdict != Verdict::SessionOver
        {
            *is_refused = true;
            heard.pause = Some(again_in);
            heard.updates.push(Update::Lost { why: Trouble::Unwelcome(failed.message), again_in });
            return;
        }
        match (verdict, &failed.reference) {
            (Verdict::SessionOver, reference) => {
                let ticket = reference.as_ref().and_then(|reference| self.outbox.decide(reference, false));
                heard.updates.extend(ticket.map(|ticket| Update::Decided(ticket, Err(failed))));
                heard.updates.push(Update::Over(Trouble::SessionOver));
            }
            (Verdict::Passing, Some(reference)) => heard.pause = self.outbox.pause(reference).then_some(again_in),
            (Verdict::Final, Some(reference)) => {
                let ticket = self.outbox.decide(reference, false);
                heard.updates.extend(ticket.map(|ticket| Update::Decided(ticket, Err(failed))));
            }
            // Nobody can tell what it is about. If it was what is on its way, no answer comes: see `give_up`.
            (Verdict::Passing | Verdict::Final, None) => {}
        }
    }

    fn welcomed(&mut self, welcome: Welcome, heard: &mut Heard) {
        if self.epoch.as_ref() != Some(&welcome.epoch) {
            self.rooms.clear();
            self.epoch = Some(welcome.epoch.clone());
        }
        let left = welcome.rooms.iter().map(|room| room.id).collect();
        self.phase = Phase::CatchingUp { left, has_gap: false };
        self.welcome = Some(welcome);
        self.go_live(heard);
    }

    fn caught_up(&mut self, history: History, heard: &mut Heard) {
        let room = history.room;
        self.rooms.insert(room, history.seq);
        if history.reset {
            heard.updates.push(Update::Reset { room, messages: history.messages, more: history.more });
        } else {
            heard.updates.extend(history.messages.into_iter().map(Update::Present));
            heard.updates.extend(history.deleted.into_iter().map(|id| Update::Deleted { id, room }));
        }
        if let Phase::CatchingUp { left, .. } = &mut self.phase
            && history.live
        {
            left.remove(&room);
            self.go_live(heard);
        }
    }

    /// Goes live if all rooms are, and nothing has got lost in one while others were still catching up.
    fn go_live(&mut self, heard: &mut Heard) {
        match &self.phase {
            Phase::CatchingUp { left, has_gap: false } if left.is_empty() => {
                self.phase = Phase::Live;
                heard.updates.extend(self.welcome.take().map(Update::Live));
            }
            Phase::CatchingUp { left, has_gap: true } if left.is_empty() => heard.say.push(self.opened()),
            _ => {}
        }
    }

    /// Whether this entry is the room's next. An old one is a repetition; after a gap the client asks what it missed.
    fn is_next(&mut self, place: Place, heard: &mut Heard) -> bool {
        let Place { log: LogName::Room(room), seq, since } = place else { return false };
        let is_live = match &self.phase {
            Phase::Offline | Phase::Greeting { .. } => false,
            // Rooms that are live already go on while others are still catching up.
            Phase::CatchingUp { left, .. } => !left.contains(&room),
            Phase::Live => true,
        };
        if !is_live {
            return false;
        }
        let known = self.rooms.entry(room).or_default();
        if since <= *known && *known < seq {
            *known = seq;
            return true;
        }
        if seq > *known {
            match &mut self.phase {
                Phase::CatchingUp { has_gap, .. } => *has_gap = true,
                _ => heard.say.push(self.opened()),
            }
        }
        false
    }
}

#[cfg(test)]
mod tests;
