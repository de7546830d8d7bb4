//! Who follows which log. A shard says that it follows one before anything of it is read, so that what is committed in
//! between is in its log or in what is read, or in both.

use chatterbox_protocol::commands::{Follow, Ref, Unfollow};
use chatterbox_protocol::errors::{ErrorCode, Refusal};
use chatterbox_protocol::events::{Done, Event};
use chatterbox_protocol::ids::{RoomId, Seq};
use chatterbox_protocol::limits::FOLLOWED_MAX;
use chatterbox_protocol::logs::Followed;

use super::logs::{LogListener, ShardLog};
use super::peer::{Behind, Stage, View};
use super::{Output, PeerId, Shard, WantedPage};
use crate::log::{Hears, Joined};
use crate::logs::LogId;

impl Behind {
    /// Everything in a log behind a change.
    pub(super) fn new(log: LogId, since: Option<Seq>, reset_after: Option<u64>) -> Self {
        let page = WantedPage { log, since: since.unwrap_or_default(), reset_after };
        Self { page, is_held: false, is_named: false, is_given_up: false }
    }

    /// A room that a client names.
    pub(super) fn named(followed: Followed, reset_after: Option<u64>) -> Self {
        Self { is_named: true, ..Self::new(LogId::Room(followed.room), followed.seq, reset_after) }
    }
}

impl Shard {
    pub(super) fn follow(&mut self, id: PeerId, follow: Follow, reference: Option<Ref>, out: &mut Vec<Output>) {
        let Some(peer) = self.peers.get_mut(id) else { return };
        if peer.view == View::Contract || peer.stage == Stage::Silent {
            return self.refuse(id, reference, Refusal::new(ErrorCode::Forbidden, "Say `hello` before you follow."));
        }
        let Follow { rooms, own, house, reset_after } = follow;
        let own = own.map(|seq| Behind::new(LogId::Own(peer.user), Some(seq), None));
        let house = house.map(|seq| Behind::new(LogId::House, Some(seq), None));
        let rooms = rooms.into_iter().map(|followed| Behind::named(followed, reset_after));
        let wanted: Vec<Behind> = own.into_iter().chain(house).chain(rooms).collect();
        // One's own log and the house's come on top.
        let is_further = |wanted: &&Behind| peer.listener_of(wanted.page.log).is_none();
        let behind = peer.resume.as_ref().map_or(0, |resume| resume.behind.len());
        if wanted.iter().filter(is_further).count() + peer.listens.len() + behind > FOLLOWED_MAX + 2 {
            let message = format!("A connection may follow at most {FOLLOWED_MAX} rooms. Unfollow some first.");
            return self.refuse(id, reference, Refusal::field(ErrorCode::InvalidField, "rooms", message));
        }
        if let Some(reference) = reference {
            self.tell(id, &Event::Ok(Done { reference, id: None, seq: None, time: None }));
        }
        for behind in wanted {
            self.fall_behind(id, behind);
        }
        if let Some(peer) = self.peers.get_mut(id).filter(|peer| peer.stage == Stage::Live) {
            peer.stage = Stage::CatchingUp;
            self.read_on(id, out);
        }
    }

    /// The client is to be brought up to date in a log, and hears nothing more of it until then.
    fn fall_behind(&mut self, id: PeerId, behind: Behind) {
        self.stop_listening_to(id, behind.page.log);
        let Some(peer) = self.peers.get_mut(id) else { return };
        let resume = peer.resume();
        // What is being read is from behind another change, which the client may have forgotten.
        if let Some(reading) = resume.reading.as_mut().filter(|reading| reading.page.log == behind.page.log) {
            reading.is_given_up = true;
        }
        match resume.behind.iter_mut().find(|waits| waits.page.log == behind.page.log) {
            Some(waits) => waits.page = behind.page,
            None => resume.behind.push_back(behind),
        }
    }

    pub(super) fn unfollow(
        &mut self,
        id: PeerId,
        Unfollow { room }: Unfollow,
        reference: Option<Ref>,
        out: &mut Vec<Output>,
    ) {
        let log = LogId::Room(room);
        self.stop_listening_to(id, log);
        if let Some(resume) = self.peers.get_mut(id).and_then(|peer| peer.resume.as_mut()) {
            let is_it = |behind: &Behind| behind.page.log == log;
            let given_up = resume.behind.iter().position(is_it).and_then(|at| resume.behind.remove(at));
            if let Some(reading) = resume.reading.as_mut().filter(|reading| is_it(reading)) {
                reading.is_given_up = true;
            }
            if given_up.is_some_and(|behind| behind.is_held) {
                self.release(id, log);
            }
        }
        if let Some(reference) = reference {
            self.tell(id, &Event::Ok(Done { reference, id: None, seq: None, time: None }));
        }
        self.read_on(id, out);
    }

    /// The log, which is followed from now on if it was not.
    fn followed(&mut self, log: LogId, out: &mut Vec<Output>) -> &mut ShardLog {
        self.logs.entry(log).or_insert_with(|| {
            out.push(Output::Follow(log));
            ShardLog::default()
        })
    }

    /// Somebody is about to listen.
    pub(super) fn hold(&mut self, id: PeerId, log: LogId, out: &mut Vec<Output>) {
        self.followed(log, out).expected.push(id);
    }

