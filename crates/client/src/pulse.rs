//! Whether anybody is at the other end. Pure: moments in, what is to be done out.

use std::time::Duration;

use tokio::time::Instant;

/// The server asks after 15 seconds of silence, and is asked itself if even that is not heard.
const QUIET: Duration = Duration::from_secs(18);

/// After this long without an answer to what was said, the server is asked whether it is there.
const LATE: Duration = Duration::from_secs(5);

/// How long nothing at all may come in spite of that: with [`QUIET`], a dead link is noticed within 30 seconds. A link that
/// brings anything is only slow.
const DEAD: Duration = Duration::from_secs(10);

/// What is known of a connection's other end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pulse {
    heard: Instant,
    asked: Option<Instant>,
    /// Since when something that was said waits for its answer, if that was not asked about.
    said: Option<Instant>,
}

/// What is to be done about the other end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heartbeat {
    /// Ask whether anybody is there.
    Ask,
    /// Nobody is.
    Gone,
}

impl Pulse {
    /// Of a connection that has just begun.
    pub(crate) fn new(now: Instant) -> Self {
        Self { heard: now, asked: None, said: None }
    }

    /// Something has come.
    pub(crate) fn heard(&mut self, now: Instant) {
        (self.heard, self.asked) = (now, None);
    }

    /// Something else waits for its answer now, or nothing does.
    pub(crate) fn awaits(&mut self, since: Option<Instant>) {
        self.said = since;
    }

    /// When something is to be done, and what.
    pub(crate) fn due(&self) -> (Instant, Heartbeat) {
        match (self.asked, self.said) {
            (Some(asked), _) => (asked + DEAD, Heartbeat::Gone),
            (None, Some(said)) => ((said + LATE).min(self.heard + QUIET), Heartbeat::Ask),
            (None, None) => (self.heard + QUIET, Heartbeat::Ask),
        }
    }

    /// It is asked.
    pub(crate) fn ask(&mut self, now: Instant) {
        (self.asked, self.said) = (Some(now), None);
    }

    /// How long nothing has come.
    pub(crate) fn silence(&self, now: Instant) -> Duration {
        now.duration_since(self.heard)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(seconds: u64, begin: Instant) -> Instant {
        begin + Duration::from_secs(seconds)
    }

    #[test]
    fn i3_silence_is_asked_about_and_over_within_thirty_seconds() {
        let begin = Instant::now();
        let mut pulse = Pulse::new(begin);
        pulse.heard(after(7, begin));
        assert_eq!(pulse.due(), (after(25, begin), Heartbeat::Ask));
        pulse.ask(after(25, begin));
        assert_eq!(pulse.due(), (after(35, begin), Heartbeat::Gone));
        assert!(pulse.silence(after(35, begin)) < Duration::from_secs(30));
        pulse.heard(after(34, begin));
        assert_eq!(pulse.due(), (after(52, begin), Heartbeat::Ask));
    }

    #[test]
    fn what_is_late_is_asked_about_once_and_whatever_comes_then_is_enough() {
        let begin = Instant::now();
        let mut pulse = Pulse::new(begin);
        pulse.awaits(Some(after(1, begin)));
        assert_eq!(pulse.due(), (after(6, begin), Heartbeat::Ask));
        pulse.ask(after(6, begin));
        assert_eq!(pulse.due(), (after(16, begin), Heartbeat::Gone));
        pulse.heard(after(15, begin));
        assert_eq!(pulse.due(), (after(33, begin), Heartbeat::Ask));
        // What is said long after anything was heard does not put off the question.
        pulse.awaits(Some(after(32, begin)));
        assert_eq!(pulse.due(), (after(33, begin), Heartbeat::Ask));
    }
}
