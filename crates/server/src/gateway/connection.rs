//! One connection as others see it: whose it is, how to send to it, and how to end it.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use bytes::Bytes;
use chatterbox_core::outbound::{Outbound, Waiting};
use chatterbox_protocol::commands::Ref;
use chatterbox_protocol::errors::Refusal;
use chatterbox_protocol::events::{Event, Failed};
use chatterbox_protocol::ids::{RoomId, Seq, SessionId};
use chatterbox_store::{Actor, Author};
use parking_lot::Mutex;
use tokio::sync::Notify;

use super::frame::CloseCode;
use super::hub::{ConnectionId, encode};

/// What a connection is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum View {
    /// The first room, in the original program's way, from the start.
    Contract,
    /// What the client's `hello` asks for, and nothing before.
    Full,
}

/// Why a connection is ended by the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ending {
    /// The client asked for it, or is gone. The close frame answers its own.
    Gone(Option<Bytes>),
    /// The session was revoked or has expired.
    SessionOver,
    /// The client owes too much; it is to come back and resume.
    TooSlow,
    /// The client goes on in spite of `rate_limited`.
    TooManyCommands,
    /// The client broke the protocol.
    Violation(CloseCode, String),
    /// The server is about to stop.
    Draining,
    /// The server failed.
    Failed,
}

/// The handle of a connection. Nothing here waits.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) id: ConnectionId,
    pub(super) username: String,
    pub(super) session: SessionId,
    pub(super) author: Author,
    says_what_it_reads: AtomicBool,
    outbound: Mutex<Outbound>,
    /// Wakes the task: there is something to send, or a reason to end.
    wake: Notify,
    ending: OnceLock<Ending>,
    /// Commands that the store has not answered yet.
    in_flight: AtomicUsize,
}

impl Connection {
    /// The handle of a connection that has just begun.
    pub(super) fn new(id: ConnectionId, actor: &Actor, view: View) -> Self {
        Self {
            id,
            username: actor.username.clone(),
            session: actor.session,
            author: actor.author(),
            says_what_it_reads: AtomicBool::new(view == View::Full),
            outbound: Mutex::default(),
            wake: Notify::new(),
            ending: OnceLock::new(),
            in_flight: AtomicUsize::new(0),
        }
    }

    /// Queues a frame. A connection that owes too much is ended instead. One whose session is over gets nothing more:
    /// what is committed after a revocation is never delivered to it (threats.md Z3).
    pub(super) fn push(&self, frame: Bytes, place: Option<(RoomId, Seq)>) {
        if matches!(self.ending.get(), Some(Ending::SessionOver)) {
            return;
        }
        if !self.outbound.lock().push(Waiting { frame, place }) {
            self.end(Ending::TooSlow);
        }
        self.wake.notify_one();
    }

    /// Queues an event for this connection alone.
    pub(super) fn tell(&self, event: &Event) {
        if let Some(frame) = encode(event) {
            self.push(frame, None);
        }
    }

    /// Queues the refusal of a command.
    pub(super) fn refuse(&self, reference: Option<Ref>, refusal: Refusal) {
        self.tell(&Event::Error(Failed::new(reference, refusal)));
    }

    /// Asks the task to end the connection. The first reason counts.
    pub(super) fn end(&self, ending: Ending) {
        let _ = self.ending.set(ending);
        self.wake.notify_one();
    }

    /// A command is on its way to the store.
    pub(super) fn begin(&self) {
        self.in_flight.fetch_add(1, Ordering::SeqCst);
    }

    /// The store has answered a command, and so has the connection.
    pub(super) fn settle(&self) {
        self.in_flight.fetch_sub(1, Ordering::SeqCst);
        self.wake.notify_one();
    }

    /// Whether the client says `read`; a contract client does not.
    pub(super) fn says_what_it_reads(&self) -> bool {
        self.says_what_it_reads.load(Ordering::Relaxed)
    }

    /// From now on the client is shown the full view.
    pub(super) fn has_said_hello(&self) {
        self.says_what_it_reads.store(true, Ordering::Relaxed);
    }

    /// The oldest frame that waits.
    pub(super) fn next(&self) -> Option<Waiting> {
        self.outbound.lock().pop()
    }

    /// Why the connection is to end, if it is.
    pub(super) fn ending(&self) -> Option<Ending> {
        self.ending.get().cloned()
    }

    /// Waits until there is something to send, or a reason to end.
    pub(super) async fn awakes(&self) {
        self.wake.notified().await;
    }

    /// Whether the store still owes answers.
    pub(super) fn is_awaiting_answers(&self) -> bool {
        self.in_flight.load(Ordering::SeqCst) > 0
    }
}
