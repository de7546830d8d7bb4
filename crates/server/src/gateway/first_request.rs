//! The short way to a socket. Nearly always the request for one is the first of its connection and arrives in one piece:
//! then the answer goes out together with the first page, and nobody else need look at it. Whatever is different, or is
//! to be refused, is left for HTTP, as it came.

use std::io::Read;
use std::sync::Arc;

use zeroize::Zeroize;

use crate::app::App;
use crate::config::Config;
use crate::gateway::open::{Opening, open_now};
use crate::head::{self, Head};
use crate::hub::arrival::Arrival;
use crate::identity::{refuse_foreign_host, signed_in};
use crate::listener::Accepted;
use crate::websocket::handshake;

/// Bytes of a head that are looked at: some times what browsers send.
const HEAD_BYTES: usize = 4 * 1024;

/// A connection that asks for no socket, or for one that cannot be opened at once. Nothing was taken from it.
pub(super) enum NotOpened {
    /// It has said nothing yet.
    Silent(Accepted),
    /// It is for HTTP to answer.
    ForHttp(Accepted),
}

/// Opens a socket if that is what a connection plainly asks for first, and may be done at once. Otherwise gives the
/// connection back.
pub(super) fn open_at_once(app: &Arc<App>, connection: Accepted) -> Result<Arrival, NotOpened> {
    let mut bytes = [0; HEAD_BYTES];
    let there = connection.stream.peek(&mut bytes).unwrap_or(0);
    if there == 0 {
        return Err(NotOpened::Silent(connection));
    }
    let asked = request_for_socket(&app.config, &bytes[..there]);
    // It may hold a token, or another request's password, and the stack is not wiped by itself.
    bytes[..there].zeroize();
    let Some(Head { mut request, bytes: length, .. }) = asked else { return Err(NotOpened::ForHttp(connection)) };
    request.extensions.insert(connection.peer);
    request.extensions.insert(connection.descriptor.clone());
    if refuse_foreign_host(&app.config, &request.headers, &request.extensions).is_err() {
        return Err(NotOpened::ForHttp(connection));
    }
    let Some(Opening { accept, visitor }) = open_now(app, &request) else {
        return Err(NotOpened::ForHttp(connection));
    };
    // It was there a moment ago, and nobody else reads. If it is gone, so is the connection, and HTTP finds that out.
    let taken = (&connection.stream).read(&mut bytes[..length]);
    bytes[..length].zeroize();
    if !taken.is_ok_and(|taken| taken == length) {
        return Err(NotOpened::ForHttp(connection));
    }
    tracing::debug!(method = %request.method, path = "/ws", status = 101, "answered");
    let answer = handshake::switching_protocols_head(accept);
    Ok(Arrival { stream: connection.stream, answer, first_bytes: Vec::new(), visitor })
}

/// Whether the first thing that a connection asks is asked by somebody who has signed in, as far as that can be said at once.
pub(crate) fn is_signed_in(app: &App, connection: &Accepted) -> bool {
    let mut bytes = [0; HEAD_BYTES];
    let there = connection.stream.peek(&mut bytes).unwrap_or(0);
    let head = head::read(&bytes[..there]).ok().flatten();
    head.is_some_and(|head| signed_in(&head.request, &app.config, &app.store).is_some())
}

/// The request for a socket that these bytes begin with, if it is whole and one that can be read in one way only.
fn request_for_socket(config: &Config, bytes: &[u8]) -> Option<Head> {
    let head = head::read(bytes).ok()??;
    (config.own_path(head.request.uri.path()) == "/ws").then_some(head)
}

#[cfg(test)]
mod tests {
    use axum::http::Method;

    use super::*;
    use crate::config::ServeOptions;

    const FIELD: &str = "Host: x\r\nUpgrade: websocket\r\n";

    fn config() -> Config {
        let public_url = Some("https://example.org/chat/".parse().unwrap());
        Config::complete(ServeOptions { public_url, ..ServeOptions::default() })
    }

    fn taken(target: &str, fields: &str) -> Option<usize> {
        let head = format!("GET {target} HTTP/1.1\r\n{fields}\r\n");
        request_for_socket(&config(), head.as_bytes()).map(|head| head.bytes)
    }

    #[test]
    fn a_whole_request_for_a_socket_is_taken_and_what_follows_it_is_not() {
        let head = format!("GET /ws?token=a HTTP/1.1\r\n{FIELD}\r\n");
        let Head { request: parts, bytes: length, .. } =
            request_for_socket(&config(), format!("{head}and more").as_bytes()).unwrap();
        assert_eq!(length, head.len());
        assert_eq!((parts.method, parts.uri.query()), (Method::GET, Some("token=a")));
        assert_eq!(parts.headers["upgrade"], "websocket");
        for end in 0..length {
            assert!(request_for_socket(&config(), &head.as_bytes()[..end]).is_none(), "{end} bytes");
        }
    }

    #[test]
    fn whatever_is_none_is_left_for_http() {
        assert!(taken("/ws", FIELD).is_some());
        assert!(taken("/chat/ws?hello", FIELD).is_some(), "below the path of the public address");
        assert!(taken("http://x/ws", FIELD).is_some(), "with the host that `Host` names");
        for target in ["/", "/ws/", "/wss", "/WS", "/ui/ws", "/chat/chat/ws", "http://y/ws", "/ws#x"] {
            assert_eq!(taken(target, FIELD), None, "{target}");
        }
        assert_eq!(taken("/ws", &format!("{FIELD}no field\r\n")), None);
        assert_eq!(taken("/ws", "Upgrade: websocket\r\n"), None, "no host");
        for line in ["GET /ws", "GET  /ws HTTP/1.1", "\u{16}\u{3}\u{1}"] {
            assert!(request_for_socket(&config(), format!("{line}\r\n{FIELD}\r\n").as_bytes()).is_none(), "{line}");
        }
    }
}
