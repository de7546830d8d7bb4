//! Where connections come from, and how many there may be.

mod descriptors;

use std::fmt;
use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr};
use std::time::Duration;

use mio::net::TcpStream;
use socket2::{Domain, Protocol, Socket, Type};

pub(crate) use self::descriptors::{Denial, Descriptor, Descriptors, Exchange};
use crate::config::Config;
use crate::throttle::Network;

/// Connections that the kernel completes before they are accepted: a restart's worth of clients.
const BACKLOG: i32 = 4_096;
/// How long the kernel tries to reach a peer that does not acknowledge.
const UNACKNOWLEDGED_PATIENCE: Duration = Duration::from_secs(20);

/// How long a connection may say nothing, how long a request's head may then take to arrive, and how long an unused
/// connection is kept.
pub(crate) const HEADER_PATIENCE: Duration = Duration::from_secs(10);

/// A connection that has just come.
#[derive(Debug)]
pub(crate) struct Accepted {
    pub(crate) stream: TcpStream,
    pub(crate) peer: PeerAddress,
    pub(crate) descriptor: Descriptor,
}

/// Whoever takes over the connections that ask for no socket.
pub(crate) trait SpeaksHttp: fmt::Debug + Send + Sync {
    /// Answers the requests of a connection that has asked for something, if there is a place for it.
    fn begin(&self, connection: Accepted);
}

/// The other end of a connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PeerAddress(pub(crate) SocketAddr);

impl PeerAddress {
    /// Whoever runs the server, on its own machine; unless the connections that come from there are a proxy's.
    pub(crate) fn is_operator(self, config: &Config) -> bool {
        let address = self.0.ip().to_canonical();
        let is_own = address == IpAddr::V4(Ipv4Addr::LOCALHOST) || address == IpAddr::V6(Ipv6Addr::LOCALHOST);
        is_own && !config.trusts(address)
    }

    /// The network that the connection counts for: none if it is a proxy's, which speaks for many.
    pub(crate) fn network(self, config: &Config) -> Option<Network> {
        let address = self.0.ip();
        (!config.trusts(address)).then(|| address.into())
    }
}

/// Listens at the address. Errors: it is in use, or not this machine's.
pub fn bind(address: SocketAddr) -> io::Result<std::net::TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    // A message is written whole and at once; waiting for more to fill a packet would only delay it. Connections inherit both.
    socket.set_tcp_nodelay(true)?;
    socket.set_tcp_user_timeout(Some(UNACKNOWLEDGED_PATIENCE))?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// Whom the next connection is from, or why it may not stay.
pub(crate) enum Next {
    Accepted(Accepted),
    /// Not one more, for this reason.
    Denied(TcpStream, Denial),
}

/// Takes the next connection. Errors: none waits, or the system has no more of what it needs.
pub(crate) fn accept(listener: &mio::net::TcpListener, config: &Config, descriptors: &Descriptors) -> io::Result<Next> {
    let (stream, peer) = listener.accept()?;
    let peer = PeerAddress(peer);
    Ok(match descriptors.admit(peer.network(config)) {
        Ok(descriptor) => Next::Accepted(Accepted { stream, peer, descriptor }),
        Err(denial) => Next::Denied(stream, denial),
    })
}

/// Says a last word and hangs up, without waiting for anything: who does not take it now does not get it.
pub(crate) fn dismiss(mut stream: TcpStream, last_word: &[u8]) {
    // What is left unread would turn the end into a reset, and the last word might be lost.
    let mut unread = [0; 16 * 1024];
    let _ = stream.read(&mut unread);
    let _ = stream.write(last_word);
    let _ = stream.shutdown(Shutdown::Write);
}

#[cfg(test)]
mod tests {
    use socket2::SockRef;

    use super::*;

    #[test]
    fn i3_what_is_set_for_the_listener_holds_for_every_connection() {
        let listener = bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        listener.set_nonblocking(false).unwrap();
        let _client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (accepted, _) = listener.accept().unwrap();
        assert!(accepted.nodelay().unwrap());
        assert_eq!(SockRef::from(&accepted).tcp_user_timeout().unwrap(), Some(UNACKNOWLEDGED_PATIENCE));
    }
}
