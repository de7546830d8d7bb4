//! A client's line to the server: what it is told on it, what it asks for, and how far it is with that. One's own log and the
//! house's are the line's, and each room's is the room's; what is missing in one of them is asked for in that one alone.

use chatterbox_protocol::commands::{Command, Follow, Hello, Ref};
use chatterbox_protocol::errors::{ErrorCode, Verdict};
use chatterbox_protocol::events::{Failed, Welcome};
use chatterbox_protocol::ids::RoomId;
use chatterbox_protocol::logs::{Entry, LogName, Place, Whole};
use chatterbox_protocol::users::Role;

use crate::logs::{KnownLog, Taken};
use crate::outbox::pause_after;
use crate::rooms::Rooms;
use crate::trouble::Trouble;
use crate::unfollowing::Unfollowing;
use crate::update::{Heard, Update};

/// What the client calls its `hello`. Tickets begin with 1.
pub(crate) const HELLO: Ref = Ref::Number(0);

/// What the client calls a `follow`.
fn follow_ref(number: u64) -> Ref {
    Ref::Text(format!("follow {number}"))
}

/// The number of the `follow` that the client calls so.
fn follow_number(reference: &Ref) -> Option<u64> {
    match reference {
        Ref::Text(text) => text.strip_prefix("follow ")?.parse().ok(),
        Ref::Number(_) => None,
    }
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
    /// It is answered, and not all that is followed has been live yet.
    CatchingUp(Welcome),
    Live,
}

/// The line, and what is heard on it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Line {
    epoch: Option<String>,
    phase: Phase,
    own: KnownLog,
    house: KnownLog,
    pub(crate) rooms: Rooms,
    unfollowing: Unfollowing,
    /// How many times `follow` was said.
    follows: u64,
    /// Whether a `follow` was refused for now, and is to be said again after a pause.
    is_paused: bool,
    /// Whether this connection's server knows no `follow`: it tells of all rooms, and mends all by another `hello`.
    is_plain: bool,
    /// Whether the client takes every server for such a one.
    is_always_plain: bool,
}

impl Line {
    /// A line on which these rooms are followed.
    pub(crate) fn following(rooms: Rooms) -> Self {
        Self { rooms, ..Self::default() }
    }

    /// A line on which nothing but the plain `hello` is said.
    pub(crate) fn plain() -> Self {
        Self { is_always_plain: true, ..Self::default() }
    }

    /// A connection is open. Answers what to say first.
    pub(crate) fn opened(&mut self) -> (Option<Ref>, Command) {
        self.closed();
        self.is_plain = self.is_always_plain;
        self.hello()
    }

    /// The connection is lost.
    pub(crate) fn closed(&mut self) {
        self.phase = Phase::Offline;
        self.is_paused = false;
        self.unfollowing = Unfollowing::default();
        self.logs_mut().for_each(KnownLog::lost);
    }

    /// Asks for everything, from where the client is.
    fn hello(&mut self) -> (Option<Ref>, Command) {
        self.phase = Phase::Greeting { is_refused: false };
        self.logs_mut().for_each(KnownLog::lost);
        let mut hello = Hello { epoch: self.epoch.clone(), ..Hello::default() };
        if self.is_plain {
            hello.rooms = self.rooms.known();
        } else {
            hello.follow = Some(self.rooms.wanted());
            (hello.own, hello.house) = (self.own.known(), self.house.known());
        }
        self.logs_mut().for_each(|log| log.asked(0));
        (Some(HELLO), Command::Hello(Box::new(hello)))
    }

    /// Asks for what is wanted and not asked for, if anything is.
    pub(crate) fn ask(&mut self) -> Vec<(Option<Ref>, Command)> {
        if !self.is_greeted() || self.is_paused || !self.is_anything_to_say() {
            return Vec::new();
        }
        if self.is_plain {
            // It would begin anew in the rooms that are just catching up.
            return if self.logs().any(KnownLog::is_catching_up) { Vec::new() } else { vec![self.hello()] };
        }
        let mut said = self.unfollowing.say();
        let from = |log: &KnownLog| log.is_wanted().then(|| log.known().unwrap_or_default());
        let (rooms, own, house) = (self.rooms.wanted(), from(&self.own), from(&self.house));
        if !rooms.is_empty() || own.is_some() || house.is_some() {
            self.follows += 1;
            let by = self.follows;
            self.logs_mut().filter(|log| log.is_wanted()).for_each(|log| log.asked(by));
            said.push((Some(follow_ref(by)), Command::Follow(Follow { rooms, own, house, reset_after: None })));
        }
        said
    }

    /// A room more is followed. Answers what to tell if there are too many already.
    pub(crate) fn follow(&mut self, room: RoomId) -> Option<Update> {
        self.unfollowing.stay(room);
        (!self.rooms.wish(room)).then_some(Update::Unfollowed { room })
    }

    /// A room less is followed.
    pub(crate) fn unfollow(&mut self, room: RoomId) {
        let was_followed = self.rooms.unfollow(room);
        if was_followed && self.is_greeted() && !self.is_plain {
            self.unfollowing.leave(room);
        }
    }

