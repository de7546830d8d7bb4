//! What is to be said and is not known to have been decided. Messages go out without waiting for each answer: each names the
//! one before it in its room, so that the server, when it refuses that one for a time, refuses this one as well, and nothing
//! overtakes; what waits in one room holds up no other. Whatever else is said has no name to be referred to by: it goes out alone.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use chatterbox_protocol::commands::{Command, Read, Ref, Send};
use chatterbox_protocol::events::{Done, Failed};
use chatterbox_protocol::ids::RoomId;

/// Names something that was said, until it is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// What became of something that was said: it is stored, or refused.
pub type CommandAnswer = Result<Done, Failed>;

/// How long a refusal lasts that passes and does not tell how long it lasts.
pub(crate) const PAUSE: Duration = Duration::from_secs(1);

/// How many commands may be on their way at once, if all goes well.
const WINDOW_MAX: usize = 8;

/// After so many losses in a row one command is said at a time: to find the one because of which.
const UNANSWERED_TOGETHER_MAX: u32 = 2;

/// How often in a row the connection may be lost instead of an answer to the same command. Whatever it is in it that
/// somebody on the way cannot bear: what is behind it is not to wait for ever.
const UNANSWERED_MAX: u32 = 5;

/// How long to wait before saying again what was refused for a time.
pub(crate) fn pause_after(failed: &Failed) -> Duration {
    failed.retry_after.map_or(PAUSE, |seconds| Duration::from_secs(seconds.into()))
}

#[derive(Debug, Clone)]
struct Unanswered {
    ticket: Ticket,
    command: Command,
    /// Whether it is on its way, on the present connection.
    is_said: bool,
}

/// Commands that the server has not decided, oldest first.
#[derive(Debug, Clone)]
pub(crate) struct Outbox {
    waiting: VecDeque<Unanswered>,
    last: u64,
    /// How many may be on their way at once: fewer once something was in vain, more with each that is done.
    window: usize,
    /// How often the oldest one was said and the connection lost instead of an answer.
    unanswered: u32,
    /// Whether the server has asked for a pause that is not over.
    is_paused: bool,
}

impl Default for Outbox {
    fn default() -> Self {
        Self { waiting: VecDeque::new(), last: 0, window: WINDOW_MAX, unanswered: 0, is_paused: false }
    }
}

impl Outbox {
    /// Takes a command in.
    pub(crate) fn push(&mut self, command: Command) -> Ticket {
        self.last += 1;
        let ticket = Ticket(self.last);
        self.waiting.push_back(Unanswered { ticket, command, is_said: false });
        ticket
    }

    /// Takes a command out, unless it is on its way.
    pub(crate) fn take_back(&mut self, ticket: Ticket) -> bool {
        let Some(at) = self.waiting.iter().position(|waiting| waiting.ticket == ticket) else { return true };
        let is_on_its_way = self.waiting[at].is_said;
        if !is_on_its_way {
            self.take(at);
        }
        !is_on_its_way
    }

    /// What to say now: the oldest command that is not said, if the window and what is on its way let it; or the oldest one of
    /// another room.
    pub(crate) fn next(&mut self) -> Option<(Option<Ref>, Command)> {
        if self.is_paused || self.waiting.iter().filter(|waiting| waiting.is_said).count() >= self.window {
            return None;
        }
        let (at, command) = self.ready()?;
        let waiting = &mut self.waiting[at];
        waiting.is_said = true;
        Some((Some(Ref::Number(waiting.ticket.0)), command))
    }

