//! What has been read, by whom, and telling authors of it: with a delay, so that it is told once for many marks.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chatterbox_core::changes::{Author, MarkRead};
use chatterbox_core::messages::Stored;
use chatterbox_core::receipts::Receipts;
use chatterbox_core::shard::Input;
use chatterbox_protocol::events::{Event, Seen};
use chatterbox_protocol::ids::{RoomId, Seq, UserId};
use chatterbox_protocol::messages::Message;
use chatterbox_store::{FurthestMarks, House, Outcome, Store};
use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::events::encode;

/// The least time between two rounds of `seen` events.
const SEEN_INTERVAL: Duration = Duration::from_secs(1);

/// What has been read.
#[derive(Debug)]
pub(crate) struct HubReceipts {
    store: Store,
    state: Mutex<ReceiptsState>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct ReceiptsState {
    rooms: HashMap<RoomId, RoomReceipts>,
    silent: HashMap<UserId, Silent>,
}

#[derive(Debug, Default)]
struct RoomReceipts {
    receipts: Receipts,
    /// What the authors have been told of the receipts.
    announced: Receipts,
    /// The last message of the first room that contract clients are shown.
    newest: Seq,
    /// Whether the store was asked.
    is_known: bool,
}

/// A user with contract clients, which cannot say what they have read: what they are shown counts.
#[derive(Debug)]
struct Silent {
    /// As whom each connection reads, the newest last: its session is likely to live longest.
    authors: Vec<Author>,
    /// Up to where that is stored.
    stored: Seq,
}

/// A connection that reads without saying so; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct SilentReader {
    readers: Arc<HubReceipts>,
    author: Author,
}

impl HubReceipts {
    pub(super) async fn load(store: Store) -> Result<Self, chatterbox_store::Error> {
        let receipts = Self { store, state: Mutex::default(), changed: Notify::new() };
        receipts.know(RoomId::FIRST).await?;
        Ok(receipts)
    }

    /// There is a message more in a room.
    pub(super) fn has_grown(&self, room: RoomId, seq: Seq) {
        let mut state = self.state.lock();
        let Some(found) = state.rooms.get_mut(&room) else { return };
        found.newest = found.newest.max(seq);
        if room == RoomId::FIRST && !state.silent.is_empty() {
            self.changed.notify_one();
        }
    }

    /// A contract client has been shown the first room up to here, and is shown what comes.
    pub(crate) fn reads_silently(self: &Arc<Self>, author: Author, up_to: Seq) -> SilentReader {
        let mut state = self.state.lock();
        let newest = &mut state.rooms.entry(RoomId::FIRST).or_default().newest;
        *newest = (*newest).max(up_to);
        let silent = state.silent.entry(author.user).or_insert(Silent { authors: Vec::new(), stored: Seq(0) });
        silent.authors.push(author);
        self.changed.notify_one();
        SilentReader { readers: self.clone(), author }
    }

    /// Tells `all` what has been seen, for as long as the process lives.
    pub(super) async fn tell(self: &Arc<Self>, all: impl Fn(&Input)) {
        loop {
            self.changed.notified().await;
            self.store_what_is_read_silently();
            self.take_news().iter().for_each(&all);
            tokio::time::sleep(SEEN_INTERVAL).await;
        }
    }

    /// How many users read without saying so.
    pub(super) fn silent(&self) -> usize {
        self.state.lock().silent.len()
    }

    fn store_what_is_read_silently(self: &Arc<Self>) {
        let mut state = self.state.lock();
        let newest = state.rooms.get(&RoomId::FIRST).map_or(Seq(0), |room| room.newest);
        let mut authors = Vec::new();
        for silent in state.silent.values_mut().filter(|silent| silent.stored < newest) {
            let before = std::mem::replace(&mut silent.stored, newest);
            authors.extend(silent.authors.last().map(|author| (*author, before)));
        }
        drop(state);
        for (by, before) in authors {
            let readers = self.clone();
            let done = move |outcome: Outcome<Seq>| {
                if outcome.is_err() {
                    readers.reads_again(by.user, before);
                }
            };
            if self.store.submit(MarkRead { by, room: RoomId::FIRST, up_to: newest }, done).is_err() {
                self.reads_again(by.user, before);
            }
        }
    }

