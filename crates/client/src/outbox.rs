//! What has been said and is not known to have been decided. It goes out in order, and again after a lost connection.

use std::collections::VecDeque;

use chatterbox_protocol::commands::{Command, Ref};
use chatterbox_protocol::events::{Done, Failed};

/// Names something that was said, until it is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// What became of something that was said: it is stored, or refused.
pub type Decision = Result<Done, Failed>;

/// Commands that the server has not decided, oldest first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outbox {
    waiting: VecDeque<(Ticket, Command)>,
    last: u64,
}

impl Outbox {
    /// Takes a command in.
    pub(crate) fn push(&mut self, command: Command) -> Ticket {
        self.last += 1;
        let ticket = Ticket(self.last);
        self.waiting.push_back((ticket, command));
        ticket
    }

    /// Takes out the command that this answer is for, if it is one of ours.
    pub(crate) fn decide(&mut self, reference: &Ref) -> Option<Ticket> {
        let Ref::Number(number) = reference else { return None };
        let at = self.waiting.iter().position(|(ticket, _)| ticket.0 == *number)?;
        self.waiting.remove(at).map(|(ticket, _)| ticket)
    }

    /// Everything that is not decided, oldest first.
    pub(crate) fn all(&self) -> impl Iterator<Item = (Ticket, &Command)> {
        self.waiting.iter().map(|(ticket, command)| (*ticket, command))
    }

    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }
}
