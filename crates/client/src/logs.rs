//! How far a client has got in one log, a room's or its own or the house's, and the one rule by which it takes what comes.

use chatterbox_protocol::ids::Seq;
use chatterbox_protocol::logs::{LogName, Place, States};

use crate::update::Update;

/// How far it is with hearing of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum LogPhase {
    /// It is to be asked for, from the last number that is known: nothing is known yet, or something is missing.
    #[default]
    Wanted,
    /// It is asked for by the `follow` with this number; 0 is `hello`. What comes before the answer belongs to something older.
    Asked(u64),
    /// Its pages come.
    CatchingUp,
    /// Its entries come, each on from the one before.
    Live,
    /// Nothing of it comes on this connection, and nobody waits for it.
    Silent,
}

/// What becomes of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    /// It goes on from what is known, and is known with that.
    Next,
    /// It is known already, or comes again with a page.
    Passed,
    /// Something is missing before it: the log is to be asked for.
    Gap,
}

/// What is known of a log.
#[derive(Debug, Clone, Default)]
pub(crate) struct KnownLog {
    known: Option<Seq>,
    phase: LogPhase,
}

impl KnownLog {
    /// The number of the last change that is known; none if there has been no page.
    pub(crate) fn known(&self) -> Option<Seq> {
        self.known
    }

    /// The numbers are of another epoch: what is known says nothing.
    pub(crate) fn forget(&mut self) {
        self.known = None;
    }

    /// Nobody is asked any more.
    pub(crate) fn lost(&mut self) {
        self.phase = LogPhase::Wanted;
    }

    /// Nothing of it will come on this connection.
    pub(crate) fn is_not_told(&mut self) {
        self.phase = LogPhase::Silent;
    }

    /// It is being asked for.
    pub(crate) fn asked(&mut self, by: u64) {
        self.phase = LogPhase::Asked(by);
    }

    /// What asked for it is answered: what comes is meant.
    pub(crate) fn granted(&mut self, by: u64) {
        if self.phase == LogPhase::Asked(by) {
            self.phase = LogPhase::CatchingUp;
        }
    }

    /// What asked for it is refused: it is to be asked for again.
    pub(crate) fn refused(&mut self, by: u64) {
        if self.phase == LogPhase::Asked(by) {
            self.phase = LogPhase::Wanted;
        }
    }

    pub(crate) fn is_wanted(&self) -> bool {
        self.phase == LogPhase::Wanted
    }

    pub(crate) fn is_catching_up(&self) -> bool {
        self.phase == LogPhase::CatchingUp
    }

    /// Whether what comes of it now is meant.
    pub(crate) fn is_heard(&self) -> bool {
        matches!(self.phase, LogPhase::CatchingUp | LogPhase::Live)
    }

    /// Whether nothing of it is waited for.
    pub(crate) fn is_live(&self) -> bool {
        matches!(self.phase, LogPhase::Live | LogPhase::Silent)
    }

    /// The rule. Only of a live log: before that, a page brings it.
    pub(crate) fn take(&mut self, place: Place) -> Taken {
        let known = self.known.unwrap_or_default();
        if self.phase != LogPhase::Live || place.seq <= known {
            Taken::Passed
        } else if place.since <= known {
            self.known = Some(place.seq);
            Taken::Next
        } else {
            self.phase = LogPhase::Wanted;
            Taken::Gap
        }
    }

    /// A page brings it up to here. Answers whether it is one that was asked for.
    pub(crate) fn take_page(&mut self, up_to: Seq, is_live: bool) -> bool {
        let is_meant = self.is_catching_up();
        if is_meant {
            self.known = Some(up_to);
            self.phase = if is_live { LogPhase::Live } else { LogPhase::CatchingUp };
        }
        is_meant
    }

    /// Takes in a page of one's own log, or of the house's.
    pub(crate) fn take_states(&mut self, page: States) -> Vec<Update> {
        if !self.take_page(page.seq, page.live) {
            return Vec::new();
        }
        let log = LogName::of(None, page.house);
        let forget = page.reset.then_some(Update::Forget(log));
        forget.into_iter().chain(page.states.into_iter().map(|entry| Update::entry(log, entry))).collect()
    }
}
