//! What a client knows: its line to the server, with all that it follows, and what it has said that is not decided. Pure:
//! frames in, frames and updates out.

use chatterbox_protocol::commands::{Command, Ref};
use chatterbox_protocol::errors::{ErrorCode, Refusal, Verdict};
use chatterbox_protocol::events::{Done, Event, Failed};
use chatterbox_protocol::ids::{RoomId, Seq};
use chatterbox_protocol::logs::{LogName, Place};

use crate::frame::{self, Frame};
use crate::line::Line;
use crate::logs::Taken;
use crate::outbox::{Outbox, Ticket, pause_after};
use crate::rooms::Rooms;
use crate::trouble::Trouble;
use crate::update::{Heard, Update};

/// Everything that a client remembers, across connections. By default it follows all rooms that its user has, up to 500: one more
/// as soon as they join it or are let in, and one less as soon as they leave it or are removed.
#[derive(Debug, Clone, Default)]
pub struct State {
    line: Line,
    outbox: Outbox,
}

impl State {
    /// Follows these rooms and no others, the first one first: up to 500.
    pub fn following(rooms: impl IntoIterator<Item = RoomId>) -> Self {
        Self { line: Line::following(Rooms::chosen(rooms)), ..Self::default() }
    }

    /// Speaks to every server as to one that knows no `follow`: it hears of all rooms that it may see, and neither of its own
    /// log nor of the house's.
    pub fn plain() -> Self {
        Self { line: Line::plain(), ..Self::default() }
    }

    /// A connection is open. Answers what to say first.
    pub fn opened(&mut self) -> (Option<Ref>, Command) {
        self.line.opened()
    }

    /// The connection is lost. What was said and not decided will be said again.
    pub fn closed(&mut self) {
        self.line.closed();
        self.outbox.lost();
    }

    /// Follows a room more: its newest page comes, or [`Update::Unfollowed`]. It is followed until [`unfollow`](Self::unfollow)
    /// or that, on later connections, too.
    pub fn follow(&mut self, room: RoomId) -> Heard {
        let updates = self.line.follow(room).into_iter().collect();
        Heard { updates, say: self.line.ask(), pause: None }
    }

    /// Follows a room no more, and forgets how far it has got there. What comes of it still is not told.
    pub fn unfollow(&mut self, room: RoomId) -> Heard {
        self.line.unfollow(room);
        let mut heard = Heard { say: self.line.ask(), ..Heard::default() };
        self.settle(&mut heard);
        heard
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
        let mut say = self.line.go_on();
        say.extend(self.next());
        say
    }

    fn next(&mut self) -> Vec<(Option<Ref>, Command)> {
        if self.line.has_been_live() { std::iter::from_fn(|| self.outbox.next()).collect() } else { Vec::new() }
    }

    /// Whether it knows everything up to now of what it follows, and hears what comes.
    pub fn is_live(&self) -> bool {
        self.line.is_live()
    }

    /// What was said and is not decided.
    pub fn undecided(&self) -> usize {
        self.outbox.len()
    }

    /// The last change that the client has applied in a room.
    pub fn seq(&self, room: RoomId) -> Seq {
        self.line.rooms.get(room).and_then(|room| room.log.known()).unwrap_or_default()
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
        if let Some(place) = event.place() {
            if self.is_next(place, &mut heard) {
                let lost = self.learns_from(&event);
                heard.updates.extend(Update::of(event).into_iter().chain(lost));
                heard.say.extend(self.line.ask());
            }
            return heard;
        }
        match event {
            Event::Hello(welcome) => heard.updates = self.line.welcomed(welcome),
            Event::History(page) => {
                heard.updates = self.line.rooms.get_mut(page.room).map(|room| room.take_page(page)).unwrap_or_default();
            }
            Event::States(page) => {
                let log = self.line.log(LogName::of(None, page.house));
                let told = log.map(|log| log.take_states(page)).unwrap_or_default();
                let learnt = told.iter().filter_map(|update| match update {
                    Update::State(entry) => self.line.learn(entry),
                    _ => None,
                });
                let lost: Vec<Update> = learnt.collect();
                heard.updates = told.into_iter().chain(lost).collect();
            }
            Event::Unfollowed { room } => heard.updates.extend(self.line.unfollowed(room)),
            Event::Users { users } => heard.updates.push(Update::Users(users)),
            Event::Presence { online, offline } => heard.updates.push(Update::Presence { online, offline }),
            Event::People(people) => heard.updates.push(Update::People(people)),
            Event::Typing(typing) => heard.updates.push(Update::Typing(typing)),
            Event::Seen(seen) => heard.updates.push(Update::Seen { room: seen.room, up_to: seen.up_to }),
            Event::Ok(done) => heard.updates.extend(self.done(done)),
            Event::Error(failed) => self.refused(failed, &mut heard),
            // These have a place.
            Event::Message(_) | Event::Edit(_) | Event::Delete(_) | Event::State(_) => {}
        }
        heard.say.extend(self.line.ask());
        self.settle(&mut heard);
        heard
    }

    /// What follows for the rooms from an entry of one's own log.
    fn learns_from(&mut self, event: &Event) -> Option<Update> {
        match event {
            Event::State(entry) => self.line.learn(entry),
            _ => None,
        }
    }

    /// Goes live, if nothing is missing any more, and says what waits for that or for an answer.
    fn settle(&mut self, heard: &mut Heard) {
        heard.updates.extend(self.line.go_live());
        heard.say.extend(self.next());
    }

    fn done(&mut self, done: Done) -> Option<Update> {
        if self.line.is_done(&done.reference) {
            return None;
        }
        let ticket = self.outbox.decide(&done.reference, true)?;
        Some(Update::Decided(ticket, Ok(done)))
    }

    fn refused(&mut self, failed: Failed, heard: &mut Heard) {
        if let Some(line) = self.line.refused(&failed) {
            *heard = line;
            return;
        }
        let (verdict, again_in) = (failed.code.verdict(), pause_after(&failed));
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

    /// Whether this entry is its log's next. An old one is a repetition; after a gap the client asks what it missed.
    fn is_next(&mut self, place: Place, heard: &mut Heard) -> bool {
        match self.line.take(place) {
            Taken::Next => true,
            Taken::Passed => false,
            Taken::Gap => {
                heard.say.extend(self.line.ask());
                false
            }
        }
    }
}

#[cfg(test)]
mod tests;
