//! All connections of this process: who is there, who listens to which room, and who is told what. Everything here is
//! quick and waits for nothing; it is called by connections and, in the order of commits, by the store's writer.

mod admission;
mod telling;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use chatterbox_core::presence::Presence;
use chatterbox_core::receipts::Receipts;
use chatterbox_protocol::events::Event;
use chatterbox_protocol::ids::{RoomId, Seq, SessionId, UserId};
use chatterbox_protocol::messages::Message;
use chatterbox_store::{Store, Stored};
use parking_lot::Mutex;
use tokio::sync::Notify;

pub(crate) use self::admission::Seat;
use super::connection::{Connection, Ending};
use super::frame;

/// Names a connection of this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct ConnectionId(u64);

/// All connections of this process.
#[derive(Debug)]
pub struct Hub {
    store: Store,
    state: Mutex<State>,
    started: Instant,
    presence_changed: Notify,
    receipts_changed: Notify,
    draining: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    next_id: u64,
    connections: HashMap<ConnectionId, Arc<Connection>>,
    rooms: HashMap<RoomId, Room>,
    presence: Presence<ConnectionId>,
    seats: admission::Seats,
}

#[derive(Debug, Default)]
struct Room {
    listeners: HashMap<ConnectionId, Arc<Connection>>,
    receipts: Receipts,
    /// What the authors have been told of the receipts.
    announced: Receipts,
    /// The last message that was published.
    newest: Seq,
    /// Up to where contract clients, which cannot say what they have read, are known to have been shown the room.
    shown: HashMap<UserId, Seq>,
}

impl Hub {
    /// A hub without connections, which knows what has been read. Errors: storage does not answer.
    pub(crate) async fn load(store: Store) -> Result<Arc<Self>, chatterbox_store::Error> {
        let mut room = Room::default();
        for (user, up_to) in store.read_marks(RoomId::FIRST).await? {
            room.receipts.read(user, up_to);
        }
        room.announced = room.receipts;
        let rooms = HashMap::from([(RoomId::FIRST, room)]);
        Ok(Arc::new(Self {
            store,
            state: Mutex::new(State { rooms, ..State::default() }),
            started: Instant::now(),
            presence_changed: Notify::new(),
            receipts_changed: Notify::new(),
            draining: AtomicBool::new(false),
        }))
    }

    /// Adds a connection. It hears nothing of any room until it listens.
    pub(super) fn add(&self, make: impl FnOnce(ConnectionId) -> Connection) -> Arc<Connection> {
        let mut state = self.state.lock();
        state.next_id += 1;
        let id = ConnectionId(state.next_id);
        let connection = Arc::new(make(id));
        state.connections.insert(id, connection.clone());
        drop(state);
        // Whoever comes between the signal to drain and the end of the listener is sent on at once.
        if self.is_draining() {
            connection.end(Ending::Draining);
        }
        connection
    }

    /// Removes a connection that has ended.
    pub(super) fn remove(&self, connection: &Connection) {
        let mut state = self.state.lock();
        state.connections.remove(&connection.id);
        for room in state.rooms.values_mut() {
            room.listeners.remove(&connection.id);
        }
        state.presence.disconnect(connection.id);
        drop(state);
        self.presence_changed.notify_one();
    }

    /// From now on the connection hears what happens in the room. What it has missed is its own to read, afterwards.
    pub(super) fn listen(&self, connection: &Arc<Connection>, room: RoomId) {
        let mut state = self.state.lock();
        state.rooms.entry(room).or_default().listeners.insert(connection.id, connection.clone());
    }

    /// The connection's user is online, and it wants to know who else is.
    pub(super) fn appear(&self, connection: &Connection) {
        self.state.lock().presence.connect(connection.id, &connection.username);
        self.presence_changed.notify_one();
    }

