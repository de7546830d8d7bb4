//! Bringing a client to where one that never left is: page by page from the store, not faster than it reads, and then into
//! the rooms' logs, right behind what it was shown.

use bytes::BytesMut;
use chatterbox_protocol::commands::{Hello, Ref};
use chatterbox_protocol::errors::{ErrorCode, Refusal};
use chatterbox_protocol::events::{Event, History, Welcome};
use chatterbox_protocol::ids::{RoomId, Seq};
use chatterbox_protocol::messages::Message;

use super::peer::{Behind, Cursor, Resume, Stage, View};
use super::{Ending, Newest, Output, Past, Peer, PeerId, Replay, Shard, Wanted};
use crate::log::Joined;

impl Shard {
    pub(super) fn begin_replay(&mut self, id: PeerId, out: &mut Vec<Output>) {
        let newest = self.rooms.get(&RoomId::FIRST).and_then(|room| room.newest.as_ref());
        if let Some((frames, seq)) = newest.map(|newest| (newest.frames.clone(), newest.seq))
            && self.listen(id, RoomId::FIRST, seq)
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
        self.want(id, wanted, out);
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
        let Some(peer) = self.peers.get_mut(id) else { return };
        let reset_after = hello.reset_after;
        peer.resume = Some(Box::new(Resume { greeting: reference, reset_after, ..Resume::default() }));
        self.want(id, Wanted::Welcome(hello), out);
    }

    fn want(&mut self, id: PeerId, wanted: Wanted, out: &mut Vec<Output>) {
        if let Some(peer) = self.peers.get_mut(id) {
            peer.stage = Stage::Reading;
            out.push(Output::Read { peer: id, wanted });
        }
    }

    pub(super) fn read(&mut self, id: PeerId, past: Past, out: &mut Vec<Output>) {
        // What was read for a session that has ended meanwhile is not shown to it.
        if self.peers.get(id).is_none_or(|peer| peer.is_leaving) {
            return;
        }
        match past {
            Past::Page { messages, more, seq } => self.show(id, messages, more, seq, out),
            Past::Welcome { user, epoch, rooms, public_url } => {
                let (rooms, histories) = rooms.into_iter().unzip();
                self.welcome(id, Welcome { user, epoch, rooms, public_url, reference: None }, histories, out);
            }
            Past::Further(Some(history)) => {
                let mut behind = self.take_behind(id);
                behind.extend(self.present(id, history));
                self.catch_up(id, behind, out);
            }
            // The room is not for this user any more. Whoever comes back learns which ones are.
            Past::Further(None) => self.close(id, Ending::TooSlow, out),
            Past::SessionOver => self.close(id, Ending::SessionOver, out),
            Past::Failed => self.close(id, Ending::Failed, out),
        }
    }

