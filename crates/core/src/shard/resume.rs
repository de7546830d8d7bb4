//! Bringing a client to where one that never left is: page by page from the store, not faster than it reads, and then into
//! the logs, right behind what it was shown.

use std::collections::VecDeque;

use bytes::BytesMut;
use chatterbox_protocol::commands::{Hello, Ref};
use chatterbox_protocol::errors::{ErrorCode, Refusal};
use chatterbox_protocol::events::{Event, Welcome};
use chatterbox_protocol::ids::{RoomId, Seq};
use chatterbox_protocol::messages::Message;

use super::logs::Newest;
use super::peer::{Behind, Resume, Stage, View};
use super::{Ending, LogPage, Output, Past, Peer, PeerId, Replay, Shard, Wanted, WantedPage};
use crate::logs::LogId;

impl Shard {
    pub(super) fn begin_replay(&mut self, id: PeerId, out: &mut Vec<Output>) {
        // What is at hand was read for somebody else: whether a guest may see it, the store knows.
        let is_guest = self.peers.get(id).is_some_and(|peer| peer.is_guest);
        let newest = self.logs.get(&Self::FIRST).filter(|_| !is_guest).and_then(|state| state.newest.as_ref());
        if let Some((frames, seq)) = newest.map(|newest| (newest.frames.clone(), newest.seq))
            && self.listen(id, Self::FIRST, seq)
        {
            if !frames.is_empty() {
                self.push_at(id, frames, 0);
            }
            return self.go_live(id, Some(seq), out);
        }
        let wanted = match self.replay {
            Replay::Newest(count) => Wanted::Newest(count),
            Replay::All => Wanted::After(Seq(0)),
        };
        self.want(id, Behind::new(Self::FIRST, None, None), wanted, out);
        self.is_looked_for(id);
    }

