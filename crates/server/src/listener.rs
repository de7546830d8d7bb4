//! Accepting connections. A loop of our own, because the ready-made ones have no timeout for headers and spin or stop
//! when the process runs out of file descriptors.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tower::ServiceExt;

/// Connections that the kernel completes before they are accepted: a restart's worth of clients.
const BACKLOG: i32 = 4_096;
/// How long a request's head may take to arrive, and how long an unused connection is kept.
const HEADER_PATIENCE: Duration = Duration::from_secs(10);
/// Bytes of a request's head: far more than any browser sends.
const HEADER_BYTES_MAX: usize = 16 * 1024;
/// Fields in a request's head.
const HEADER_FIELDS_MAX: usize = 100;
/// How long the kernel tries to reach a peer that does not acknowledge.
const UNACKNOWLEDGED_PATIENCE: Duration = Duration::from_secs(20);
/// File descriptors kept for the database, for files and for the runtime.
const DESCRIPTORS_RESERVED: usize = 64;
/// The pause after a failed accept. Without file descriptors it fails again at once, and would take a whole core.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

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
pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

/// Accepts and serves connections until `stop` turns true; then waits until the requests that are under way are
/// answered. Connections that have become sockets are not waited for.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    descriptors: Descriptors,
    mut stop: watch::Receiver<bool>,
) {
    // Nothing is ever sent: it closes when the last conversation has ended.
    let (talking, mut silence) = mpsc::channel::<()>(1);
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &descriptors) => accepted,
            () = is_true(&mut stop) => break,
        };
        match accepted {
            Ok((stream, peer, descriptor)) => {
                let conversation = converse(stream, peer, router.clone(), stop.clone(), descriptor);
                let talking = talking.clone();
                tokio::spawn(async move {
                    conversation.await;
                    drop(talking);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop((listener, talking));
    let _ = silence.recv().await;
}

async fn accept(listener: &TcpListener, descriptors: &Descriptors) -> io::Result<(TcpStream, SocketAddr, Descriptor)> {
    let permit = descriptors.free.clone().acquire_owned().await.map_err(io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    // A message is written whole and at once; waiting for more to fill a packet would only delay it.
    stream.set_nodelay(true)?;
    SockRef::from(&stream).set_tcp_user_timeout(Some(UNACKNOWLEDGED_PATIENCE))?;
    Ok((stream, peer, Descriptor { _permit: Arc::new(permit) }))
}

async fn converse(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    mut stop: watch::Receiver<bool>,
    descriptor: Descriptor,
) {
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(Peer(peer));
        request.extensions_mut().insert(descriptor.clone());
        router.clone().oneshot(request.map(Body::new))
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_PATIENCE)
        .max_buf_size(HEADER_BYTES_MAX)
        .max_headers(HEADER_FIELDS_MAX)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    // How a conversation fails is the client's affair; there is nothing to learn from a reset connection.
    let _ = tokio::select! {
        ended = connection.as_mut() => ended,
        () = is_true(&mut stop) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
}

/// Waits until it is told to stop, or until nobody is left who could tell.
async fn is_true(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}
