//! A connection of bare bytes: for whatever a well-made client would never send.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use super::within;

/// A connection to the server.
#[derive(Debug)]
pub(crate) struct Wire {
    stream: TcpStream,
    unread: Vec<u8>,
    address: SocketAddr,
}

/// A frame as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    /// FIN, the reserved bits and the opcode.
    pub(crate) first: u8,
    pub(crate) payload: Vec<u8>,
}

impl Frame {
    /// The event of a text frame.
    pub(crate) fn event(&self) -> serde_json::Value {
        assert_eq!(self.first, 0x81, "{self:?}");
        serde_json::from_slice(&self.payload).expect("an event is JSON")
    }
}

/// A frame of a client: these first bits, and a mask.
pub(crate) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [0x11, 0x22, 0x33, 0x44];
    let mut bytes = header(first, 0x80, payload.len() as u64);
    bytes.extend(mask);
    bytes.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    bytes
}

/// The beginning of a frame that says it has this many bytes.
pub(crate) fn header(first: u8, mask_bit: u8, length: u64) -> Vec<u8> {
    let mut bytes = vec![first];
    match length {
        0..=125 => bytes.push(mask_bit | length as u8),
        126..=0xffff => {
            bytes.push(mask_bit | 126);
            bytes.extend((length as u16).to_be_bytes());
        }
        _ => {
            bytes.push(mask_bit | 127);
            bytes.extend(length.to_be_bytes());
        }
    }
    bytes
}

/// A connection from 127.0.a.b.
pub(crate) async fn stream_from((a, b): (u8, u8), address: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("there are sockets");
    socket.bind(SocketAddr::from(([127, 0, a, b], 0))).expect("all of 127/8 is this machine");
    let stream = socket.connect(address).await.expect("the server listens");
    stream.set_nodelay(true).expect("the option exists");
    stream
}

impl Wire {
    /// Opens a connection.
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let stream = within("a connection", TcpStream::connect(address)).await.expect("the server listens");
        stream.set_nodelay(true).expect("the option exists");
        Self { stream, unread: Vec::new(), address }
    }

    /// Opens a connection from another address of this machine, 127.0.a.b: to the server, another network.
    pub(crate) async fn connect_from((a, b): (u8, u8), address: SocketAddr) -> Self {
        let stream = within("a connection", stream_from((a, b), address)).await;
        Self { stream, unread: Vec::new(), address }
    }

    /// A connection that is there already.
    pub(crate) fn over(stream: TcpStream, address: SocketAddr) -> Self {
        Self { stream, unread: Vec::new(), address }
    }

    /// Reads on until the server hangs up: how many bytes that were. Errors: it does so with a reset.
    pub(crate) async fn end(mut self) -> std::io::Result<u64> {
        within("the end", tokio::io::copy(&mut self.stream, &mut tokio::io::sink())).await
    }

    /// Sends bytes. If the server has hung up already, that shows when reading.
    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        let _ = within("the server to take bytes", self.stream.write_all(bytes)).await;
    }

    /// Sends a request for a socket, and returns the head of the answer.
    pub(crate) async fn upgrade(&mut self, path: &str, lines: &[&str]) -> String {
        self.ask_for_socket(path, lines).await;
        self.head().await
    }

    /// Sends a request for a socket. Lines replace those of the same name.
    pub(crate) async fn ask_for_socket(&mut self, path: &str, lines: &[&str]) {
        let host = format!("Host: {}", self.address);
        let usual = [
            &*host,
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Version: 13",
        ];
        let name = |line: &str| line.split(':').next().unwrap_or_default().to_ascii_lowercase();
        let mut request = format!("GET {path} HTTP/1.1\r\n");
        for line in usual.iter().filter(|usual| lines.iter().all(|line| name(line) != name(usual))).chain(lines) {
            request.push_str(&format!("{line}\r\n"));
        }
        request.push_str("\r\n");
        self.send(request.as_bytes()).await;
    }

    /// The head of an answer.
    pub(crate) async fn head(&mut self) -> String {
        loop {
            if let Some(end) = self.unread.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                let head: Vec<u8> = self.unread.drain(..end + 4).collect();
                return String::from_utf8_lossy(&head).into_owned();
            }
            assert!(self.read_more().await, "the server hung up: {}", String::from_utf8_lossy(&self.unread));
        }
    }

    /// Everything until the server hangs up.
    pub(crate) async fn rest(&mut self) -> String {
        while self.read_more().await {}
        String::from_utf8_lossy(&std::mem::take(&mut self.unread)).into_owned()
    }

    /// The next frame; nothing once the server has hung up.
    pub(crate) async fn frame(&mut self) -> Option<Frame> {
        loop {
            if let Some((frame, length)) = parse(&self.unread) {
                self.unread.drain(..length);
                return Some(frame);
            }
            if !self.read_more().await {
                return None;
            }
        }
    }

    /// The next frame that is not the text of an event that comes by itself.
    pub(crate) async fn answer(&mut self) -> Option<Frame> {
        loop {
            let frame = self.frame().await?;
            let is_ambient = frame.first == 0x81 && frame.payload.starts_with(b"{\"type\":\"users\"");
            if !is_ambient {
                return Some(frame);
            }
        }
    }

    /// Reads until the close frame and returns its code.
    pub(crate) async fn close_code(&mut self) -> u16 {
        while let Some(frame) = self.frame().await {
            if frame.first == 0x88 {
                let code = frame.payload.first_chunk().expect("a close frame of the server has a code");
                return u16::from_be_bytes(*code);
            }
        }
        panic!("the server hung up without a close frame")
    }

    /// Sends bytes and, in the same breath, that there will be no more.
    pub(crate) async fn ends_with(&mut self, bytes: &[u8]) {
        self.send(bytes).await;
        let _ = self.stream.shutdown().await;
    }

    /// Sends bytes over and over until nobody takes them any more. How long that took.
    pub(crate) async fn floods(mut self, bytes: &[u8]) -> Duration {
        let begin = std::time::Instant::now();
        let flood = async { while self.stream.write_all(bytes).await.is_ok() {} };
        within("the server to be tired of it", flood).await;
        begin.elapsed()
    }

    /// Hangs up in the rudest way there is: a reset.
    pub(crate) fn reset(self) {
        socket2::SockRef::from(&self.stream).set_linger(Some(Duration::ZERO)).expect("the option exists");
    }

    async fn read_more(&mut self) -> bool {
        let mut bytes = [0; 16 * 1024];
        let read = within("bytes of the server", self.stream.read(&mut bytes)).await.unwrap_or(0);
        self.unread.extend(&bytes[..read]);
        read > 0
    }
}

/// The first frame of these bytes, and how many it took.
fn parse(bytes: &[u8]) -> Option<(Frame, usize)> {
    let (&first, &second) = (bytes.first()?, bytes.get(1)?);
    assert_eq!(second & 0x80, 0, "a server does not mask");
    let (length, start) = match second & 0x7f {
        126 => (u64::from(u16::from_be_bytes(*bytes.get(2..)?.first_chunk()?)), 4),
        127 => (u64::from_be_bytes(*bytes.get(2..)?.first_chunk()?), 10),
        short => (u64::from(short), 2),
    };
    let end = start + usize::try_from(length).expect("a frame fits the memory");
    let payload = bytes.get(start..end)?.to_vec();
    Some((Frame { first, payload }, end))
}