    pub(super) fn hello(&mut self, id: PeerId, hello: Hello, reference: Option<Ref>, out: &mut Vec<Output>) {
        let Some(peer) = self.peers.get_mut(id) else { return };
        if !peer.is_up_to_date() {
            if peer.has_next_hello() {
                let message = "A `hello` is being answered. Wait until every room is live, then say it again.";
                let refusal = Refusal::new(ErrorCode::RateLimited, message).retry_after(1);
                return self.refuse(id, reference, refusal);
            }
            peer.resume().next_hello = Some((hello, reference));
            return;
        }
        self.stop_listening(id);
        if let Some(people) = &hello.people {
            self.watches(id, people.clone());
        }
        if let Some(seconds) = hello.idle {
            self.has_input(id, i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1_000), out);
        }
        let Some(peer) = self.peers.get_mut(id) else { return };
        // What the client looks at comes first; nearly always that is the first room.
        let mut behind = match &hello.follow {
            Some(rooms) => {
                let own = Behind::new(LogId::Own(peer.user), hello.own, None);
                let house = Behind::new(LogId::House, hello.house, None);
                let mut rooms = rooms.iter().map(|followed| Behind::named(*followed, hello.reset_after));
                let first = rooms.next();
                first.into_iter().chain([own, house]).chain(rooms).collect()
            }
            None => VecDeque::from([Self::as_hello_says(&hello, RoomId::FIRST)]),
        };
        // There is always one's own log, or the first room.
        let Some(first) = behind.pop_front() else { return };
        let wanted = Wanted::Welcome { epoch: hello.epoch.clone(), first: first.page };
        peer.resume = Some(Box::new(Resume { greeting: reference, hello: Some(hello), behind, ..Resume::default() }));
        self.want(id, first, wanted, out);
    }

    fn as_hello_says(hello: &Hello, room: RoomId) -> Behind {
        Behind::new(LogId::Room(room), hello.rooms.get(&room).copied(), hello.reset_after)
    }

    /// Has a page read, and before that says that the log is followed.
    fn want(&mut self, id: PeerId, behind: Behind, wanted: Wanted, out: &mut Vec<Output>) {
        if !behind.is_held {
            self.hold(id, behind.page.log, out);
        }
        if let Some(peer) = self.peers.get_mut(id) {
            peer.stage = Stage::Reading;
            peer.resume().reading = Some(Behind { is_held: true, ..behind });
            out.push(Output::Read { peer: id, wanted });
        }
    }

    pub(super) fn read(&mut self, id: PeerId, past: Past, out: &mut Vec<Output>) {
        // What was read for a session that has ended meanwhile is not shown to it.
        let Some(peer) = self.peers.get_mut(id).filter(|peer| !peer.is_leaving) else { return };
        let Some(reading) = peer.resume.as_mut().and_then(|resume| resume.reading.take()) else { return };
        match past {
            Past::Replayed { messages, more, seq } => self.show(id, reading, messages, more, seq, out),
            Past::Welcome { user, epoch, rooms, page, public_url } => {
                let welcome = Welcome { user, epoch, rooms, public_url, reference: None };
                self.welcome(id, welcome, reading, page, out);
            }
            Past::Page(page) => {
                let is_there = page.is_some();
                self.present(id, reading, page, out);
                self.catch_up(id, out);
                if !is_there {
                    self.waits_outside(id, out);
                }
            }
            Past::SessionOver => self.close(id, Ending::SessionOver, out),
            Past::Failed => self.close(id, Ending::Failed, out),
        }
        if self.peers.get(id).is_some_and(|peer| peer.is_leaving) {
            self.release(id, reading.page.log);
        }
    }

    /// Shows a contract client a page of the first room, one `message` each.
    fn show(
        &mut self,
        id: PeerId,
        reading: Behind,
        messages: Vec<Message>,
        more: bool,
        seq: Seq,
        out: &mut Vec<Output>,
    ) {
        // A replay of several pages ends where the room stood at the first one. What came or changed after that is told
        // live, even if a later page has shown a message in its newer state already.
        let begun = self.peers.get(id).and_then(Peer::replay_end);
        let end = begun.unwrap_or(seq);
        let messages: Vec<Message> = messages.into_iter().filter(|message| message.seq <= end).collect();
        let next = messages.last().map(|message| message.seq).filter(|_| more);
        // From the first page on it has its place in the log, and is sent nothing from there until it has seen the past:
        // however long that takes, and whoever else listens, the log keeps what comes.
        let is_there = begun.is_some() || self.listen(id, Self::FIRST, end);
        self.release(id, reading.page.log);
        if !is_there {
            return self.begin_replay(id, out);
        }
        let mut frames = BytesMut::new();
        for message in messages {
            // It is no entry here, but part of a page: it stands where it was sent.
            let message = Message { changed: None, ..message };
            frames.extend_from_slice(&(self.encode)(&Event::Message(message)));
        }
        let frames = frames.freeze();
        let is_old = self.peers.get(id).is_none_or(|peer| !peer.missed_seen.is_empty());
        if let (Replay::Newest(_), None, None, false, Some(state)) = (
            self.replay,
            begun,
            next,
            is_old,
            self.logs.get_mut(&Self::FIRST).filter(|state| state.log.last() == Some(end)),
        ) {
            state.newest = Some(Newest { frames: frames.clone(), seq: end });
        }
        if !frames.is_empty() {
            self.push_at(id, frames, 0);
        }
        match (next, self.peers.get_mut(id)) {
            (Some(last), Some(peer)) => {
                peer.resume().replay_end = Some(end);
                peer.stage = Stage::Replaying(last);
            }
            _ => self.go_live(id, Some(end), out),
        }
    }

    fn welcome(
        &mut self,
        id: PeerId,
        mut welcome: Welcome,
        reading: Behind,
        page: Option<LogPage>,
        out: &mut Vec<Output>,
    ) {
        let Some(peer) = self.peers.get_mut(id) else { return };
        let resume = peer.resume();
        welcome.reference = resume.greeting.take();
        let hello = resume.hello.take().unwrap_or_default();
        let is_same_epoch = hello.epoch.as_ref().is_none_or(|epoch| *epoch == welcome.epoch);
        if hello.follow.is_none() {
            let others = welcome.rooms.iter().map(|room| room.id).filter(|room| *room != RoomId::FIRST);
            resume.behind.extend(others.map(|room| Self::as_hello_says(&hello, room)));
        }
        if !is_same_epoch {
            resume.behind.iter_mut().for_each(|behind| behind.page.since = Seq(0));
        }
        if peer.view == View::Contract {
            peer.view = View::Full;
            out.push(Output::ReadsSilently { peer: id, shown: None });
        }
        let is_first_seen = welcome.rooms.iter().any(|room| room.id == RoomId::FIRST);
        self.tell_past(id, &Event::Hello(welcome));
        if page.is_some() || hello.follow.is_some() || is_first_seen {
            self.present(id, reading, page, out);
        } else {
            self.release(id, reading.page.log);
        }
        self.catch_up(id, out);
    }

    /// Shows a page. If it is the last one, the client listens from now on; otherwise it is to be read on there.
    fn present(&mut self, id: PeerId, reading: Behind, page: Option<LogPage>, out: &mut Vec<Output>) {
        let log = reading.page.log;
        let Some(mut page) = page.filter(|_| !reading.is_given_up) else {
            self.release(id, log);
            return match log {
                _ if reading.is_given_up => {}
                // To a guest whom nobody has put there, the original's view is empty.
                LogId::Room(_) if self.peers.get(id).is_some_and(|peer| peer.view == View::Contract) => {}
                // Whoever comes back learns which rooms there are.
                LogId::Room(_) if !reading.is_named => self.close(id, Ending::TooSlow, out),
                _ => self.is_not_there(id, log),
            };
        };
        let seq = page.seq();
        // Not sooner, even if the log reaches back to here: it tells of changes to what is still to be shown.
        let is_live = *page.live() && self.listen(id, log, seq);
        *page.live() = is_live;
        self.tell_past(id, &page.event());
        if is_live {
            return self.release(id, log);
        }
        if let Some(peer) = self.peers.get_mut(id) {
            let page = WantedPage { since: seq, ..reading.page };
            peer.resume().behind.push_front(Behind { page, ..reading });
        }
    }

    fn catch_up(&mut self, id: PeerId, out: &mut Vec<Output>) {
        let Some(peer) = self.peers.get_mut(id).filter(|peer| !peer.is_leaving) else { return };
        if peer.resume().behind.is_empty() {
            return self.go_live(id, None, out);
        }
        peer.stage = Stage::CatchingUp;
        self.read_on(id, out);
    }

    /// Asks for the next page once the client has taken the last one, so that the longest absence needs the memory of one.
    pub(super) fn read_on(&mut self, id: PeerId, out: &mut Vec<Output>) {
        let Some(peer) = self.peers.get_mut(id).filter(|peer| peer.own_bytes() == 0 && !peer.is_leaving) else {
            return;
        };
        match peer.stage {
            Stage::Replaying(last) => self.want(id, Behind::new(Self::FIRST, None, None), Wanted::After(last), out),
            Stage::CatchingUp => match peer.resume().behind.pop_front() {
                Some(behind) => self.want(id, behind, Wanted::Page(behind.page), out),
                // What was to be read was given up.
                None => self.go_live(id, None, out),
            },
            Stage::Silent | Stage::Reading | Stage::Live => {}
        }
    }

    fn go_live(&mut self, id: PeerId, shown: Option<Seq>, out: &mut Vec<Output>) {
        let Some(peer) = self.peers.get_mut(id) else { return };
        peer.stage = Stage::Live;
        peer.knows_ids = peer.listener_of(LogId::House).is_some();
        let (replay_end, next_hello) =
            peer.resume.take().map(|resume| (resume.replay_end, resume.next_hello)).unwrap_or_default();
        if replay_end.is_some() {
            // What has gathered in the room meanwhile goes out behind the last page.
            self.goes_behind_what_is_owed(id, Self::FIRST);
            self.mark(id);
        }
        let Some(peer) = self.peers.get_mut(id) else { return };
        if !std::mem::replace(&mut peer.has_appeared, true) {
            let (idle_ms, of_everybody) = (peer.idle_ms, peer.is_told_of_everybody());
            out.push(Output::Appear { peer: id, shown, idle_ms, of_everybody });
        } else if peer.view == View::Contract {
            out.push(Output::ReadsSilently { peer: id, shown });
        }
        self.online.look_at(id, peer);
        if let Some((hello, reference)) = next_hello {
            self.hello(id, hello, reference, out);
        }
    }
}
