//! What a client knows: how far it has got in each room, and what it has said that is not decided. Pure: frames in,
//! frames and updates out.

use std::collections::BTreeMap;

use chatterbox_protocol::commands::{Command, Hello, Ref};
use chatterbox_protocol::events::{Event, History, Welcome};
use chatterbox_protocol::ids::{MessageId, RoomId, Seq};
use chatterbox_protocol::messages::Message;
use chatterbox_protocol::time::Timestamp;

use crate::outbox::{Decision, Outbox, Ticket};

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
    /// A message in its present state, which is new or has changed while the client was away: it takes the place of what
    /// is known under its id.
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
    Decided(Ticket, Decision),
}

/// What a frame has led to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Heard {
    /// What to tell the application, in order.
    pub updates: Vec<Update>,
    /// What to send to the server, in order.
    pub say: Vec<(Option<Ref>, Command)>,
}

/// How far the client has got with its connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Phase {
    #[default]
    Offline,
    /// `hello` is said and not all rooms are live: this many are still to come, once it is known.
    Greeting(Option<usize>),
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
        self.phase = Phase::Greeting(None);
        (None, Command::Hello(Hello { rooms: self.rooms.clone(), epoch: self.epoch.clone(), reset_after: None }))
    }

    /// The connection is lost. What was said and not decided will be said again.
    pub fn closed(&mut self) {
        self.phase = Phase::Offline;
    }

    /// Says something. Answers its ticket, and what to send now, if the client is live.
    pub fn say(&mut self, command: Command) -> (Ticket, Option<(Option<Ref>, Command)>) {
        let ticket = self.outbox.push(command.clone());
        let now = (self.phase == Phase::Live).then_some((Some(Ref::Number(ticket.0)), command));
        (ticket, now)
    }

    /// What was said and is not decided.
    pub fn undecided(&self) -> usize {
        self.outbox.len()
    }

    /// The last change that the client has applied in a room.
    pub fn seq(&self, room: RoomId) -> Seq {
        self.rooms.get(&room).copied().unwrap_or_default()
    }

    /// Takes in what the server says.
    pub fn heard(&mut self, event: Event) -> Heard {
        let mut heard = Heard::default();
        match event {
            Event::Hello(welcome) => self.welcomed(welcome),
            Event::History(history) => self.caught_up(history, &mut heard),
            Event::Message(message) => {
                if self.is_next(message.room, message.seq, &mut heard) {
                    heard.updates.push(Update::Message(message));
                }
            }
            Event::Edit(edited) => {
                if self.is_next(edited.room, edited.seq, &mut heard) {
                    let (id, room, time) = (edited.id, edited.room, edited.time);
                    heard.updates.push(Update::Edited { id, room, text: edited.text, time });
                }
            }
            Event::Delete(deleted) => {
                if self.is_next(deleted.room, deleted.seq, &mut heard) {
                    heard.updates.push(Update::Deleted { id: deleted.id, room: deleted.room });
                }
            }
            Event::Users { users } => heard.updates.push(Update::Users(users)),
            Event::Presence { online, offline } => heard.updates.push(Update::Presence { online, offline }),
            Event::Seen(seen) => heard.updates.push(Update::Seen { room: seen.room, up_to: seen.up_to }),
            Event::Ok(done) => {
                let ticket = self.outbox.decide(&done.reference);
                heard.updates.extend(ticket.map(|ticket| Update::Decided(ticket, Ok(done))));
            }
            Event::Error(failed) => {
                let ticket = failed.reference.as_ref().and_then(|reference| self.outbox.decide(reference));
                heard.updates.extend(ticket.map(|ticket| Update::Decided(ticket, Err(failed))));
            }
        }
        heard
    }

    fn welcomed(&mut self, welcome: Welcome) {
        if self.epoch.as_ref() != Some(&welcome.epoch) {
            self.rooms.clear();
            self.epoch = Some(welcome.epoch.clone());
        }
        self.phase = Phase::Greeting(Some(welcome.rooms.len()));
        self.welcome = Some(welcome);
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
        if let Phase::Greeting(Some(left)) = &mut self.phase
            && history.live
        {
            *left = left.saturating_sub(1);
            if *left == 0 {
                self.phase = Phase::Live;
                heard.updates.extend(self.welcome.take().map(Update::Live));
                let again = self.outbox.all().map(|(ticket, command)| (Some(Ref::Number(ticket.0)), command.clone()));
                heard.say.extend(again);
            }
        }
    }

    /// Whether this change is the room's next. An old one is a repetition; after a gap the client asks what it missed.
    fn is_next(&mut self, room: RoomId, seq: Seq, heard: &mut Heard) -> bool {
        if self.phase != Phase::Live {
            return false;
        }
        let known = self.rooms.entry(room).or_default();
        if seq.0 == known.0 + 1 {
            *known = seq;
            return true;
        }
        if seq > *known {
            heard.say.push(self.opened());
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use chatterbox_protocol::commands::Send;
    use chatterbox_protocol::events::{Done, Me};
    use chatterbox_protocol::ids::UserId;
    use chatterbox_protocol::rooms::Room;
    use chatterbox_protocol::users::Role;

    use super::*;

    const LOBBY: RoomId = RoomId::FIRST;

    fn message(seq: u64) -> Message {
        Message {
            id: MessageId(seq * 10),
            user: "ada".into(),
            text: format!("message {seq}"),
            time: Timestamp(0),
            seen: false,
            room: LOBBY,
            seq: Seq(seq),
            edited: None,
            nonce: None,
        }
    }

    fn welcome(epoch: &str) -> Event {
        let room = Room { id: LOBBY, name: "Lobby".into(), seq: Seq(2), read_up_to: Seq(0), seen_up_to: Seq(0) };
        let user = Me { id: UserId(1), username: "ada".into(), role: Role::Owner };
        Event::Hello(Welcome { user, epoch: epoch.into(), rooms: vec![room], reference: None })
    }

    fn history(reset: bool, seqs: &[u64], seq: u64) -> Event {
        let messages = seqs.iter().copied().map(message).collect();
        Event::History(History {
            room: LOBBY,
            reset,
            more: false,
            messages,
            deleted: vec![],
            seq: Seq(seq),
            live: true,
        })
    }

    fn live() -> State {
        let mut state = State::default();
        state.opened();
        state.heard(welcome("one"));
        state.heard(history(true, &[1, 2], 2));
        state
    }

    #[test]
    fn a_repetition_is_not_shown_twice() {
        let mut state = live();
        assert_eq!(state.heard(Event::Message(message(3))).updates, [Update::Message(message(3))]);
        assert_eq!(state.heard(Event::Message(message(3))), Heard::default());
        assert_eq!(state.heard(Event::Message(message(2))), Heard::default());
    }

    #[test]
    fn after_a_gap_the_client_asks_and_shows_nothing_until_it_is_answered() {
        let mut state = live();
        let heard = state.heard(Event::Message(message(5)));
        let [(None, Command::Hello(hello))] = &heard.say[..] else { panic!("{heard:?}") };
        assert_eq!(hello.rooms[&LOBBY], Seq(2));
        assert_eq!(state.heard(Event::Message(message(6))), Heard::default());
        state.heard(welcome("one"));
        let updates = state.heard(history(false, &[3, 4, 5, 6], 6)).updates;
        assert_eq!(updates[..4], [3, 4, 5, 6].map(|seq| Update::Present(message(seq))));
        assert_eq!(state.heard(Event::Message(message(7))).updates, [Update::Message(message(7))]);
    }

    #[test]
    fn what_was_not_decided_is_said_again_in_order_with_the_same_nonce() {
        let mut state = State::default();
        let send = |text: &str| Command::Send(Send { text: text.into(), room: None, nonce: Some(text.into()) });
        let (first, now) = state.say(send("a"));
        assert_eq!(now, None);
        state.say(send("b"));
        state.opened();
        state.heard(welcome("one"));
        let said = state.heard(history(true, &[], 0)).say;
        assert_eq!(said, [(Some(Ref::Number(1)), send("a")), (Some(Ref::Number(2)), send("b"))]);
        let done = Done { reference: Ref::Number(1), id: None, seq: None, time: None };
        assert_eq!(state.heard(Event::Ok(done.clone())).updates, [Update::Decided(first, Ok(done))]);
        state.closed();
        state.opened();
        state.heard(welcome("one"));
        assert_eq!(state.heard(history(false, &[], 0)).say, [(Some(Ref::Number(2)), send("b"))]);
    }

    #[test]
    fn numbers_of_another_epoch_are_forgotten() {
        let mut state = live();
        state.closed();
        state.opened();
        state.heard(welcome("two"));
        assert_eq!(state.seq(LOBBY), Seq(0));
    }
}
