//! Writing what the shard has for each connection, in one vectored write each.

use std::io::{ErrorKind, IoSlice, Write};
use std::time::Instant;

use chatterbox_core::shard::PeerId;

use super::{Reactor, TELLING_INTERVAL, TELLING_INTERVAL_MAX, TELLING_SHARE};

/// Pieces that go out in one write. One is usual; more bring no further gain.
const PIECES_PER_WRITE: usize = 64;

impl Reactor {
    /// Writes to everyone who has been answered, and, unless that was done a moment ago, to everyone in rooms where
    /// something has happened.
    pub(super) fn write(&mut self) {
        for id in self.shard.take_dirty() {
            self.write_to(id);
        }
        if self.shard.has_dirty_rooms() {
            let now = Instant::now();
            if self.next_telling <= now {
                self.tell_rooms(now);
            }
        }
        self.hear_again();
    }

    /// Writes to everyone in rooms where something has happened.
    pub(super) fn tell_rooms(&mut self, began: Instant) {
        for id in self.shard.take_dirty_listeners() {
            self.write_to(id);
        }
        let pause = (began.elapsed() * TELLING_SHARE).clamp(TELLING_INTERVAL, TELLING_INTERVAL_MAX);
        self.next_telling = began + pause;
    }

    /// Writes to one connection until there is nothing more or the kernel takes nothing more.
    pub(super) fn write_to(&mut self, id: PeerId) {
        loop {
            let Some(socket) = self.sockets.get_mut(id) else { return };
            let mut slices = [IoSlice::new(&[]); PIECES_PER_WRITE];
            let (mut count, mut bytes) = (0, 0);
            for (slice, piece) in slices.iter_mut().zip(self.shard.unsent(id)) {
                *slice = IoSlice::new(piece);
                count += 1;
                bytes += piece.len();
            }
            if count == 0 {
                return;
            }
            match socket.stream.write_vectored(&slices[..count]) {
                Ok(written) => {
                    let mut outputs = std::mem::take(&mut self.outputs);
                    self.shard.wrote(id, written, &mut outputs);
                    self.carry_out(outputs);
                    if written == bytes && count < PIECES_PER_WRITE {
                        return;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return self.shard.block(id),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return self.end(id, None),
            }
        }
    }
}
