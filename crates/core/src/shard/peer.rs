//! One connection as its shard knows it: what it is owed, and how far it has been brought.

use std::collections::{BTreeSet, VecDeque};

use bytes::{Buf, Bytes};
use chatterbox_protocol::commands::{Hello, Ref};
use chatterbox_protocol::ids::{RoomId, Seq, SessionId, UserId};
use smallvec::SmallVec;

use super::company::OwnCompany;
use super::logs::ListenerId;
use super::output::WantedPage;
use super::put_off::PutOff;
use crate::logs::LogId;

/// Bytes that a connection may owe. One that owes more for [`PATIENCE_MS`](super::PATIENCE_MS) is to come back and resume.
pub const OWED_BYTES_MAX: usize = 256 * 1024;

/// Bytes of answers that may wait for a connection before nothing more is read from it. One that takes nothing of so
/// many for [`PATIENCE_MS`](super::PATIENCE_MS) is to come back and resume, too.
pub const ANSWERS_BYTES_MAX: usize = 64 * 1024;

/// Frames for one connection alone that may wait before nothing more is read from it: pongs are small, but each takes
/// memory of its own.
const ANSWERS_MAX: usize = 1_000;

/// Commands of one connection that may be on their way to the store before nothing more is read from it: enough to fill a
/// commit with its like, and so few that what others say does not wait behind them for long.
const IN_FLIGHT_MAX: u32 = 64;

/// What a connection is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// The first room, in the original program's way, from the start.
    Contract,
    /// What the client's `hello` asks for, and nothing before.
    Full,
}

/// A log that a client is still to be brought up to date in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Behind {
    pub(super) page: WantedPage,
    /// Whether the shard hears of the log for its sake: from before the first page is asked for.
    pub(super) is_held: bool,
    /// Whether the client has named it, and so can be told that it is not there.
    pub(super) is_named: bool,
    /// Whether the client does not want it any more.
    pub(super) is_given_up: bool,
}

/// A log that a connection listens to, and as which of its listeners.
pub(super) type HeardLog = (LogId, ListenerId);

/// How far the client has been brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// It has not said `hello` yet.
    Silent,
    /// The store is asked for what it is to be shown next.
    Reading,
    /// It takes what it was shown; then more is read for the logs that it is behind in.
    CatchingUp,
    /// A contract client takes a page of the full history; the next one begins behind this place.
    Replaying(Seq),
    /// It hears what happens.
    Live,
}

/// What the connection was last told of who is online.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ToldPresence {
    pub(super) version: u64,
    pub(super) spelling: Spelling,
    pub(super) at_ms: i64,
}

/// In which way a connection is told of who is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spelling {
    /// Everybody, by name.
    Names,
    /// Everybody, by id.
    Ids,
    /// Those whom it watches, by id, and when they were last there unless its user hides.
    Watched { with_last: bool },
    /// A set for this one alone, by name.
    Company,
}