    /// Tells everyone who listens to the room of a change in its log.
    pub(super) fn publish(&self, room: RoomId, seq: Seq, event: &Event) {
        let Some(frame) = encode(event) else { return };
        let mut state = self.state.lock();
        let Some(room_state) = state.rooms.get_mut(&room) else { return };
        if matches!(event, Event::Message(_)) {
            room_state.newest = seq;
            // Only contract clients read without saying so.
            if room_state.listeners.values().any(|connection| !connection.says_what_it_reads()) {
                self.receipts_changed.notify_one();
            }
        }
        for connection in room_state.listeners.values() {
            connection.push(frame.clone(), Some((room, seq)));
        }
    }

    /// Messages as the wire shows them.
    pub(crate) fn describe(&self, stored: Vec<Stored>) -> Vec<Message> {
        let state = self.state.lock();
        stored
            .into_iter()
            .map(|stored| {
                // Nobody has the id 0: what an author without an account wrote is seen by whoever has read it.
                let author = stored.author.unwrap_or_default();
                let seen_up_to = state.rooms.get(&stored.room).map_or(Seq(0), |room| room.receipts.seen_up_to(author));
                Message {
                    id: stored.id,
                    user: stored.username,
                    text: stored.text,
                    time: stored.time,
                    seen: stored.seq <= seen_up_to,
                    room: stored.room,
                    seq: stored.seq,
                    edited: stored.edited,
                    nonce: stored.nonce,
                }
            })
            .collect()
    }

    /// Up to where anyone other than this user has read the room.
    pub(super) fn seen_up_to(&self, room: RoomId, user: UserId) -> Seq {
        self.state.lock().rooms.get(&room).map_or(Seq(0), |room| room.receipts.seen_up_to(user))
    }

    /// Ends the connections of a session that was revoked.
    pub(crate) fn end_session(&self, session: SessionId) {
        for connection in self.state.lock().connections.values() {
            if connection.session == session {
                connection.end(Ending::SessionOver);
            }
        }
    }

    /// Tells all connections to come back later, and waits until each has been answered what it asked, or until the
    /// patience is over. Returns how many were still there.
    pub(crate) async fn drain(&self, patience: Duration) -> usize {
        self.draining.store(true, Ordering::SeqCst);
        for connection in self.state.lock().connections.values() {
            connection.end(Ending::Draining);
        }
        let deadline = Instant::now() + patience;
        loop {
            let left = self.state.lock().connections.len();
            if left == 0 || Instant::now() >= deadline {
                return left;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Whether the server is about to stop.
    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::SeqCst)
    }

    /// Connections that are open now.
    pub(crate) fn connections(&self) -> usize {
        self.state.lock().connections.len()
    }

    fn uptime_ms(&self) -> i64 {
        i64::try_from(self.started.elapsed().as_millis()).unwrap_or(i64::MAX)
    }
}

/// An event as one frame, encoded once for all who get it.
pub(super) fn encode(event: &Event) -> Option<Bytes> {
    match frame::json(event) {
        Ok(frame) => Some(frame),
        Err(error) => {
            tracing::error!(%error, "an event cannot be written as JSON");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use chatterbox_protocol::users::Role;
    use chatterbox_store::Actor;

    use super::*;
    use crate::gateway::connection::View;

    #[test]
    fn z3_what_is_committed_after_the_end_of_a_session_is_not_for_its_connections() {
        let (user, session, username) = (UserId(1), SessionId(1), "ada".to_owned());
        let actor = Actor { session, user, username, role: Role::Member };
        let connection = Connection::new(ConnectionId(1), &actor, View::Contract);
        connection.push(Bytes::from_static(b"before"), Some((RoomId::FIRST, Seq(1))));
        connection.end(Ending::SessionOver);
        connection.push(Bytes::from_static(b"after"), Some((RoomId::FIRST, Seq(2))));
        assert_eq!(connection.next().map(|waiting| waiting.frame), Some(Bytes::from_static(b"before")));
        assert!(connection.next().is_none());
    }
}