    /// The store could not take what a user has read: it is stored in the next round.
    fn reads_again(&self, user: UserId, stored: Seq) {
        if let Some(silent) = self.state.lock().silent.get_mut(&user) {
            silent.stored = stored;
            self.changed.notify_one();
        }
    }

    /// A user has read a room up to here, and that is stored. Where nobody follows the room, nobody need know.
    pub(super) fn read(&self, room: RoomId, user: UserId, up_to: Seq) {
        if self.state.lock().rooms.get_mut(&room).is_some_and(|room| room.receipts.read(user, up_to)) {
            self.changed.notify_one();
        }
    }

    /// Knows from now on what has been read in a room, until it is [forgotten](Self::forget). Errors: storage does not
    /// answer.
    pub(crate) async fn know(&self, room: RoomId) -> Result<(), chatterbox_store::Error> {
        // From here on it is told what is read, so that nothing is missed while the store is asked.
        if self.state.lock().rooms.entry(room).or_default().is_known {
            return Ok(());
        }
        let marks = self.store.ask(House, FurthestMarks { room }).await?.unwrap_or_default();
        if let Some(room) = self.state.lock().rooms.get_mut(&room) {
            for (user, up_to) in marks {
                room.receipts.read(user, up_to);
            }
            if !std::mem::replace(&mut room.is_known, true) {
                room.announced = room.receipts;
            }
        }
        Ok(())
    }

    /// Nobody follows the room any more. The first one is always known.
    pub(crate) fn forget(&self, room: RoomId) {
        if room != RoomId::FIRST {
            self.state.lock().rooms.remove(&room);
        }
    }

    /// What authors have not been told yet, and are told by whoever takes it.
    fn take_news(&self) -> Vec<Input> {
        let mut news = Vec::new();
        for (id, room) in &mut self.state.lock().rooms {
            let (before, now) = (std::mem::replace(&mut room.announced, room.receipts), room.receipts);
            if before != now {
                news.push(seen_by(*id, before, now));
            }
        }
        news
    }

    /// Messages as the wire shows them.
    pub(crate) fn describe(&self, stored: Vec<Stored>) -> Vec<Message> {
        let state = self.state.lock();
        let seen_up_to = |stored: &Stored| {
            // Nobody has the id 0: what an author without an account wrote is seen by whoever has read it.
            let author = stored.author.unwrap_or_default();
            state.rooms.get(&stored.room).map_or(Seq(0), |room| room.receipts.seen_up_to(author))
        };
        let describe = |stored: Stored| {
            let seen = stored.seq <= seen_up_to(&stored);
            stored.shown(seen)
        };
        stored.into_iter().map(describe).collect()
    }

    /// Up to where anyone other than this user has read the room.
    pub(crate) fn seen_up_to(&self, room: RoomId, user: UserId) -> Seq {
        let state = self.state.lock();
        state.rooms.get(&room).map_or(Seq(0), |room| room.receipts.seen_up_to(user))
    }
}

/// What to tell of new receipts: at most two different events, one for the furthest reader, one for everybody else.
fn seen_by(room: RoomId, before: Receipts, now: Receipts) -> Input {
    let told = |user: UserId| -> Option<Bytes> {
        let up_to = now.seen_up_to(user);
        let is_news = up_to > before.seen_up_to(user);
        if is_news { encode(&Event::Seen(Seen { room, up_to })) } else { None }
    };
    let furthest = now.furthest().map(|user| (user, told(user)));
    // Nobody has the id 0: it stands for whoever has not read furthest.
    Input::Seen { room, everybody: told(UserId::default()), furthest }
}

impl Drop for SilentReader {
    fn drop(&mut self) {
        let mut state = self.readers.state.lock();
        let Some(silent) = state.silent.get_mut(&self.author.user) else { return };
        if let Some(at) = silent.authors.iter().position(|author| *author == self.author) {
            silent.authors.remove(at);
        }
        if silent.authors.is_empty() {
            state.silent.remove(&self.author.user);
        }
    }
}
