//! What is told with a delay, so that it is told once for many changes: who is online, and what has been seen.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chatterbox_protocol::events::{Event, Seen};
use chatterbox_protocol::ids::{RoomId, Seq, UserId};
use chatterbox_store::Author;

use super::{Hub, encode};

/// The least time between two rounds of `seen` events.
const SEEN_INTERVAL: Duration = Duration::from_secs(1);

/// The least time between two looks at who is to be told who is online, so that a storm of connects is one round.
const PRESENCE_INTERVAL: Duration = Duration::from_millis(20);

impl Hub {
    /// Tells connections who is online, for as long as the process lives.
    pub(crate) async fn tell_presence(self: Arc<Self>) {
        loop {
            let next = self.tell_users_now();
            let wait = next.map(|due_ms| Duration::from_millis(u64::try_from(due_ms - self.uptime_ms()).unwrap_or(0)));
            tokio::select! {
                () = self.presence_changed.notified() => {}
                () = tokio::time::sleep(wait.unwrap_or(Duration::MAX)), if wait.is_some() => {}
            }
            tokio::time::sleep(PRESENCE_INTERVAL).await;
        }
    }

    /// Tells whoever is due, and returns when the next one will be.
    fn tell_users_now(&self) -> Option<i64> {
        let mut state = self.state.lock();
        let due = state.presence.due(self.uptime_ms());
        if !due.is_empty() {
            let frame = encode(&Event::Users { users: state.presence.users() })?;
            for id in due {
                if let Some(connection) = state.connections.get(&id) {
                    connection.push(frame.clone(), None);
                }
            }
        }
        state.presence.next_due_ms()
    }

    /// Tells authors what has been seen, for as long as the process lives.
    pub(crate) async fn tell_receipts(self: Arc<Self>) {
        loop {
            self.receipts_changed.notified().await;
            self.store_what_contract_clients_read();
            self.tell_seen_now();
            tokio::time::sleep(SEEN_INTERVAL).await;
        }
    }

    /// A user has read a room up to here, and it is stored.
    pub(in crate::gateway) fn has_read(&self, room: RoomId, user: UserId, up_to: Seq) {
        let mut state = self.state.lock();
        if state.rooms.entry(room).or_default().receipts.read(user, up_to) {
            self.receipts_changed.notify_one();
        }
    }

    /// What a contract client is shown counts as read: it has no way to say so.
    pub(in crate::gateway) fn has_been_shown(&self, room: RoomId, up_to: Seq) {
        let mut state = self.state.lock();
        let newest = &mut state.rooms.entry(room).or_default().newest;
        *newest = (*newest).max(up_to);
        self.receipts_changed.notify_one();
    }

    fn store_what_contract_clients_read(self: &Arc<Self>) {
        let mut marks = Vec::new();
        for (id, room) in &mut self.state.lock().rooms {
            let mut readers = HashMap::new();
            for connection in room.listeners.values().filter(|connection| !connection.says_what_it_reads()) {
                if room.shown.get(&connection.author.user).is_none_or(|shown| *shown < room.newest) {
                    readers.insert(connection.author.user, connection.author);
                }
            }
            for (user, author) in readers {
                room.shown.insert(user, room.newest);
                marks.push((*id, author, room.newest));
            }
        }
        for (room, author, up_to) in marks.into_iter().filter(|(_, _, up_to)| *up_to > Seq(0)) {
            self.store_mark(room, author, up_to, |_| {});
        }
    }

    /// Stores a reading mark, then tells whom it concerns. `done` learns what came of it.
    pub(in crate::gateway) fn store_mark(
        self: &Arc<Self>,
        room: RoomId,
        author: Author,
        up_to: Seq,
        done: impl FnOnce(&chatterbox_store::Outcome<chatterbox_store::Marked>) + Send + 'static,
    ) {
        let hub = self.clone();
        self.store.mark_read(author, room, up_to, move |outcome| {
            if let Ok(Ok(marked)) = &outcome {
                hub.has_read(room, author.user, marked.up_to);
            }
            done(&outcome);
        });
    }

    fn tell_seen_now(&self) {
        for (id, room) in &mut self.state.lock().rooms {
            let (before, now) = (room.announced, room.receipts);
            room.announced = now;
            if before == now {
                continue;
            }
            // At most two different frames: one for the furthest reader, one for everybody else.
            let mut frames = HashMap::new();
            for connection in room.listeners.values() {
                let up_to = now.seen_up_to(connection.author.user);
                if up_to > before.seen_up_to(connection.author.user) {
                    let frame = frames.entry(up_to).or_insert_with(|| encode(&Event::Seen(Seen { room: *id, up_to })));
                    if let Some(frame) = frame {
                        connection.push(frame.clone(), None);
                    }
                }
            }
        }
    }
}
