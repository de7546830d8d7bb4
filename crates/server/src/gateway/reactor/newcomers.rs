//! Connections that have just come. One reactor accepts for all, each of them then waits for what its newcomers say first:
//! whoever asks for a socket gets one here, and everybody else is left to HTTP.

use std::io::ErrorKind;

use mio::net::TcpListener;
use mio::{Interest, Token};

use super::{Reactor, WAKER};
use crate::gateway::first_request::open_at_once;
use crate::gateway::inbox::Listening;
use crate::http::{Conversations, HEADER_PATIENCE};
use crate::listener::{self, Accepted};

pub(super) const LISTENER: Token = Token(WAKER.0 + 1);

/// Tokens of newcomers lie below those of connections, whose upper half is never zero: see [`slotmap::KeyData::as_ffi`].
const TOKENS: std::ops::Range<usize> = LISTENER.0 + 1..1 << 32;

/// Connections that are accepted before the others have their turn.
const ACCEPTS_PER_ROUND: usize = 64;

/// The pause after a failed accept, in milliseconds. Without file descriptors it fails again at once, and would take a whole
/// core.
const ACCEPT_PAUSE_MS: i64 = 100;

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
    conversations: Option<Conversations>,
    waiting: std::collections::HashMap<Token, (Accepted, i64)>,
    next_token: usize,
}

impl Newcomers {
    /// When something has to be done although nothing happens, in milliseconds.
    pub(super) fn due_ms(&self) -> Option<i64> {
        self.is_ready.then_some(self.closed_until_ms)
    }

    pub(super) fn count(&self) -> usize {
        self.waiting.len()
    }

    /// Forgets whoever waits; whoever comes is let in as before.
    pub(super) fn abandon(&mut self) {
        self.waiting.clear();
        self.is_ready = self.listener.is_some();
    }

    pub(super) fn is_ready(&mut self) {
        self.is_ready = true;
    }

    fn next_token(&mut self) -> Token {
        self.next_token = if TOKENS.contains(&self.next_token) { self.next_token } else { TOKENS.start };
        self.next_token += 1;
        Token(self.next_token - 1)
    }
}

impl Reactor {
    pub(super) fn listen(&mut self, listening: Listening) {
        let Listening { listener, conversations } = listening;
        self.newcomers.conversations = Some(conversations);
        let Some(mut listener) = listener else { return };
        if let Err(error) = self.poll.registry().register(&mut listener, LISTENER, Interest::READABLE) {
            tracing::error!(%error, "the listener cannot be watched");
            return;
        }
        self.newcomers.listener = Some(listener);
        self.newcomers.is_ready = true;
    }

    /// Nobody is accepted any more, and nobody waited for who has said nothing yet.
    pub(super) fn stop_listening(&mut self) {
        self.newcomers = Newcomers::default();
    }

    /// Accepts whoever has come, and shares them out among the reactors.
    pub(super) fn let_in(&mut self) {
        for _ in 0..ACCEPTS_PER_ROUND {
            let newcomers = &mut self.newcomers;
            let Some(listener) = &newcomers.listener else { return };
            if !newcomers.is_ready || newcomers.closed_until_ms > self.now_ms {
                return;
            }
            match listener::accept(listener, &self.app.descriptors) {
                Ok(Some(accepted)) => {
                    if let Some(own) = self.app.hub.share_out(accepted, self.number) {
                        self.wait_for(own);
                    }
                }
                Ok(None) => newcomers.closed_until_ms = self.now_ms + ACCEPT_PAUSE_MS,
                Err(error) if error.kind() == ErrorKind::WouldBlock => newcomers.is_ready = false,
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    newcomers.closed_until_ms = self.now_ms + ACCEPT_PAUSE_MS;
                }
            }
        }
    }

    /// Waits for what a newcomer says.
    pub(super) fn wait_for(&mut self, mut newcomer: Accepted) {
        let token = self.newcomers.next_token();
        match self.poll.registry().register(&mut newcomer.stream, token, Interest::READABLE) {
            Ok(()) => {
                let patience_ms = i64::try_from(HEADER_PATIENCE.as_millis()).unwrap_or(i64::MAX);
                self.newcomers.waiting.insert(token, (newcomer, self.now_ms + patience_ms));
            }
            Err(error) => tracing::warn!(%error, "a connection cannot be watched"),
        }
    }

    /// A newcomer has said something, or has gone.
    pub(super) fn hear_newcomer(&mut self, token: Token) {
        let Some((mut newcomer, _)) = self.newcomers.waiting.remove(&token) else { return };
        if let Err(error) = self.poll.registry().deregister(&mut newcomer.stream) {
            tracing::warn!(%error, "a connection cannot be handed over");
            return;
        }
        match open_at_once(&self.app, newcomer) {
            Ok(arrival) => self.arrive(arrival),
            Err(newcomer) => {
                if let Some(conversations) = &self.newcomers.conversations {
                    conversations.begin(newcomer);
                }
            }
        }
    }

    pub(super) fn look_after_newcomers(&mut self) {
        let now_ms = self.now_ms;
        self.newcomers.waiting.retain(|_, (_, until_ms)| *until_ms > now_ms);
    }
}

/// Whether this is the token of a newcomer.
pub(super) fn is_newcomer(token: Token) -> bool {
    TOKENS.contains(&token.0)
}
