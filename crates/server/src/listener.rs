//! Where connections come from, and how many there may be.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use mio::net::TcpStream;
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Connections that the kernel completes before they are accepted: a restart's worth of clients.
const BACKLOG: i32 = 4_096;
/// How long the kernel tries to reach a peer that does not acknowledge.
const UNACKNOWLEDGED_PATIENCE: Duration = Duration::from_secs(20);
/// File descriptors kept for the database, for files and for the runtime.
const DESCRIPTORS_RESERVED: usize = 64;

/// A connection that has just come.
#[derive(Debug)]
pub(crate) struct Accepted {
    pub(crate) stream: TcpStream,
    pub(crate) peer: Peer,
    pub(crate) descriptor: Descriptor,
}

/// The other end of a connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// One of the file descriptors that connections may take. Whoever takes over a connection takes this along.
#[derive(Debug, Clone)]
pub(crate) struct Descriptor {
    _permit: Arc<OwnedSemaphorePermit>,
}

/// What connections may take of the file descriptors of this process.
#[derive(Debug, Clone)]
pub(crate) struct Descriptors {
    free: Arc<Semaphore>,
    max: usize,
}

impl Descriptors {
    /// As many as the system lets this process have, but for [`DESCRIPTORS_RESERVED`].
    pub(crate) fn new() -> Self {
        let max = rlimit::increase_nofile_limit(u64::MAX)
            .map_or(1_024, |descriptors| usize::try_from(descriptors).unwrap_or(usize::MAX))
            .saturating_sub(DESCRIPTORS_RESERVED)
            .clamp(1, Semaphore::MAX_PERMITS);
        Self { free: Arc::new(Semaphore::new(max)), max }
    }

    /// How many are taken, and how many can be.
    pub(crate) fn taken(&self) -> (usize, usize) {
        (self.max - self.free.available_permits(), self.max)
    }
}

/// Listens at the address. Errors: it is in use, or not this machine's.
pub fn bind(address: SocketAddr) -> io::Result<std::net::TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// Takes the next connection; none while there are no descriptors left. Errors: none waits, or the system has no more of
/// what it needs.
pub(crate) fn accept(listener: &mio::net::TcpListener, descriptors: &Descriptors) -> io::Result<Option<Accepted>> {
    let Ok(permit) = descriptors.free.clone().try_acquire_owned() else { return Ok(None) };
    let (stream, peer) = listener.accept()?;
    // A message is written whole and at once; waiting for more to fill a packet would only delay it.
    stream.set_nodelay(true)?;
    SockRef::from(&stream).set_tcp_user_timeout(Some(UNACKNOWLEDGED_PATIENCE))?;
    Ok(Some(Accepted { stream, peer: Peer(peer), descriptor: Descriptor { _permit: Arc::new(permit) } }))
}
