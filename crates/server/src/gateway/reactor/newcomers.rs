//! Connections that have just come. One reactor accepts for all, each of them then waits for what its newcomers say first:
//! whoever asks for a socket gets one here, and everybody else is left to HTTP.

use std::collections::{HashMap, VecDeque};
use std::io::ErrorKind;
use std::sync::Arc;

use mio::net::TcpListener;
use mio::{Interest, Token};

use super::{Reactor, WAKER};
use crate::gateway::first_request::{NotOpened, open_at_once};
use crate::hub::inbox::{Listening, Mail, ReactorSlot};
use crate::listener::{self, Accepted, HEADER_PATIENCE, Next, SpeaksHttp};

pub(super) const LISTENER: Token = Token(WAKER.0 + 1);

/// Tokens of newcomers lie below those of connections, whose upper half is never zero: see [`slotmap::KeyData::as_ffi`].
const TOKENS: std::ops::Range<usize> = LISTENER.0 + 1..1 << 32;

/// Connections that are accepted, and newcomers who are heard, before the others have their turn.
const NEWCOMERS_PER_ROUND: usize = 64;

/// The pause after a failed accept, in milliseconds. Without file descriptors it fails again at once, and would take a whole
/// core.
const ACCEPT_PAUSE_MS: i64 = 100;

/// The pause while many of those who were sent away have not gone yet, in milliseconds: their reactors are busy.
const LEAVING_PAUSE_MS: i64 = 10;

/// Who has come and said nothing yet.
#[derive(Default)]
pub(super) struct Newcomers {
    /// At one of the reactors, while the server listens.
    listener: Option<TcpListener>,
    /// Whether the kernel may have connections that were not accepted.
    is_ready: bool,
    /// When accepting is tried again after it has failed.
    closed_until_ms: i64,
    /// Takes over whoever does not ask for a socket. None while the server does not listen.
    http_connections: Option<Arc<dyn SpeaksHttp>>,
    waiting: HashMap<Token, Newcomer>,
    /// Those of them who have said something, or have gone.
    spoken: VecDeque<Token>,
    next_token: usize,
}

struct Newcomer {
    connection: Accepted,
    slot: ReactorSlot,
    until_ms: i64,
}

impl Newcomers {
    /// When something has to be done although nothing happens, in milliseconds.
    pub(super) fn due_ms(&self) -> Option<i64> {
        if !self.spoken.is_empty() {
            return Some(0);
        }
        (self.is_ready && self.listener.is_some()).then_some(self.closed_until_ms)
    }

    pub(super) fn count(&self) -> usize {
        self.waiting.len()
    }

    /// Forgets whoever waits; whoever comes is let in as before.
    pub(super) fn abandon(&mut self) {
        self.waiting.clear();
        self.spoken.clear();
        self.is_ready = self.listener.is_some();
    }

    /// Somebody has to go for another one. Who has spoken meanwhile is no newcomer any more, and is told there.
    pub(super) fn leave(&mut self, token: Token) {
        self.waiting.remove(&token);
    }

    pub(super) fn is_ready(&mut self) {
        self.is_ready = true;
    }

    pub(super) fn has_spoken(&mut self, token: Token) {
        self.spoken.push_back(token);
    }

    fn next_token(&mut self) -> Token {
        self.next_token = if TOKENS.contains(&self.next_token) { self.next_token } else { TOKENS.start };
        self.next_token += 1;
        Token(self.next_token - 1)
    }
}

impl Reactor {
    pub(super) fn listen(&mut self, listening: Listening) {
        let Listening { listener, http_connections } = listening;
        self.newcomers.http_connections = Some(http_connections);
        let Some(mut listener) = listener else { return };
        if let Err(error) = self.poll.registry().register(&mut listener, LISTENER, Interest::READABLE) {
            tracing::error!(%error, "the listener cannot be watched");
            return;
        }
        self.newcomers.listener = Some(listener);
        self.newcomers.is_ready = true;
    }

