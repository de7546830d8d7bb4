//! What the store answers to those who arrive and return: as `crates/store/src/sqlite/questions/` does.

use chatterbox_core::logs::{Latest, LogId, all_since};
use chatterbox_core::shard::{LogPage, Past, Replay, Wanted, WantedPage};
use chatterbox_protocol::events::{Event, History, Me};
use chatterbox_protocol::ids::{MessageId, RoomId, Seq, SessionId, UserId};
use chatterbox_protocol::limits::PAGE_BYTES;
use chatterbox_protocol::logs::States;
use chatterbox_protocol::messages::Message;
use chatterbox_protocol::rooms::Room;
use chatterbox_protocol::users::Role;

use super::Store;

/// How long pages are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pages {
    pub(crate) resume: usize,
    pub(crate) history: usize,
    pub(crate) replay: usize,
}

impl Store {
    /// What a client wants to read, in one snapshot with a look at its session.
    pub(crate) fn read(&self, by: (UserId, SessionId), wanted: &Wanted, pages: Pages) -> Past {
        let (user, session) = by;
        if self.sessions.get(&session) != Some(&user) {
            return Past::SessionOver;
        }
        match wanted {
            Wanted::Newest(count) => {
                let (newest, _) = self.newest(RoomId::FIRST, *count);
                let place = newest.first().map_or(self.seq(RoomId::FIRST).0, |message| message.seq.0 - 1);
                self.page(Seq(place), pages)
            }
            Wanted::After(place) => self.page(*place, pages),
            Wanted::Welcome { epoch, first } => self.welcome(user, epoch.as_deref(), *first, pages),
            Wanted::Page(wanted) => Past::Page(self.page_of(user, *wanted, pages)),
        }
    }

    fn page_of(&self, user: UserId, wanted: WantedPage, pages: Pages) -> Option<LogPage> {
        let WantedPage { log, since, reset_after } = wanted;
        match log {
            LogId::Room(room) => {
                let is_seen = self.may_see(room, user);
                is_seen.then(|| LogPage::Room(self.catch_up(room, Some(since), reset_after, pages)))
            }
            LogId::Own(_) | LogId::House => {
                let reset = since == Seq(0) || since > self.last(log);
                let since = if reset { Seq(0) } else { since };
                let mut states = self.states_since(log, since);
                let live = states.len() <= pages.resume;
                states.truncate(pages.resume);
                let seq = states.last().map_or(since, |entry| entry.seq);
                let seq = if live { self.last(log) } else { seq };
                Some(LogPage::States(States { house: log == LogId::House, reset, states, seq, live }))
            }
        }
    }

    fn page(&self, place: Seq, pages: Pages) -> Past {
        let all = self.messages_from(RoomId::FIRST, Seq(place.0 + 1));
        let mut messages: Vec<Message> = all.take(pages.replay + 1).map(|stored| stored.message.clone()).collect();
        let more = messages.len() > pages.replay;
        messages.truncate(pages.replay);
        Past::Replayed { messages, more, seq: self.seq(RoomId::FIRST) }
    }

    /// The place from which on a contract client is shown everything.
    pub(crate) fn replay_floor(&self, replay: Replay) -> Seq {
        match replay {
            Replay::All => Seq(0),
            Replay::Newest(count) => match self.newest(RoomId::FIRST, count) {
                (messages, true) => messages.first().map_or(Seq(0), |message| message.seq),
                (_, false) => Seq(0),
            },
        }
    }

    fn newest(&self, room: RoomId, limit: usize) -> (Vec<Message>, bool) {
        let mut messages: Vec<Message> =
            self.messages_from(room, Seq(0)).map(|stored| stored.message.clone()).collect();
        let older = messages.len().saturating_sub(limit);
        (messages.split_off(older), older > 0)
    }

