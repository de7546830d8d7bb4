//! What all connections of this process have in common: the reactors that own them, who is online, what has been read.
//! Everything here is quick and waits for nothing; it is called by the reactors and, in the order of commits, by the
//! store's writer.

mod admission;
mod load;
mod presence;
mod receipts;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use chatterbox_core::shard::Input;
use chatterbox_protocol::events::Event;
use chatterbox_protocol::ids::{RoomId, Seq, SessionId};
use chatterbox_store::Store;
use mio::net::TcpListener;
use parking_lot::Mutex;

pub(crate) use self::admission::Seat;
pub(super) use self::presence::Appearance;
pub(super) use self::receipts::{SilentReader, message};
use super::frame;
use super::inbox::{Inbox, Listening, Mail};
use super::open::Arrival;
use crate::http::Conversations;
use crate::listener::Accepted;

/// What all connections of this process have in common.
#[derive(Debug)]
pub struct Hub {
    store: Store,
    /// One for each reactor.
    inboxes: Vec<Arc<Inbox>>,
    next_reactor: AtomicUsize,
    seats: Mutex<admission::Seats>,
    presence: presence::Online,
    receipts: receipts::Readers,
    draining: AtomicBool,
}

impl Hub {
    /// The hub of these reactors, which knows what has been read. Errors: storage does not answer.
    pub(super) async fn load(store: Store, inboxes: Vec<Arc<Inbox>>) -> Result<Arc<Self>, chatterbox_store::Error> {
        let receipts = receipts::Readers::load(&store).await?;
        // All answers and events of a commit, and then one call for each thread that they concern.
        let woken = inboxes.clone();
        store.after_each_commit(move || woken.iter().for_each(|inbox| inbox.wake()));
        Ok(Arc::new(Self {
            store,
            inboxes,
            next_reactor: AtomicUsize::new(0),
            seats: Mutex::default(),
            presence: presence::Online::new(),
            receipts,
            draining: AtomicBool::new(false),
        }))
    }

    /// Has the reactors accept connections, the first of them for all.
    pub(crate) fn listen(&self, listener: std::net::TcpListener, conversations: &Conversations) {
        let mut listener = Some(TcpListener::from_std(listener));
        for inbox in &self.inboxes {
            let listening = Listening { listener: listener.take(), conversations: conversations.clone() };
            inbox.post(Mail::Listen(Box::new(listening)));
        }
    }

    /// Has the reactors accept no more.
    pub(crate) fn stop_listening(&self) {
        self.inboxes.iter().for_each(|inbox| inbox.post(Mail::StopListening));
    }

    /// Gives a connection to the reactor whose turn it is; back to the one that accepted it if that is the one.
    pub(super) fn share_out(&self, accepted: Accepted, own: usize) -> Option<Accepted> {
        let turn = self.next_turn();
        if turn == own {
            return Some(accepted);
        }
        self.inboxes[turn].post(Mail::Came(Box::new(accepted)));
        None
    }

    /// Hands a socket to one of the reactors, each in its turn.
    pub(super) fn take_in(&self, arrival: Arrival) {
        self.inboxes[self.next_turn()].post(Mail::Arrived(Box::new(arrival)));
    }

    fn next_turn(&self) -> usize {
        self.next_reactor.fetch_add(1, Ordering::Relaxed) % self.inboxes.len()
    }

    /// Tells every reactor of a change in a room's log. To be called by the store's writer alone, in the order of commits.
    pub(super) fn publish(&self, room: RoomId, seq: Seq, event: &Event) {
        let Some(frame) = encode(event) else { return };
        if matches!(event, Event::Message(_)) {
            self.receipts.has_grown(room, seq);
        }
        for inbox in &self.inboxes {
            inbox.put(Mail::Input(Input::Published { room, seq, frame: frame.clone() }));
        }
    }

    /// Ends the connections of a session that was revoked.
    pub(crate) fn end_session(&self, session: SessionId) {
        self.tell_all(&Input::SessionOver(session));
    }

    fn tell_all(&self, input: &Input) {
        for inbox in &self.inboxes {
            inbox.post(Mail::Input(input.clone()));
        }
    }

    /// Tells all connections to come back later, and waits until each has been answered what it asked, or until the
    /// patience is over. Returns how many were still there.
    pub(crate) async fn drain(&self, patience: Duration) -> usize {
        self.draining.store(true, Ordering::SeqCst);
        self.tell_all(&Input::Drain);
        let deadline = Instant::now() + patience;
        loop {
            let left = self.connections();
            if left == 0 || Instant::now() >= deadline {
                return left;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Ends the reactors.
    pub(crate) fn stop(&self) {
        for inbox in &self.inboxes {
            inbox.post(Mail::Stop);
        }
    }

    /// Makes every reactor panic.
    #[cfg(test)]
    pub(super) fn break_reactors(&self) {
        self.inboxes.iter().for_each(|inbox| inbox.post(Mail::Defect));
    }

    /// Whether the server is about to stop.
    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::SeqCst)
    }

    /// Connections that are open now.
    pub(crate) fn connections(&self) -> usize {
        self.seats.lock().taken()
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
