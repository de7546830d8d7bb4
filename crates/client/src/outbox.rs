//! What is to be said and is not known to have been decided. It goes out one at a time: the server may refuse one for want
//! of room and accept what was said right after it, and only who waits for each answer never overtakes itself.

use std::collections::VecDeque;
use std::time::Duration;

use chatterbox_protocol::commands::{Command, Ref};
use chatterbox_protocol::events::{Done, Failed};

/// Names something that was said, until it is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// What became of something that was said: it is stored, or refused.
pub type Decision = Result<Done, Failed>;

/// How long a refusal lasts that passes and does not tell how long it lasts.
pub(crate) const PAUSE: Duration = Duration::from_secs(1);

/// How often in a row the connection may be lost instead of an answer to the same command. Whatever it is in it that
/// somebody on the way cannot bear: what is behind it is not to wait for ever.
const UNANSWERED_MAX: u32 = 5;

/// How long to wait before saying again what was refused for a time.
pub(crate) fn pause_after(failed: &Failed) -> Duration {
    failed.retry_after.map_or(PAUSE, |seconds| Duration::from_secs(seconds.into()))
}

/// Commands that the server has not decided, oldest first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outbox {
    waiting: VecDeque<(Ticket, Command)>,
    last: u64,
    /// Whether the oldest one is on its way, on the present connection.
    is_said: bool,
    /// How often the oldest one was said and the connection lost instead of an answer.
    unanswered: u32,
    /// Whether the server has asked for a pause that is not over.
    is_paused: bool,
}

impl Outbox {
    /// Takes a command in.
    pub(crate) fn push(&mut self, command: Command) -> Ticket {
        self.last += 1;
        let ticket = Ticket(self.last);
        self.waiting.push_back((ticket, command));
        ticket
    }

    /// Takes a command out, unless it is on its way.
    pub(crate) fn take_back(&mut self, ticket: Ticket) -> bool {
        let Some(at) = self.waiting.iter().position(|(waiting, _)| *waiting == ticket) else { return true };
        let is_on_its_way = at == 0 && self.is_said;
        if !is_on_its_way {
            self.waiting.remove(at);
            self.unanswered = if at == 0 { 0 } else { self.unanswered };
        }
        !is_on_its_way
    }

    /// What to say now: the oldest command, unless it is said or there is a pause.
    pub(crate) fn next(&mut self) -> Option<(Option<Ref>, Command)> {
        if self.is_said || self.is_paused {
            return None;
        }
        let (ticket, command) = self.waiting.front()?;
        self.is_said = true;
        Some((Some(Ref::Number(ticket.0)), command.clone()))
    }

    /// Takes out the oldest command if this answer is for it.
    pub(crate) fn decide(&mut self, reference: &Ref) -> Option<Ticket> {
        if self.is_oldest(reference) { self.pop() } else { None }
    }

    /// The connection is lost. Takes out the oldest command if that has happened instead of its answer too often.
    pub(crate) fn give_up(&mut self) -> Option<Ticket> {
        self.unanswered += u32::from(self.is_said);
        if self.unanswered < UNANSWERED_MAX { None } else { self.pop() }
    }

    fn pop(&mut self) -> Option<Ticket> {
        (self.is_said, self.unanswered) = (false, 0);
        self.waiting.pop_front().map(|(ticket, _)| ticket)
    }

    /// The command that is on its way.
    pub(crate) fn on_its_way(&self) -> Option<Ticket> {
        self.waiting.front().filter(|_| self.is_said).map(|(ticket, _)| *ticket)
    }

    /// The oldest command, if this refusal is for it, is to be said again after a pause.
    pub(crate) fn pause(&mut self, reference: &Ref) -> bool {
        let concerns = self.is_oldest(reference);
        if concerns {
            (self.is_said, self.is_paused, self.unanswered) = (false, true, 0);
        }
        concerns
    }

    /// The pause is over.
    pub(crate) fn go_on(&mut self) {
        self.is_paused = false;
    }

    /// What was said on a connection that is lost is to be said again on the next one.
    pub(crate) fn lost(&mut self) {
        (self.is_said, self.is_paused) = (false, false);
    }

    fn is_oldest(&self, reference: &Ref) -> bool {
        self.waiting.front().is_some_and(|(ticket, _)| *reference == Ref::Number(ticket.0))
    }

    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }
}