    /// The oldest command that may go out, as it goes out.
    fn ready(&self) -> Option<(usize, Command)> {
        // The last command of each room, and none of a room in which one waits.
        let mut before: BTreeMap<RoomId, Option<&Command>> = BTreeMap::new();
        for (at, Unanswered { command, is_said, .. }) in self.waiting.iter().enumerate() {
            let Some(room) = room_of(command) else {
                // It waits for all that was said before it, and all that was said after it waits for it.
                let is_alone = at == 0 && self.waiting.iter().all(|waiting| !waiting.is_said);
                return is_alone.then(|| (at, command.clone()));
            };
            let ready = match before.get(&room) {
                Some(None) => continue,
                _ if *is_said => None,
                Some(Some(said)) => behind(said, command),
                // It was refused for a time. What is on its way comes after it, and is refused as well.
                None if self.has_said(room) => None,
                None => Some(command.clone()),
            };
            if let Some(ready) = ready {
                return Some((at, ready));
            }
            before.insert(room, is_said.then_some(command));
        }
        None
    }

    fn has_said(&self, room: RoomId) -> bool {
        let mut said = self.waiting.iter().filter(|waiting| waiting.is_said);
        said.any(|waiting| room_of(&waiting.command).is_none_or(|of| of == room))
    }

    /// Takes out the command that this answer is for, if it is on its way.
    pub(crate) fn decide(&mut self, reference: &Ref, is_done: bool) -> Option<Ticket> {
        let at = self.said_as(reference)?;
        if is_done {
            self.window = (2 * self.window).min(WINDOW_MAX);
        }
        self.take(at)
    }

    /// The connection is lost. Takes out the oldest command if that has happened instead of its answer too often.
    pub(crate) fn give_up(&mut self) -> Option<Ticket> {
        self.unanswered += u32::from(self.waiting.front().is_some_and(|waiting| waiting.is_said));
        if self.unanswered >= UNANSWERED_TOGETHER_MAX {
            self.window = 1;
        }
        if self.unanswered < UNANSWERED_MAX { None } else { self.take(0) }
    }

    fn take(&mut self, at: usize) -> Option<Ticket> {
        self.unanswered = if at == 0 { 0 } else { self.unanswered };
        self.waiting.remove(at).map(|waiting| waiting.ticket)
    }

    /// The command that has been on its way for the longest time.
    pub(crate) fn on_its_way(&self) -> Option<Ticket> {
        self.waiting.iter().find(|waiting| waiting.is_said).map(|waiting| waiting.ticket)
    }

    /// The command that this refusal is for, if it is on its way, is to be said again after a pause, and those behind it after
    /// that.
    pub(crate) fn pause(&mut self, reference: &Ref) -> bool {
        let Some(at) = self.said_as(reference) else { return false };
        self.waiting[at].is_said = false;
        self.unanswered = if at == 0 { 0 } else { self.unanswered };
        (self.window, self.is_paused) = (1, true);
        true
    }

    /// The pause is over.
    pub(crate) fn go_on(&mut self) {
        self.is_paused = false;
    }

    /// What was said on a connection that is lost is to be said again on the next one.
    pub(crate) fn lost(&mut self) {
        self.waiting.iter_mut().for_each(|waiting| waiting.is_said = false);
        self.is_paused = false;
    }

    fn said_as(&self, reference: &Ref) -> Option<usize> {
        self.waiting.iter().position(|waiting| waiting.is_said && *reference == Ref::Number(waiting.ticket.0))
    }

    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }
}

/// The room whose order a command keeps. Of a message's change nobody knows here which that is: it keeps the order of all.
fn room_of(command: &Command) -> Option<RoomId> {
    match command {
        Command::Send(Send { room, .. }) | Command::Read(Read { room, .. }) => Some(room.unwrap_or(RoomId::FIRST)),
        _ => None,
    }
}

/// A command as it goes out while the one before it is on its way, if it can: the server keeps the order of messages alone.
fn behind(before: &Command, command: &Command) -> Option<Command> {
    match (before, command) {
        (Command::Send(Send { nonce: Some(before), .. }), Command::Send(send))
            if send.nonce.as_ref() != Some(before) =>
        {
            Some(Command::Send(Send { after: Some(before.clone()), ..send.clone() }))
        }
        _ => None,
    }
}