    fn welcome(&self, user: UserId, known: Option<&str>, first: WantedPage, pages: Pages) -> Past {
        let epoch = self.epoch.0.to_string();
        let is_same_epoch = known.is_none_or(|theirs| theirs == epoch);
        let first = if is_same_epoch { first } else { WantedPage { since: Seq(0), ..first } };
        let page = self.page_of(user, first, pages);
        let of = |room: RoomId| Room {
            id: room,
            name: format!("Room {room}"),
            seq: self.seq(room),
            read_up_to: self.marks.get(&(room, user)).copied().unwrap_or_default(),
            seen_up_to: self.receipts(room).seen_up_to(user),
            ..Room::default()
        };
        let rooms = self.rooms.keys().filter(|room| self.has(**room, user)).map(|room| of(*room)).collect();
        let user = Me { id: user, username: Self::username(user), role: Role::Member };
        Past::Welcome { user, epoch, rooms, page, public_url: None }
    }

    fn catch_up(&self, room: RoomId, known: Option<Seq>, reset_after: Option<u64>, pages: Pages) -> History {
        let known = known.filter(|known| *known > Seq(0));
        if let Some(history) = known.and_then(|known| self.changes_since(room, known, reset_after, pages)) {
            return history;
        }
        let (messages, more) = self.newest(room, pages.history);
        History {
            room,
            reset: true,
            more,
            messages,
            deleted: Vec::new(),
            states: self.things_of_room(room, Seq(0)),
            seq: self.seq(room),
            live: true,
        }
    }

    fn changes_since(&self, room: RoomId, since: Seq, reset_after: Option<u64>, pages: Pages) -> Option<History> {
        let missed = self.seq(room).0.checked_sub(since.0)?;
        if reset_after.is_some_and(|reset_after| missed > reset_after) {
            return None;
        }
        let (messages, deleted) = (Vec::new(), Vec::new());
        let mut history =
            History { room, reset: false, more: false, messages, deleted, states: Vec::new(), seq: since, live: true };
        let (mut count, mut bytes) = (0, 0);
        for latest in self.changed_since(room, since) {
            bytes += latest.text_bytes();
            if count == pages.resume || (count > 0 && bytes > PAGE_BYTES) {
                history.live = false;
                break;
            }
            count += 1;
            history.seq = latest.seq();
            match latest {
                Latest::Gone { id, .. } => history.deleted.push(id),
                Latest::Message(stored) => history.messages.push(self.messages[&stored.id].message.clone()),
                Latest::State(entry) => history.states.push(entry),
            }
        }
        if history.live {
            history.seq = self.seq(room);
        }
        history.messages.sort_unstable_by_key(|message| message.seq);
        history.deleted.sort_unstable();
        Some(history)
    }

    /// What fills a gap in a log, and up to where.
    pub(crate) fn fill(&self, log: LogId, since: Seq) -> (Vec<(Seq, Event)>, Seq) {
        let changed = match log {
            LogId::Room(room) => self.changed_since(room, since),
            LogId::Own(_) | LogId::House => self.states_since(log, since).into_iter().map(Latest::State).collect(),
        };
        (all_since(since, changed), self.last(log))
    }

    /// The latest of everything in a room's log behind a place, by the numbers.
    fn changed_since(&self, room: RoomId, since: Seq) -> Vec<Latest> {
        let newest = |((_, seq), id): (&(RoomId, Seq), &MessageId)| {
            let stored = &self.messages[id];
            match self.facts.messages.rows.get(id).flatten().filter(|_| !stored.is_deleted) {
                Some(fact) => Latest::Message(fact.named(*id, Self::username(stored.author))),
                None => Latest::Gone { id: *id, room, seq: *seq },
            }
        };
        let changes = self.by_change.range((room, Seq(since.0 + 1))..=(room, Seq(u64::MAX))).map(newest);
        let members = self.things_of_room(room, since).into_iter().map(Latest::State);
        let mut changed: Vec<Latest> = changes.chain(members).collect();
        changed.sort_by_key(Latest::seq);
        changed
    }
}
