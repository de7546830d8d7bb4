//! What is to be said and is not known to have been decided. It goes out one at a time: the server may refuse one for want
//! of room and accept what was said right after it, and only who waits for each answer never overtakes itself.

use std::collections::VecDeque;
use std::time::Duration;

use chatterbox_protocol::commands::{Command, Ref};
use chatterbox_protocol::errors::ErrorCode;
use chatterbox_protocol::events::{Done, Failed};

/// Names something that was said, until it is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// What became of something that was said: it is stored, or refused.
pub type Decision = Result<Done, Failed>;

/// How long a refusal lasts that passes and does not tell how long it lasts.
pub(crate) const PAUSE: Duration = Duration::from_secs(1);

/// How long to wait before saying again what was refused; none if it was refused for good.
pub(crate) fn pause_after(failed: &Failed) -> Option<Duration> {
    let passes = matches!(failed.code, ErrorCode::RateLimited | ErrorCode::Overloaded | ErrorCode::Draining);
    passes.then(|| failed.retry_after.map_or(PAUSE, |seconds| Duration::from_secs(seconds.into())))
}

/// Commands that the server has not decided, oldest first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outbox {
    waiting: VecDeque<(Ticket, Command)>,
    last: u64,
    /// Whether the oldest one is on its way, on the present connection.
    is_said: bool,
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
        if !self.is_oldest(reference) {
            return None;
        }
        self.is_said = false;
        self.waiting.pop_front().map(|(ticket, _)| ticket)
    }

    /// The oldest command, if this refusal is for it, is to be said again after a pause.
    pub(crate) fn pause(&mut self, reference: &Ref) -> bool {
        let concerns = self.is_oldest(reference);
        if concerns {
            (self.is_said, self.is_paused) = (false, true);
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

#[cfg(test)]
mod tests {
    use chatterbox_protocol::errors::Refusal;

    use super::*;

    #[test]
    fn only_refusals_that_pass_are_said_again_and_all_others_are_decisions() {
        let passing = [ErrorCode::RateLimited, ErrorCode::Overloaded, ErrorCode::Draining];
        for code in ErrorCode::ALL {
            let failed = Failed::new(None, Refusal::new(code, "No."));
            assert_eq!(pause_after(&failed), passing.contains(&code).then_some(PAUSE), "{code:?}");
        }
    }
}