#[derive(Debug)]
pub(super) struct Peer {
    pub(super) user: UserId,
    pub(super) session: SessionId,
    pub(super) view: View,
    pub(super) stage: Stage,
    /// What it listens to, in the order of logs.
    pub(super) listens: SmallVec<[HeardLog; 1]>,
    /// Where it is owed something that it has not taken.
    pub(super) waiting: SmallVec<[HeardLog; 1]>,
    /// Only while it is brought up to date: most are, so that this is kept elsewhere.
    pub(super) resume: Option<Box<Resume>>,
    pub(super) has_appeared: bool,
    /// The telling of who is online that is the first to include this connection's user.
    pub(super) appears_with: Option<u64>,
    pub(super) told: Option<ToldPresence>,
    /// Whether it knows people by id: it follows the house's log.
    pub(super) knows_ids: bool,
    /// Whether it is a guest's, who is told of those who share a room with them.
    pub(super) is_guest: bool,
    /// What it was told of who is online for it alone, if it is told in that way.
    pub(super) company: Option<Box<OwnCompany>>,
    /// Of whom it wants to be told. None for everybody.
    pub(super) watches: Option<BTreeSet<UserId>>,
    /// How long before its `hello` its user had input, in milliseconds. None if it may never say so.
    pub(super) idle_ms: Option<i64>,
    /// When it last said that its user is writing, and that was heeded.
    pub(super) typed_ms: Option<i64>,
    /// Whether it is still to be told who is online.
    pub(super) awaits_telling: bool,
    /// Rooms in which it was not told what has been seen: it was still shown the past, or took too little.
    pub(super) missed_seen: Vec<RoomId>,
    /// Whether it is looked after at the next tick.
    pub(super) is_looked_after: bool,
    pub(super) in_flight: u32,
    pub(super) invalid: u32,
    pub(super) over_budget: u32,
    /// Most connections never have any, so that this is kept elsewhere.
    pub(super) put_off: PutOff,
    pub(super) owes_since: Option<i64>,
    /// Since when it has taken nothing of too many answers.
    pub(super) stuck_since: Option<i64>,
    pub(super) is_dirty: bool,
    /// The kernel takes nothing more for now.
    pub(super) is_blocked: bool,
    pub(super) is_leaving: bool,
    own: Own,
}

/// What is known of a client that is being brought up to date.
#[derive(Debug, Default)]
pub(super) struct Resume {
    /// Logs that it is still to be brought up to date in, in this order.
    pub(super) behind: VecDeque<Behind>,
    /// The one of which a page is being read.
    pub(super) reading: Option<Behind>,
    /// Where a replay of several pages ends that is under way: the room's last change when it began.
    pub(super) replay_end: Option<Seq>,
    /// The name of the `hello` that is being answered.
    pub(super) greeting: Option<Ref>,
    /// The `hello` that is being answered.
    pub(super) hello: Option<Hello>,
    /// A `hello` that came while another was being answered.
    pub(super) next_hello: Option<(Hello, Option<Ref>)>,
}

/// A frame for one connection alone.
#[derive(Debug)]
pub(super) struct OwnFrame {
    pub(super) bytes: Bytes,
    /// What was appended to logs before this goes before it, too.
    pub(super) stamp: u64,
}

/// Frames for this connection alone, oldest first.
#[derive(Debug, Default)]
struct Own {
    frames: VecDeque<OwnFrame>,
    bytes: usize,
    /// How many went before the first of these.
    written: i64,
    /// Whether the first frame has to be written to its end: the client has got its begin, or must get it in any case.
    is_torn: bool,
}

impl Peer {
    pub(super) fn new(user: UserId, session: SessionId, view: View, first: Bytes) -> Self {
        let mut peer = Self {
            user,
            session,
            view,
            stage: Stage::Silent,
            listens: SmallVec::new(),
            waiting: SmallVec::new(),
            resume: None,
            has_appeared: false,
            appears_with: None,
            told: None,
            knows_ids: false,
            is_guest: false,
            company: None,
            watches: None,
            idle_ms: None,
            typed_ms: None,
            awaits_telling: false,
            missed_seen: Vec::new(),
            is_looked_after: false,
            in_flight: 0,
            invalid: 0,
            over_budget: 0,
            put_off: PutOff::default(),
            owes_since: None,
            stuck_since: None,
            is_dirty: false,
            is_blocked: false,
            is_leaving: false,
            own: Own::default(),
        };
        if !first.is_empty() {
            peer.push_torn(first);
        }
        peer
    }

    pub(super) fn push(&mut self, bytes: Bytes, stamp: u64) {
        self.own.bytes += bytes.len();
        self.own.frames.push_back(OwnFrame { bytes, stamp });
    }

    /// How many frames of its own there have been: whoever is to come behind all of them waits until so many are written.
    pub(super) fn owned(&self) -> i64 {
        self.own.written + i64::try_from(self.own.frames.len()).unwrap_or(i64::MAX)
    }

