//! Ending connections: the last frames, the close frame, and a moment for the client to take them. Who is given up on gets a
//! reset.

use std::io::{ErrorKind, Read, Write};
use std::net::Shutdown;
use std::time::Duration;

use bytes::Bytes;
use chatterbox_core::shard::{Ending, PeerId};
use mio::Token;
use mio::net::TcpStream;
use socket2::SockRef;

use super::writing::watch_all;
use super::{Reactor, token};
use crate::hub::seats::Seat;
use crate::listener::Descriptor;
use crate::websocket::frame::{self, CloseCode};

/// How long a peer may take to accept the last frames and to say goodbye itself, in milliseconds.
const PATIENCE_MS: i64 = 1_000;

/// The same for a peer that has not read for long: it is likely to need longer, and nobody waits for it.
const SLOW_PATIENCE_MS: i64 = 10_000;

/// Reads of what a peer goes on saying before the others have their turn; the next tick reads on.
const READS_PER_TURN: usize = 16;

/// A connection that has ended, and what its client has not got yet.
pub(super) struct Farewell {
    stream: TcpStream,
    last: Vec<u8>,
    sent: usize,
    is_shut: bool,
    until_ms: i64,
    _seat: Seat,
    _descriptor: Option<Descriptor>,
}

impl Farewell {
    /// Does what can be done now. Tells whether that was all.
    fn go_on(&mut self) -> bool {
        match self.try_go_on() {
            Ok(is_over) => is_over,
            Err(error) => !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted),
        }
    }

    fn try_go_on(&mut self) -> std::io::Result<bool> {
        while self.sent < self.last.len() {
            self.sent += self.stream.write(&self.last[self.sent..])?;
        }
        if !std::mem::replace(&mut self.is_shut, true) {
            self.stream.shutdown(Shutdown::Write)?;
        }
        // Unread bytes at the end would turn the close into a reset, and the peer might lose the close frame.
        let mut scratch = [0; 4096];
        for _ in 0..READS_PER_TURN {
            if self.stream.read(&mut scratch)? == 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// It takes too long. Who has not even got the last words into the kernel's queue would find the end only behind that.
    fn give_up(&self) {
        if self.sent < self.last.len() {
            reset_at_end(&self.stream);
        }
    }
}

/// The connection ends with a reset: at once, and whatever the kernel still has for the client is for nobody. A usual end waits
/// in that queue for its turn, and comes only to who takes what is before it.
fn reset_at_end(stream: &TcpStream) {
    if let Err(error) = SockRef::from(stream).set_linger(Some(Duration::ZERO)) {
        tracing::warn!(%error, "a connection cannot be reset");
    }
}

impl Reactor {
    /// Ends a connection for a reason of the server's.
    pub(super) fn close(&mut self, id: PeerId, ending: Ending) {
        let last = match ending {
            Ending::SessionOver => frame::close(CloseCode::SESSION_OVER, "the session is over"),
            Ending::TooSlow => frame::close(CloseCode::TOO_SLOW, "read too slowly; reconnect and resume"),
            Ending::TooManyCommands => frame::close(CloseCode::TOO_MANY_COMMANDS, "too many commands"),
            Ending::Invalid => frame::close(CloseCode::POLICY, "three frames in a row were no command"),
            Ending::Failed => frame::close(CloseCode::INTERNAL_ERROR, "the server failed"),
            Ending::Draining | Ending::NewEpoch => {
                frame::close(CloseCode::RESTART, &self.app.reconnect_after_ms().to_string())
            }
        };
        self.end(id, Some(last));
        if let (Ending::TooSlow, Some(farewell)) = (ending, self.farewells.get_mut(&token(id))) {
            farewell.until_ms = self.now_ms + SLOW_PATIENCE_MS;
        }
    }

    /// Ends a connection: with everything that it is owed and a last frame, or at once if there is none.
    pub(super) fn end(&mut self, id: PeerId, last_frame: Option<Bytes>) {
        let Some(socket) = self.sockets.remove(id) else { return };
        let mut last = self.shard.leave(id);
        let Some(last_frame) = last_frame else { return };
        last.extend_from_slice(&last_frame);
        let mut farewell = Farewell {
            stream: socket.stream,
            last,
            sent: 0,
            is_shut: false,
            until_ms: self.now_ms + PATIENCE_MS,
            _seat: socket.seat,
            _descriptor: socket.descriptor,
        };
        if !farewell.go_on() && watch_all(self.poll.registry(), &mut farewell.stream, id).is_ok() {
            self.farewells.insert(token(id), farewell);
        }
    }

    /// Ends a connection whose client does not answer any more.
    pub(super) fn give_up(&mut self, id: PeerId) {
        if let Some(socket) = self.sockets.get(id) {
            reset_at_end(&socket.stream);
        }
        self.end(id, None);
    }

    pub(super) fn go_on_saying_goodbye(&mut self, token: Token) {
        if self.farewells.get_mut(&token).is_some_and(Farewell::go_on) {
            self.farewells.remove(&token);
        }
    }

    /// Goes on with who has more to say, and cuts whoever takes too long; nobody is waited for long when the server stops.
    pub(super) fn look_after_farewells(&mut self) {
        if self.app.hub.is_draining() {
            let until_ms = self.now_ms + PATIENCE_MS;
            self.farewells.values_mut().for_each(|farewell| farewell.until_ms = farewell.until_ms.min(until_ms));
        }
        self.farewells.retain(|_, farewell| {
            let is_late = farewell.until_ms <= self.now_ms;
            if is_late {
                farewell.give_up();
            }
            !is_late && !farewell.go_on()
        });
    }
}
