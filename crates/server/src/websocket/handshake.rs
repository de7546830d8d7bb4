//! The opening handshake (RFC 6455 §4.2), judged from the request's head alone. Who asks, and from which page, is not
//! decided here: see [`identity`](crate::identity).

use axum::http::header::{
    CONNECTION, CONTENT_LENGTH, HeaderName, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION,
    TRANSFER_ENCODING, UPGRADE,
};
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use sha1::{Digest, Sha1};
use thiserror::Error;

use crate::fields::{only, write_fields};

/// What every server appends to the client's key, to show that it speaks this protocol (§1.3).
const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

const KEY_BYTES: usize = 16;

/// Why a request does not become a socket (§4.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum HandshakeRefusal {
    /// Only GET opens a socket.
    #[error("A socket is opened with GET.")]
    Method,
    /// HTTP/1.0 has no upgrades, HTTP/2 has other ones (RFC 8441).
    #[error("A socket is opened over HTTP/1.1.")]
    HttpVersion,
    /// There is a body, which whoever reads on would take for frames.
    #[error("A request for a socket has no body.")]
    Body,
    /// It is a plain request: `Upgrade` does not name `websocket`, or `Connection` does not name `Upgrade`.
    #[error("A socket is opened with `Upgrade: websocket` and `Connection: Upgrade`.")]
    NoUpgrade,
    /// Another version of the protocol, or none.
    #[error("`Sec-WebSocket-Version` must be 13.")]
    WebSocketVersion,
    /// The key is missing, there twice, or not the Base64 of 16 bytes.
    #[error("`Sec-WebSocket-Key` must be there once, and be the Base64 of 16 bytes.")]
    Key,
}

impl HandshakeRefusal {
    /// The status to answer with.
    pub fn status(self) -> StatusCode {
        match self {
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::HttpVersion | Self::Body | Self::NoUpgrade | Self::Key => StatusCode::BAD_REQUEST,
            Self::WebSocketVersion => StatusCode::UPGRADE_REQUIRED,
        }
    }

    /// Headers that must go with the status: what would be right instead. RFC 9110 wants `Allow` with a 405 (§15.5.6)
    /// and `Upgrade`, named in `Connection`, with a 426 (§15.5.22, §7.8); RFC 6455 wants the version (§4.4).
    pub fn headers(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Method => &[("allow", "GET")],
            Self::WebSocketVersion => {
                &[("sec-websocket-version", "13"), ("upgrade", "websocket"), ("connection", "Upgrade")]
            }
            Self::HttpVersion | Self::Body | Self::NoUpgrade | Self::Key => &[],
        }
    }
}

/// Checks an upgrade request and computes what to answer as `Sec-WebSocket-Accept`.
pub fn accept(method: &Method, version: Version, headers: &HeaderMap) -> Result<HeaderValue, HandshakeRefusal> {
    if method != Method::GET {
        return Err(HandshakeRefusal::Method);
    }
    if version != Version::HTTP_11 {
        return Err(HandshakeRefusal::HttpVersion);
    }
    if headers.contains_key(TRANSFER_ENCODING) || headers.get_all(CONTENT_LENGTH).iter().any(|length| length != "0") {
        return Err(HandshakeRefusal::Body);
    }
    if !names(headers, &UPGRADE, "websocket") || !names(headers, &CONNECTION, "upgrade") {
        return Err(HandshakeRefusal::NoUpgrade);
    }
    if only(headers, &SEC_WEBSOCKET_VERSION).is_none_or(|version| version != "13") {
        return Err(HandshakeRefusal::WebSocketVersion);
    }
    only(headers, &SEC_WEBSOCKET_KEY).and_then(accept_value).ok_or(HandshakeRefusal::Key)
}

/// The answer that turns the connection into a socket (§4.2.2).
pub fn switching_protocols<B: Default>(accept: HeaderValue) -> Response<B> {
    let mut response = Response::new(B::default());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
    response
}

/// The same answer as it travels.
pub fn switching_protocols_head(accept: HeaderValue) -> Bytes {
    let mut head = b"HTTP/1.1 101 Switching Protocols\r\n".to_vec();
    write_fields(&mut head, switching_protocols::<()>(accept).headers());
    head.into()
}

fn accept_value(key: &HeaderValue) -> Option<HeaderValue> {
    let decoded = STANDARD.decode(key.as_bytes()).ok()?;
    if decoded.len() != KEY_BYTES {
        return None;
    }
    let digest = Sha1::new().chain_update(key.as_bytes()).chain_update(GUID).finalize();
    HeaderValue::try_from(STANDARD.encode(digest)).ok()
}