    /// Nobody is accepted any more. Whoever has asked for something is answered, and nobody waited for who has not.
    pub(super) fn stop_listening(&mut self) {
        let has_asked = |newcomer: &Newcomer| newcomer.connection.stream.peek(&mut [0]).is_ok_and(|there| there > 0);
        let newcomers = &mut self.newcomers;
        let asked = newcomers.waiting.iter().filter(|(_, newcomer)| has_asked(newcomer)).map(|(token, _)| *token);
        for token in asked.collect::<Vec<_>>() {
            self.hear_newcomer(token);
        }
        self.newcomers = Newcomers::default();
    }

    /// Accepts whoever has come, and shares them out among the reactors.
    pub(super) fn let_in(&mut self) {
        for _ in 0..NEWCOMERS_PER_ROUND {
            let newcomers = &mut self.newcomers;
            let Some(listener) = &newcomers.listener else { return };
            if !newcomers.is_ready || newcomers.closed_until_ms > self.now_ms {
                return;
            }
            if self.app.descriptors.must_wait() {
                newcomers.closed_until_ms = self.now_ms + LEAVING_PAUSE_MS;
                return;
            }
            match listener::accept(listener, &self.app.config, &self.app.descriptors) {
                Ok(Next::Accepted(accepted)) => {
                    if let Some((own, slot)) = self.app.hub.share_out(accepted, &self.inbox) {
                        self.welcome(own, slot);
                    }
                }
                Ok(Next::Denied(stream, denial)) => {
                    listener::dismiss(stream, self.app.last_words.on(denial));
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => newcomers.is_ready = false,
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    newcomers.closed_until_ms = self.now_ms + ACCEPT_PAUSE_MS;
                }
            }
        }
    }

    /// Opens a socket for a newcomer, or leaves it to HTTP. Most have asked for something by the time that they are accepted; who
    /// has not is waited for.
    pub(super) fn welcome(&mut self, connection: Accepted, slot: ReactorSlot) {
        if self.newcomers.http_connections.is_none() {
            return;
        }
        match open_at_once(&self.app, connection) {
            Ok(arrival) => self.arrive(arrival, slot),
            Err(NotOpened::ForHttp(connection)) => self.leave_to_http(connection),
            Err(NotOpened::Silent(connection)) => self.wait_for(connection, slot),
        }
    }

    fn wait_for(&mut self, mut connection: Accepted, slot: ReactorSlot) {
        let token = self.newcomers.next_token();
        match self.poll.registry().register(&mut connection.stream, token, Interest::READABLE) {
            Ok(()) => {
                let patience_ms = i64::try_from(HEADER_PATIENCE.as_millis()).unwrap_or(i64::MAX);
                let until_ms = self.now_ms + patience_ms;
                let inbox = self.inbox.clone();
                connection.descriptor.waits(move || inbox.post(Mail::Leave(token)));
                self.newcomers.waiting.insert(token, Newcomer { connection, slot, until_ms });
            }
            Err(error) => tracing::warn!(%error, "a connection cannot be watched"),
        }
    }

    /// Opens sockets for newcomers who have asked for one, and leaves the others to HTTP.
    pub(super) fn hear_newcomers(&mut self) {
        for _ in 0..NEWCOMERS_PER_ROUND {
            let Some(token) = self.newcomers.spoken.pop_front() else { return };
            self.hear_newcomer(token);
        }
    }

    fn hear_newcomer(&mut self, token: Token) {
        let Some(Newcomer { mut connection, slot, .. }) = self.newcomers.waiting.remove(&token) else { return };
        if let Err(error) = self.poll.registry().deregister(&mut connection.stream) {
            tracing::warn!(%error, "a connection cannot be handed over");
            return;
        }
        match open_at_once(&self.app, connection) {
            Ok(arrival) => self.arrive(arrival, slot),
            // It has been waited for: who is silent has gone, and HTTP finds that out.
            Err(NotOpened::ForHttp(connection) | NotOpened::Silent(connection)) => self.leave_to_http(connection),
        }
    }

    fn leave_to_http(&self, connection: Accepted) {
        if let Some(http_connections) = &self.newcomers.http_connections {
            http_connections.begin(connection);
        }
    }

    pub(super) fn look_after_newcomers(&mut self) {
        let now_ms = self.now_ms;
        self.newcomers.waiting.retain(|_, newcomer| newcomer.until_ms > now_ms);
    }
}

/// Whether this is the token of a newcomer.
pub(super) fn is_newcomer(token: Token) -> bool {
    TOKENS.contains(&token.0)
}