    /// Shows a contract client a page of the first room, one `message` each.
    fn show(&mut self, id: PeerId, messages: Vec<Message>, more: bool, seq: Seq, out: &mut Vec<Output>) {
        // A replay of several pages ends where the room stood at the first one. What came or changed after that is told
        // live, even if a later page has shown a message in its newer state already.
        let begun = self.peers.get(id).and_then(Peer::replay_end);
        let end = begun.unwrap_or(seq);
        let messages: Vec<Message> = messages.into_iter().filter(|message| message.seq <= end).collect();
        let next = messages.last().map(|message| message.seq).filter(|_| more);
        // From the first page on it has its place in the log, and is sent nothing from there until it has seen the past:
        // however long that takes, and whoever else listens, the log keeps what comes.
        if begun.is_none() && !self.listen(id, RoomId::FIRST, end) {
            return self.begin_replay(id, out);
        }
        let mut frames = BytesMut::new();
        for message in messages {
            // It is no entry here, but part of a page: it stands where it was sent.
            let message = Message { changed: None, ..message };
            frames.extend_from_slice(&(self.encode)(&Event::Message(message)));
        }
        let frames = frames.freeze();
        let is_old = self.peers.get(id).is_none_or(|peer| peer.has_missed_seen);
        if let (Replay::Newest(_), None, None, false, Some(room)) = (
            self.replay,
            begun,
            next,
            is_old,
            self.rooms.get_mut(&RoomId::FIRST).filter(|room| room.log.last() == Some(end)),
        ) {
            room.newest = Some(Newest { frames: frames.clone(), seq: end });
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

    fn welcome(&mut self, id: PeerId, mut welcome: Welcome, histories: Vec<History>, out: &mut Vec<Output>) {
        let Some(peer) = self.peers.get_mut(id) else { return };
        welcome.reference = peer.resume().greeting.take();
        if peer.view == View::Contract {
            peer.view = View::Full;
            out.push(Output::SaysWhatItReads(id));
        }
        self.tell_past(id, &Event::Hello(welcome));
        let behind: Behind = histories.into_iter().filter_map(|history| self.present(id, history)).collect();
        self.catch_up(id, behind, out);
    }

    /// Shows a page. If it is the last one, the client listens from now on; otherwise this tells where to read on.
    fn present(&mut self, id: PeerId, mut history: History) -> Option<(RoomId, Seq)> {
        let (room, seq) = (history.room, history.seq);
        // Not sooner, even if the log reaches back to here: it tells of changes to messages that are still to be shown.
        let is_live = history.live && self.listen(id, room, seq);
        history.live = is_live;
        self.tell_past(id, &Event::History(history));
        (!is_live).then_some((room, seq))
    }

    /// From now on the client hears what happens in the room after this change; false if the log does not reach back so
    /// far.
    fn listen(&mut self, id: PeerId, room: RoomId, after: Seq) -> bool {
        let Some(peer) = self.peers.get_mut(id) else { return false };
        let state = self.rooms.entry(room).or_default();
        let cursor = match state.log.join(after) {
            Joined::At(place) => Cursor { room, place, ahead: None },
            Joined::Ahead => {
                state.ahead += 1;
                Cursor { room, place: state.log.end(), ahead: Some(after) }
            }
            Joined::TooOld => return false,
        };
        peer.cursors.push(cursor);
        peer.put_own_first();
        state.listeners.push(id);
        true
    }

    fn take_behind(&mut self, id: PeerId) -> Behind {
        self.peers.get_mut(id).map(|peer| std::mem::take(&mut peer.resume().behind)).unwrap_or_default()
    }

    fn catch_up(&mut self, id: PeerId, behind: Behind, out: &mut Vec<Output>) {
        if behind.is_empty() {
            return self.go_live(id, None, out);
        }
        if let Some(peer) = self.peers.get_mut(id) {
            peer.resume().behind = behind;
            peer.stage = Stage::CatchingUp;
        }
        self.read_on(id, out);
    }

    /// Asks for the next page once the client has taken the last one, so that the longest absence needs the memory of one.
    pub(super) fn read_on(&mut self, id: PeerId, out: &mut Vec<Output>) {
        let Some(peer) = self.peers.get_mut(id).filter(|peer| peer.own_bytes() == 0 && !peer.is_leaving) else {
            return;
        };
        match peer.stage {
            Stage::Replaying(last) => self.want(id, Wanted::After(last), out),
            Stage::CatchingUp => {
                let resume = peer.resume();
                let reset_after = resume.reset_after;
                if let Some((room, since)) = resume.behind.pop_front() {
                    self.want(id, Wanted::Further { room, since, reset_after }, out);
                }
            }
            Stage::Silent | Stage::Reading | Stage::Live => {}
        }
    }

    fn go_live(&mut self, id: PeerId, shown: Option<Seq>, out: &mut Vec<Output>) {
        let Some(peer) = self.peers.get_mut(id) else { return };
        peer.stage = Stage::Live;
        let (replay_end, next_hello) =
            peer.resume.take().map(|resume| (resume.replay_end, resume.next_hello)).unwrap_or_default();
        if replay_end.is_some() {
            // What has gathered in the room meanwhile goes out behind the last page.
            peer.put_own_first();
            self.mark(id);
        }
        let Some(peer) = self.peers.get_mut(id) else { return };
        if !std::mem::replace(&mut peer.has_appeared, true) {
            out.push(Output::Appear { peer: id, shown });
        }
        if let Some((hello, reference)) = next_hello {
            self.hello(id, hello, reference, out);
        }
    }
}