/// Whether a list header, in one line or several, has this token in any case.
fn names(headers: &HeaderMap, name: &HeaderName, token: &str) -> bool {
    let lines = headers.get_all(name).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).any(|item| item.trim_matches([' ', '\t']).eq_ignore_ascii_case(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The request of §1.2, and after it lines that replace the ones of the same name.
    fn judge(lines: &[(&'static str, &str)]) -> Result<HeaderValue, HandshakeRefusal> {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("host", "server.example.com"),
            ("upgrade", "websocket"),
            ("connection", "Upgrade"),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
            ("sec-websocket-version", "13"),
        ] {
            if lines.iter().all(|line| line.0 != name) {
                headers.insert(name, value.parse().unwrap());
            }
        }
        for (name, value) in lines.iter().filter(|line| line.1 != "-") {
            headers.append(*name, value.parse().unwrap());
        }
        accept(&Method::GET, Version::HTTP_11, &headers)
    }

    #[test]
    fn the_rfcs_example_is_accepted_with_its_answer() {
        let accept = judge(&[]).unwrap();
        assert_eq!(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        let response = switching_protocols::<()>(accept);
        assert_eq!(response.status(), 101);
        assert_eq!(response.headers()["upgrade"], "websocket");
        assert_eq!(response.headers()["connection"], "Upgrade");
        assert_eq!(response.headers()["sec-websocket-accept"], "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn x15_a_request_for_a_socket_has_no_body() {
        assert!(judge(&[("content-length", "0")]).is_ok());
        for line in [("content-length", "1"), ("content-length", "00x"), ("transfer-encoding", "chunked")] {
            assert_eq!(judge(&[line]), Err(HandshakeRefusal::Body), "{line:?}");
        }
        assert_eq!(HandshakeRefusal::Body.status(), 400);
    }

    #[test]
    fn upgrade_and_connection_are_lists_in_any_case() {
        assert!(judge(&[("upgrade", "WebSocket"), ("connection", "keep-alive, UPGRADE")]).is_ok());
        assert!(
            judge(&[("upgrade", "h2c ,\twebsocket"), ("connection", "keep-alive"), ("connection", "upgrade")]).is_ok()
        );
        for lines in [
            [("upgrade", "-"), ("x", "-")],
            [("upgrade", "websocket2"), ("x", "-")],
            [("upgrade", "my-websocket"), ("x", "-")],
            [("upgrade", "web socket"), ("x", "-")],
            [("connection", "-"), ("x", "-")],
            [("connection", "close"), ("connection", "upgrades")],
        ] {
            assert_eq!(judge(&lines), Err(HandshakeRefusal::NoUpgrade), "{lines:?}");
        }
    }

    #[test]
    fn any_version_but_13_is_told_so() {
        for version in ["-", "8", "12", "14", "013", "+13", "13, 8", ""] {
            let refusal = judge(&[("sec-websocket-version", version)]).unwrap_err();
            assert_eq!(refusal, HandshakeRefusal::WebSocketVersion, "{version}");
        }
        let twice = [("sec-websocket-version", "13"), ("sec-websocket-version", "13")];
        assert_eq!(judge(&twice), Err(HandshakeRefusal::WebSocketVersion));
        assert_eq!(HandshakeRefusal::WebSocketVersion.status(), 426);
        assert!(HandshakeRefusal::WebSocketVersion.headers().contains(&("sec-websocket-version", "13")));
    }

    #[test]
    fn the_key_is_base64_of_sixteen_bytes_and_there_once() {
        let encode = |length: usize| STANDARD.encode(vec![7; length]);
        assert!(judge(&[("sec-websocket-key", &encode(16))]).is_ok());
        for key in
            [&encode(15), &encode(17), &encode(0), "-", "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25jZ===", "!"]
        {
            assert_eq!(judge(&[("sec-websocket-key", key)]), Err(HandshakeRefusal::Key), "{key}");
        }
        let key = encode(16);
        assert_eq!(judge(&[("sec-websocket-key", &key), ("sec-websocket-key", &key)]), Err(HandshakeRefusal::Key));
    }

    #[test]
    fn only_get_over_http_1_1_opens_a_socket() {
        let headers = HeaderMap::new();
        for method in [Method::POST, Method::HEAD, Method::CONNECT, Method::OPTIONS] {
            assert_eq!(accept(&method, Version::HTTP_11, &headers), Err(HandshakeRefusal::Method));
        }
        for version in [Version::HTTP_09, Version::HTTP_10, Version::HTTP_2, Version::HTTP_3] {
            assert_eq!(accept(&Method::GET, version, &headers), Err(HandshakeRefusal::HttpVersion));
        }
        assert_eq!(HandshakeRefusal::Method.status(), 405);
        assert_eq!(HandshakeRefusal::Method.headers(), [("allow", "GET")]);
        assert_eq!(HandshakeRefusal::HttpVersion.status(), 400);
    }
}
