//! The request that opens a WebSocket, and its answer.

use std::net::SocketAddr;

use anyhow::ensure;

/// What a client says first. The query names who it is, and what it wants.
pub(crate) fn request(server: SocketAddr, query: &str) -> Vec<u8> {
    format!(
        "GET /ws?{query} HTTP/1.1\r\nhost: {server}\r\nupgrade: websocket\r\nconnection: upgrade\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    .into_bytes()
}

/// Takes the answer off what was received, once it is there as a whole; that is told. Errors: the handshake was refused.
pub(crate) fn take_answer(received: &mut Vec<u8>) -> anyhow::Result<bool> {
    let Some(end) = received.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(false) };
    let is_upgraded = received.starts_with(b"HTTP/1.1 101");
    ensure!(is_upgraded, "the handshake was refused: {}", String::from_utf8_lossy(&received[..end.min(200)]));
    received.drain(..end + 4);
    Ok(true)
}