    /// Whoever was about to listen does, or does not.
    pub(super) fn release(&mut self, id: PeerId, log: LogId) {
        let Some(state) = self.logs.get_mut(&log) else { return };
        if let Some(at) = state.expected.iter().position(|expected| *expected == id) {
            state.expected.swap_remove(at);
        }
        self.may_be_idle(log);
    }

    /// Logs that nobody needs are let go at the next tick: whoever comes back at once finds them.
    fn may_be_idle(&mut self, log: LogId) {
        if let Some(state) = self.logs.get_mut(&log)
            && state.listeners.is_empty()
            && state.expected.is_empty()
            && !std::mem::replace(&mut state.is_idle, true)
        {
            self.idle.push(log);
        }
    }

    /// From now on the client hears what happens in the log after this change, behind all that it is owed by now; false if the
    /// log does not reach back so far.
    pub(super) fn listen(&mut self, id: PeerId, log: LogId, after: Seq) -> bool {
        let (Some(peer), Some(state)) = (self.peers.get_mut(id), self.logs.get_mut(&log)) else { return false };
        let (place, ahead) = match state.log.join(after) {
            Joined::At(place) => (place, None),
            Joined::Ahead => {
                state.ahead += 1;
                (state.log.end(), Some(after))
            }
            Joined::TooOld => return false,
        };
        let (end, behind) = (state.log.end_for(peer.user, after), peer.owned());
        // That it has ended is news, too.
        let has_news = end.is_some() || place < state.log.end();
        let hears = if peer.view == View::Contract { Hears::Messages } else { Hears::All };
        let listener = LogListener { peer: id, place, hears, ahead, end, behind, is_waiting: has_news };
        let listening = (log, state.listeners.insert(listener));
        let at = peer.listens.partition_point(|(other, _)| *other < log);
        peer.listens.insert(at, listening);
        if has_news {
            peer.waiting.push(listening);
            self.mark(id);
        }
        true
    }

    /// What happens in the log is told behind all that the client is owed by now.
    pub(super) fn goes_behind_what_is_owed(&mut self, id: PeerId, log: LogId) {
        let (Some(peer), Some(state)) = (self.peers.get_mut(id), self.logs.get_mut(&log)) else { return };
        if let Some(listener) = peer.listener_of(log).and_then(|listener| state.listeners.get_mut(listener)) {
            listener.behind = peer.owned();
        }
    }

    pub(super) fn stop_listening_to(&mut self, id: PeerId, log: LogId) {
        let Some(peer) = self.peers.get_mut(id) else { return };
        let Ok(at) = peer.listens.binary_search_by_key(&log, |(log, _)| *log) else { return };
        let (_, listener) = peer.listens.remove(at);
        peer.waiting.retain(|(waiting, _)| *waiting != log);
        if let Some(state) = self.logs.get_mut(&log) {
            state.listeners.remove(listener);
        }
        self.may_be_idle(log);
    }

    /// The connection hears of nothing any more, and is about to hear of nothing.
    pub(super) fn stop_listening(&mut self, id: PeerId) {
        let Some(peer) = self.peers.get_mut(id) else { return };
        let (listens, resume) = (std::mem::take(&mut peer.listens), peer.resume.take());
        peer.waiting.clear();
        let was_outside = peer.company.as_mut().is_some_and(|company| std::mem::take(&mut company.is_outside));
        if was_outside {
            self.release(id, Self::FIRST);
        }
        for (log, listener) in listens {
            if let Some(state) = self.logs.get_mut(&log) {
                state.listeners.remove(listener);
            }
            self.may_be_idle(log);
        }
        let behind = resume.into_iter().flat_map(|resume| resume.behind.into_iter().chain(resume.reading));
        for behind in behind.filter(|behind| behind.is_held) {
            self.release(id, behind.page.log);
        }
    }

    /// Whoever has heard all that was theirs of a log that is not theirs any more hears no more of it.
    pub(super) fn end_what_is_lost(&mut self, id: PeerId, out: &mut Vec<Output>) {
        let Some(peer) = self.peers.get(id) else { return };
        let is_over = |(log, listener): &super::peer::HeardLog| {
            let listener = self.logs.get(log).and_then(|state| state.listeners.get(*listener));
            listener.is_some_and(|listener| listener.end.is_some_and(|end| listener.place >= end))
        };
        let over: Vec<LogId> = peer.waiting.iter().filter(|waiting| is_over(waiting)).map(|(log, _)| *log).collect();
        for log in over {
            self.is_lost(id, log, out);
        }
    }

    /// The log is not theirs any more.
    pub(super) fn is_lost(&mut self, id: PeerId, log: LogId, out: &mut Vec<Output>) {
        self.stop_listening_to(id, log);
        self.is_not_there(id, log);
        self.waits_outside(id, out);
    }

    /// Tells a client that asked for a room that it is not there for it.
    pub(super) fn is_not_there(&mut self, id: PeerId, log: LogId) {
        if let LogId::Room(room) = log
            && self.peers.get(id).is_some_and(|peer| peer.view == View::Full)
        {
            self.tell(id, &Event::Unfollowed { room });
        }
    }

    /// The log of the first room, the only one that contract clients hear of.
    pub(super) const FIRST: LogId = LogId::Room(RoomId::FIRST);
}