    /// Puts what the client must get before everything else: the answer to its handshake, or the rest of an entry
    /// whose begin it has.
    pub(super) fn push_torn(&mut self, rest: Bytes) {
        self.own.bytes += rest.len();
        self.own.frames.push_front(OwnFrame { bytes: rest, stamp: 0 });
        // The frames behind it keep their numbers.
        self.own.written -= 1;
        self.own.is_torn = true;
    }

    /// From now on it is owed this and nothing else, and all of it or nothing.
    pub(super) fn owe_only(&mut self, last: Vec<u8>) {
        let bytes = last.len();
        let last = OwnFrame { bytes: Bytes::from(last), stamp: 0 };
        self.own = Own { bytes, frames: VecDeque::from([last]), written: 0, is_torn: true };
    }

    /// Its own frames, each with its number.
    pub(super) fn own_frames(&self) -> impl Iterator<Item = (i64, &OwnFrame)> {
        (self.own.written..).zip(&self.own.frames)
    }

    /// As which listener it hears of a log, if it does.
    pub(super) fn listener_of(&self, log: LogId) -> Option<ListenerId> {
        let at = self.listens.binary_search_by_key(&log, |(log, _)| *log).ok()?;
        Some(self.listens[at].1)
    }

    /// Where a replay of several pages ends that is under way.
    pub(super) fn replay_end(&self) -> Option<Seq> {
        self.resume.as_ref().and_then(|resume| resume.replay_end)
    }

    /// To note something down while the client is brought up to date.
    pub(super) fn resume(&mut self) -> &mut Resume {
        self.resume.get_or_insert_default()
    }

    /// Whether it is still being shown the past, so that nothing of what happens is for it yet.
    pub(super) fn is_replaying(&self) -> bool {
        self.replay_end().is_some()
    }

    /// Whether all that it may be owed lies in the logs that it listens to.
    pub(super) fn has_nothing_of_its_own(&self) -> bool {
        self.own.bytes == 0 && !self.is_replaying()
    }

    /// Whether anything is written to it now.
    pub(super) fn takes_more(&self) -> bool {
        !self.is_blocked && !self.is_leaving
    }

    pub(super) fn own_bytes(&self) -> usize {
        self.own.bytes
    }

    /// Takes note that this much of its own frames was written.
    pub(super) fn wrote_own(&mut self, mut written: usize) {
        self.own.bytes -= written;
        if written > 0 {
            self.stuck_since = None;
        }
        while let Some(first) = self.own.frames.front_mut() {
            if written < first.bytes.len() {
                first.bytes.advance(written);
                self.own.is_torn |= written > 0;
                return;
            }
            written -= first.bytes.len();
            self.own.is_torn = false;
            self.own.frames.pop_front();
            self.own.written += 1;
        }
        // An idle connection owns no memory for what once waited.
        self.own.frames = VecDeque::new();
    }

    /// What must still be written if nothing else is, so that the client gets whole frames.
    pub(super) fn torn(&self) -> Option<&[u8]> {
        self.own.frames.front().filter(|_| self.own.is_torn).map(|frame| &frame.bytes[..])
    }

    /// Whether it has got everything that it asked for, or has asked for nothing.
    pub(super) fn is_up_to_date(&self) -> bool {
        matches!(self.stage, Stage::Silent | Stage::Live)
    }

    /// Whether it is to be looked at whoever comes or goes.
    pub(super) fn is_told_of_everybody(&self) -> bool {
        self.is_guest || self.watches.is_none()
    }

    /// Whether more waits for it alone than may.
    pub(super) fn is_full(&self) -> bool {
        self.own.bytes >= ANSWERS_BYTES_MAX || self.own.frames.len() >= ANSWERS_MAX
    }

    /// Whether it has said `hello` again while another one is being answered.
    pub(super) fn has_next_hello(&self) -> bool {
        self.resume.as_ref().is_some_and(|resume| resume.next_hello.is_some())
    }

    /// Whether its commands are taken: whoever does not read the answers, or is far ahead of the store, waits.
    pub(super) fn is_heard(&self) -> bool {
        !self.is_leaving && self.in_flight < IN_FLIGHT_MAX && !self.is_full() && !self.has_next_hello()
    }
}
