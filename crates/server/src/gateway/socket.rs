//! One TCP connection after the handshake: bytes in through a buffer that all connections of a thread share, frames out
//! in vectored writes. An idle socket owns no buffer.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::time::Duration;

use bytes::{Buf, Bytes};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Bytes taken from the kernel in one read. Holds dozens of ordinary commands.
const READ_BYTES: usize = 16 * 1024;

/// Frames that go out in one write. More bring no further gain, and the kernel takes at most 1,024.
const FRAMES_PER_WRITE: usize = 64;

/// How long a peer may take to accept the last frames and to say goodbye itself.
const FAREWELL: Duration = Duration::from_secs(1);

thread_local! {
    static SCRATCH: RefCell<Box<[u8]>> = RefCell::new(vec![0; READ_BYTES].into_boxed_slice());
}

/// The connection and the frames that are on their way out.
#[derive(Debug)]
pub(super) struct Socket {
    stream: TcpStream,
    /// Frames to write, oldest first; of the first, what is left of it.
    unsent: VecDeque<Bytes>,
}

impl Socket {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self { stream, unsent: VecDeque::new() }
    }

    /// Waits until there is something to read, or until more can be written if something waits to be.
    pub(super) async fn ready(&self) -> io::Result<()> {
        if self.unsent.is_empty() {
            return self.stream.readable().await;
        }
        tokio::select! {
            readable = self.stream.readable() => readable,
            writable = self.stream.writable() => writable,
        }
    }

    /// Hands over what can be read now. `false` at the end of the stream.
    pub(super) fn read(&self, take: impl FnOnce(&mut [u8])) -> io::Result<bool> {
        SCRATCH.with_borrow_mut(|scratch| match self.stream.try_read(scratch) {
            Ok(0) => Ok(false),
            Ok(count) => {
                take(&mut scratch[..count]);
                Ok(true)
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(true),
            Err(error) => Err(error),
        })
    }

    /// Puts a frame behind those that wait.
    pub(super) fn queue(&mut self, frame: Bytes) {
        self.unsent.push_back(frame);
    }

    /// Writes what can be written now; `next` supplies more frames when those that wait are gone.
    pub(super) fn flush(&mut self, mut next: impl FnMut() -> Option<Bytes>) -> io::Result<()> {
        loop {
            if self.unsent.is_empty() {
                self.unsent.extend(std::iter::from_fn(&mut next).take(FRAMES_PER_WRITE));
            }
            if self.unsent.is_empty() {
                self.unsent = VecDeque::new();
                return Ok(());
            }
            match self.write_some() {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    }

    /// Writes everything that waits, however long the peer takes.
    pub(super) async fn drain(&mut self) -> io::Result<()> {
        loop {
            self.flush(|| None)?;
            if self.unsent.is_empty() {
                return Ok(());
            }
            self.stream.writable().await?;
        }
    }

    fn write_some(&mut self) -> io::Result<()> {
        let mut slices = [IoSlice::new(&[]); FRAMES_PER_WRITE];
        let mut count = 0;
        for (slice, frame) in slices.iter_mut().zip(&self.unsent) {
            *slice = IoSlice::new(frame);
            count += 1;
        }
        let mut written = self.stream.try_write_vectored(&slices[..count])?;
        while let Some(first) = self.unsent.front_mut() {
            if written < first.len() {
                first.advance(written);
                break;
            }
            written -= first.len();
            self.unsent.pop_front();
        }
        Ok(())
    }

    /// Sends what waits and the close frame, and gives the peer a moment to read them. If it does not, the connection is
    /// cut.
    pub(super) async fn close(mut self, close_frame: Option<Bytes>) {
        self.unsent.extend(close_frame);
        let goodbye = async {
            self.drain().await?;
            self.stream.shutdown().await?;
            // Unread bytes at the end would turn the close into a reset, and the peer might lose the close frame.
            while self.read(|_| {})? {
                self.stream.readable().await?;
            }
            io::Result::Ok(())
        };
        let _ = timeout(FAREWELL, goodbye).await;
    }
}
