//! Writing what the shard has for each connection, in one write each.

use std::io::{self, ErrorKind, IoSlice, Write};
use std::time::Instant;

use chatterbox_core::shard::PeerId;
use mio::net::TcpStream;
use mio::{Interest, Registry};

use super::{Reactor, token};

/// Pieces that go out in one write. More bring no further gain.
const PIECES_PER_WRITE: usize = 64;

impl Reactor {
    /// Writes to everyone who has been answered, and to everyone who listens where something has happened, unless more is
    /// about to.
    pub(super) fn write(&mut self) {
        for id in self.shard.take_dirty() {
            self.write_to(id);
        }
        if self.shard.has_dirty_logs() {
            let now = Instant::now();
            self.tellings.has_news(now);
            if self.tellings.patience(now, self.app.store.under_way() > 0).is_zero() {
                self.tell_logs(now);
            }
        }
        self.hear_again();
    }

    /// Writes to everyone who listens where something has happened.
    pub(super) fn tell_logs(&mut self, began: Instant) {
        let sockets = &mut self.sockets;
        // What goes wrong is met again, and seen to, where more is to be written.
        let left = self.shard.tell_listeners(|id, piece| {
            sockets.get_mut(id).and_then(|socket| socket.stream.write(piece).ok()).unwrap_or(0)
        });
        for id in left {
            self.write_to(id);
        }
        self.tellings.told(began, Instant::now());
    }

    /// Writes to one connection until there is nothing more or the kernel takes nothing more.
    pub(super) fn write_to(&mut self, id: PeerId) {
        loop {
            let Some(socket) = self.sockets.get_mut(id) else { return };
            match write_pieces(&mut socket.stream, self.shard.unsent(id)) {
                Ok(Written { bytes, is_all }) => {
                    let mut outputs = std::mem::take(&mut self.outputs);
                    if is_all {
                        self.shard.wrote_all(id, &mut outputs);
                    } else {
                        self.shard.wrote_some(id, bytes, &mut outputs);
                    }
                    self.carry_out(outputs);
                    if is_all {
                        return;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return self.block(id),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return self.end(id, None),
            }
        }
    }

    /// Waits until the kernel takes more for this connection.
    fn block(&mut self, id: PeerId) {
        self.shard.block(id);
        let Some(socket) = self.sockets.get_mut(id) else { return };
        if !std::mem::replace(&mut socket.is_watched_for_writing, true)
            && let Err(error) = watch_all(self.poll.registry(), &mut socket.stream, id)
        {
            tracing::warn!(%error, "a connection cannot be watched");
            self.end(id, None);
        }
    }
}

/// Has the kernel tell when a connection can be written to, too; at once, if it can already.
pub(super) fn watch_all(registry: &Registry, stream: &mut TcpStream, id: PeerId) -> io::Result<()> {
    registry.reregister(stream, token(id), Interest::READABLE | Interest::WRITABLE)
}

/// What a write has taken.
struct Written {
    bytes: usize,
    /// Whether there is nothing more.
    is_all: bool,
}

fn write_pieces<'a>(stream: &mut TcpStream, pieces: impl Iterator<Item = &'a [u8]>) -> io::Result<Written> {
    let mut pieces = pieces.fuse();
    let Some(first) = pieces.next() else { return Ok(Written { bytes: 0, is_all: true }) };
    let Some(second) = pieces.next() else {
        // One piece is usual, and `send` is cheaper than `writev`.
        let written = stream.write(first)?;
        return Ok(Written { bytes: written, is_all: written == first.len() });
    };
    let (mut slices, mut count, mut bytes) = ([IoSlice::new(&[]); PIECES_PER_WRITE], 0, 0);
    for (slice, piece) in slices.iter_mut().zip([first, second].into_iter().chain(pieces)) {
        *slice = IoSlice::new(piece);
        count += 1;
        bytes += piece.len();
    }
    let written = stream.write_vectored(&slices[..count])?;
    Ok(Written { bytes: written, is_all: written == bytes && count < PIECES_PER_WRITE })
}