    /// The server has said who one is, and what one may see.
    pub(crate) fn welcomed(&mut self, welcome: Welcome) -> Vec<Update> {
        if self.epoch.as_ref() != Some(&welcome.epoch) {
            self.logs_mut().for_each(KnownLog::forget);
            self.epoch = Some(welcome.epoch.clone());
        }
        let there = welcome.rooms.iter().map(|room| room.id);
        let gone;
        if self.is_plain {
            // All of them are brought, and no word is said of the others.
            gone = self.rooms.keep(&there.clone().collect());
            self.rooms.are_had(there);
            self.rooms.logs_mut().for_each(|log| log.asked(0));
        } else {
            self.rooms.are_had(there);
            gone = self.rooms.let_go();
            gone.iter().for_each(|room| self.unfollowing.leave(*room));
        }
        self.logs_mut().for_each(|log| log.granted(0));
        if self.is_plain {
            self.own.is_not_told();
        }
        if self.is_plain || welcome.user.role == Role::Guest {
            self.house.is_not_told();
        }
        self.phase = Phase::CatchingUp(welcome);
        gone.into_iter().map(|room| Update::Unfollowed { room }).collect()
    }

    /// Something is told of one's own log: which rooms one has. Answers what to tell.
    pub(crate) fn learn(&mut self, entry: &Entry) -> Option<Update> {
        let Some(Whole::Mark(mark)) = &entry.state else { return None };
        let room = RoomId(entry.id);
        if mark.listed {
            self.rooms.is_had(room);
            return None;
        }
        let is_gone = self.rooms.is_had_no_more(room);
        if is_gone && self.is_greeted() && !self.is_plain {
            self.unfollowing.leave(room);
        }
        is_gone.then_some(Update::Unfollowed { room })
    }

    /// Everything that is followed is live, for the first time on this connection. Answers what to tell, once.
    pub(crate) fn go_live(&mut self) -> Option<Update> {
        if !matches!(self.phase, Phase::CatchingUp(_)) || !self.logs().all(KnownLog::is_live) {
            return None;
        }
        match std::mem::replace(&mut self.phase, Phase::Live) {
            Phase::CatchingUp(welcome) => Some(Update::Live(welcome)),
            _ => None,
        }
    }

    /// The server tells nothing more of a room. Answers what to tell.
    pub(crate) fn unfollowed(&mut self, room: RoomId) -> Option<Update> {
        self.rooms.lost(room).then_some(Update::Unfollowed { room })
    }

    /// Something has been taken. Answers whether it is one of the line's own.
    pub(crate) fn is_done(&mut self, reference: &Ref) -> bool {
        match follow_number(reference) {
            Some(by) => self.logs_mut().for_each(|log| log.granted(by)),
            None => return self.unfollowing.is_done(reference),
        }
        true
    }

    /// Something is refused. Answers what to do, if it is one of the line's own.
    pub(crate) fn refused(&mut self, failed: &Failed) -> Option<Heard> {
        let (reference, verdict, again_in) = (failed.reference.as_ref()?, failed.code.verdict(), pause_after(failed));
        if verdict == Verdict::SessionOver {
            return None;
        }
        if let Phase::Greeting { is_refused } = &mut self.phase
            && *reference == HELLO
        {
            if failed.code == ErrorCode::UnknownField && !self.is_plain {
                self.is_plain = true;
                return Some(Heard { say: vec![self.hello()], ..Heard::default() });
            }
            *is_refused = true;
        } else if let Some(by) = follow_number(reference) {
            self.logs_mut().for_each(|log| log.refused(by));
            self.is_paused = true;
        } else if self.unfollowing.is_refused(reference, verdict) {
            self.is_paused |= verdict == Verdict::Passing;
            return Some(Heard { pause: self.is_paused.then_some(again_in), ..Heard::default() });
        } else {
            return None;
        }
        let why = Trouble::Unwelcome(failed.message.clone());
        let updates = vec![Update::Lost { why, again_in }];
        Some(Heard { updates, pause: Some(again_in), ..Heard::default() })
    }

    /// The pause that the server has asked for is over. Answers what to say now.
    pub(crate) fn go_on(&mut self) -> Vec<(Option<Ref>, Command)> {
        self.is_paused = false;
        if self.phase == (Phase::Greeting { is_refused: true }) { vec![self.hello()] } else { self.ask() }
    }

    /// Takes an entry by its place.
    pub(crate) fn take(&mut self, place: Place) -> Taken {
        self.log(place.log).map_or(Taken::Passed, |log| log.take(place))
    }

    /// The log of this name, if it is followed.
    pub(crate) fn log(&mut self, name: LogName) -> Option<&mut KnownLog> {
        match name {
            LogName::Room(room) => self.rooms.get_mut(room).map(|room| &mut room.log),
            LogName::Own => Some(&mut self.own),
            LogName::House => Some(&mut self.house),
        }
    }

    /// Whether everything that is followed has been live on this connection.
    pub(crate) fn has_been_live(&self) -> bool {
        self.phase == Phase::Live
    }

    /// Whether everything that is followed is live.
    pub(crate) fn is_live(&self) -> bool {
        self.has_been_live() && self.logs().all(KnownLog::is_live)
    }

    fn is_anything_to_say(&self) -> bool {
        self.logs().any(KnownLog::is_wanted) || !self.unfollowing.are_all_said()
    }

    fn is_greeted(&self) -> bool {
        matches!(self.phase, Phase::CatchingUp(_) | Phase::Live)
    }

    fn logs(&self) -> impl Iterator<Item = &KnownLog> {
        [&self.own, &self.house].into_iter().chain(self.rooms.logs())
    }

    fn logs_mut(&mut self) -> impl Iterator<Item = &mut KnownLog> {
        [&mut self.own, &mut self.house].into_iter().chain(self.rooms.logs_mut())
    }
}
