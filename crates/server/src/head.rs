//! The head of a request, as it can be read in one way only. A proxy in front that reads another request in the same bytes
//! lets somebody's words pass for another's, so what two readers could take differently is refused (RFC 9112 §11.2), for
//! sockets and for HTTP by the same rules.

use std::mem::MaybeUninit;

use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri, Version, header};
use chatterbox_protocol::errors::{ErrorCode, Refusal};

use crate::authority::Authority;
use crate::origin::Origin;
use crate::refusals::ProblemResponse;

/// Bytes of a request's head: far more than any browser sends.
pub(crate) const HEAD_BYTES_MAX: usize = 16 * 1024;
/// Fields in it.
pub(crate) const FIELDS_MAX: usize = 100;
/// Bytes of the address in it.
const TARGET_BYTES_MAX: usize = 8 * 1024;

/// A whole head.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) request: Parts,
    /// Bytes that it takes.
    pub(crate) bytes: usize,
    pub(crate) body: Body,
}

/// What follows a head and belongs to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Body {
    /// So many bytes.
    Bytes(u64),
    /// Chunks, whose end only who reads them knows.
    Chunks,
}

/// Why a head is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// It is none, or can be read in two ways: what would be right.
    Malformed(&'static str),
    /// Its address is longer than [`TARGET_BYTES_MAX`].
    LongTarget,
    /// It has more than [`HEAD_BYTES_MAX`] bytes or [`FIELDS_MAX`] fields.
    Large,
}

impl Unreadable {
    /// What to answer.
    pub(crate) fn problem(self) -> ProblemResponse {
        let (status, code, message) = match self {
            Self::Malformed(message) => (StatusCode::BAD_REQUEST, ErrorCode::MalformedRequest, message.to_owned()),
            Self::LongTarget => {
                let message = format!("The address may have at most {TARGET_BYTES_MAX} bytes.");
                (StatusCode::URI_TOO_LONG, ErrorCode::TooLarge, message)
            }
            Self::Large => {
                let message = format!("A head may have at most {HEAD_BYTES_MAX} bytes and {FIELDS_MAX} fields.");
                (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, ErrorCode::TooLarge, message)
            }
        };
        ProblemResponse::from(Refusal::new(code, message)).at(status)
    }
}

/// Reads the head that these bytes begin with; nothing as long as it is not whole.
pub(crate) fn read(bytes: &[u8]) -> Result<Option<Head>, Unreadable> {
    let mut fields = [MaybeUninit::uninit(); FIELDS_MAX];
    let mut head = httparse::Request::new(&mut []);
    let length = match head.parse_with_uninit_headers(bytes, &mut fields) {
        Ok(httparse::Status::Complete(length)) if length <= HEAD_BYTES_MAX => length,
        Ok(httparse::Status::Partial) if bytes.len() < HEAD_BYTES_MAX => return Ok(None),
        Ok(_) | Err(httparse::Error::TooManyHeaders) => return Err(Unreadable::Large),
        Err(_) => return Err(Unreadable::Malformed("A request is a line and fields, as RFC 9112 writes them.")),
    };
    let has_bare_line_feed = bytes[..length].windows(2).any(|pair| pair[1] == b'\n' && pair[0] != b'\r');
    if has_bare_line_feed || bytes.first() == Some(&b'\n') {
        return Err(Unreadable::Malformed("Lines end with a carriage return and a line feed."));
    }
    let request = assemble(&head)?;
    check_host(&request)?;
    let body = body_of(&request)?;
    Ok(Some(Head { request, bytes: length, body }))
}

/// Whether nothing behind this request can be told to be another one: chunks end where only their reader knows, and after
/// an upgrade another protocol begins.
pub(crate) fn is_last(method: &Method, headers: &HeaderMap) -> bool {
    *method == Method::CONNECT
        || headers.contains_key(header::TRANSFER_ENCODING)
        || headers.contains_key(header::UPGRADE)
}

fn assemble(head: &httparse::Request<'_, '_>) -> Result<Parts, Unreadable> {
    let malformed = Unreadable::Malformed("A request has a method, an address and fields, as RFC 9110 writes them.");
    let (Some(method), Some(target)) = (head.method, head.path) else { return Err(malformed) };
    if target.len() > TARGET_BYTES_MAX {
        return Err(Unreadable::LongTarget);
    }
    let mut headers = HeaderMap::with_capacity(head.headers.len());
    for field in head.headers.iter() {
        let name = HeaderName::from_bytes(field.name.as_bytes()).map_err(|_| malformed)?;
        headers.append(name, HeaderValue::from_bytes(field.value).map_err(|_| malformed)?);
    }
    let mut request = Request::new(());
    *request.method_mut() = Method::from_bytes(method.as_bytes()).map_err(|_| malformed)?;
    *request.uri_mut() = target.parse().ok().filter(|_| !target.contains('#')).ok_or(malformed)?;
    *request.version_mut() = if head.version == Some(1) { Version::HTTP_11 } else { Version::HTTP_10 };
    *request.headers_mut() = headers;
    Ok(request.into_parts().0)
}

/// There is one `Host` (RFC 9112 §3.2), and an address that names a host as well names the same.
fn check_host(request: &Parts) -> Result<(), Unreadable> {
    let mut hosts = request.headers.get_all(header::HOST).iter();
    let host = match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().ok().filter(|host| Authority::parse(host).is_some()),
        (None, _) if request.version == Version::HTTP_10 => return check_target(request, None),
        _ => None,
    };
    let host = host.ok_or(Unreadable::Malformed("`Host` must be there once, as a host with perhaps a port."))?;
    check_target(request, Some(host))
}

/// The address is a path, or the whole of what `Host` says and a path, or `*` (RFC 9112 §3.2). `CONNECT` has its own form,
/// and is nothing that this server does.
fn check_target(request: &Parts, host: Option<&str>) -> Result<(), Unreadable> {
    let uri: &Uri = &request.uri;
    let is_right = match (uri.scheme_str(), uri.authority()) {
        _ if request.method == Method::CONNECT => true,
        (None, None) => uri.path().starts_with('/') || (uri.path() == "*" && request.method == Method::OPTIONS),
        (Some(scheme), Some(authority)) => {
            let origin = Origin::parse(&format!("{scheme}://{authority}"));
            origin.is_some_and(|origin| host.is_some_and(|host| origin.is_authority(host)))
        }
        _ => false,
    };
    let wanted = "The address must be a path, or one of the host that `Host` names.";
    if is_right { Ok(()) } else { Err(Unreadable::Malformed(wanted)) }
}

/// There is one length, or one coding, which is `chunked`, or neither (RFC 9112 §6).
fn body_of(request: &Parts) -> Result<Body, Unreadable> {
    let values = |name| request.headers.get_all(name).iter().map(HeaderValue::as_bytes).collect::<Vec<_>>();
    match (&values(header::TRANSFER_ENCODING)[..], &values(header::CONTENT_LENGTH)[..]) {
        ([], []) => Ok(Body::Bytes(0)),
        ([], [length]) => {
            let is_number = !length.is_empty() && length.iter().all(u8::is_ascii_digit);
            let length = std::str::from_utf8(length).ok().filter(|_| is_number).and_then(|length| length.parse().ok());
            length.map(Body::Bytes).ok_or(Unreadable::Malformed("`Content-Length` must be one whole number."))
        }
        ([], _) => Err(Unreadable::Malformed("`Content-Length` may be there only once.")),
        ([coding], []) if coding.eq_ignore_ascii_case(b"chunked") && request.version == Version::HTTP_11 => {
            Ok(Body::Chunks)
        }
        (_, []) => Err(Unreadable::Malformed("`Transfer-Encoding` must be `chunked` alone, once, in HTTP/1.1.")),
        _ => Err(Unreadable::Malformed("`Transfer-Encoding` and `Content-Length` exclude each other.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<Option<Body>, Unreadable> {
        read(text.as_bytes()).map(|head| head.map(|head| head.body))
    }

    fn is_malformed(text: &str) -> bool {
        matches!(read_text(text), Err(Unreadable::Malformed(_)))
    }

    #[test]
    fn x15_a_head_is_read_when_it_is_whole_and_no_further() {
        let head = "POST /login?a=b HTTP/1.1\r\nHost: chat:8000\r\nContent-Length: 2\r\n\r\n";
        for end in 0..head.len() {
            assert_eq!(read_text(&head[..end]), Ok(None), "{end}");
        }
        let read = read(format!("{head}{{}}").as_bytes()).unwrap().unwrap();
        assert_eq!((read.bytes, read.body), (head.len(), Body::Bytes(2)));
        assert_eq!((&read.request.method, read.request.uri.query()), (&Method::POST, Some("a=b")));
    }

    #[test]
    fn x15_there_is_one_host_and_the_address_names_no_other() {
        let head = |target: &str, hosts: &str| format!("GET {target} HTTP/1.1\r\n{hosts}\r\n");
        for (target, hosts) in [
            ("/", "Host: x\r\n"),
            ("/", "hOST:  chat.example.org:8000 \r\n"),
            ("/", "Host: [::1]:80\r\n"),
            ("//x/y", "Host: x\r\n"),
            ("http://x/", "Host: x\r\n"),
            ("http://x:80", "Host: x\r\n"),
            ("https://X/", "Host: x:443\r\n"),
        ] {
            assert_eq!(read_text(&head(target, hosts)), Ok(Some(Body::Bytes(0))), "{target} {hosts}");
        }
        for (target, hosts) in [
            ("/", ""),
            ("/", "Host: x\r\nHost: x\r\n"),
            ("/", "Host: x\r\nX: y\r\nhost: y\r\n"),
            ("/", "Host:\r\n"),
            ("/", "Host: x y\r\n"),
            ("/", "Host: x,y\r\n"),
            ("/", "Host: x/y\r\n"),
            ("/", "Host: me@x\r\n"),
            ("/", "Host: http://x\r\n"),
            ("/", "Host: x:port\r\n"),
            ("/", "Host: x:99999\r\n"),
            ("/", "Host: [::1\r\n"),
            ("/", "Host: x%00\r\n"),
            ("/", "Host: \u{e4}\r\n"),
            ("http://y/", "Host: x\r\n"),
            ("http://x:81/", "Host: x\r\n"),
            ("http://x/", "Host: x:443\r\n"),
            ("http://me@x/", "Host: x\r\n"),
            ("ftp://x/", "Host: x\r\n"),
            ("http://x/", ""),
            ("x:80", "Host: x:80\r\n"),
            ("*", "Host: x\r\n"),
            ("x", "Host: x\r\n"),
            ("/#x", "Host: x\r\n"),
        ] {
            assert!(is_malformed(&head(target, hosts)), "{target} {hosts}");
        }
        assert_eq!(read_text("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n"), Ok(Some(Body::Bytes(0))));
        assert_eq!(read_text("GET / HTTP/1.0\r\n\r\n"), Ok(Some(Body::Bytes(0))), "HTTP/1.0 had none");
        assert!(is_malformed("GET / HTTP/1.0\r\nHost: x\r\nHost: x\r\n\r\n"));
        assert!(is_malformed("GET http://x/ HTTP/1.0\r\n\r\n"));
    }

    #[test]
    fn x15_there_is_one_way_to_tell_where_a_body_ends() {
        let head = |fields: &str| format!("POST / HTTP/1.1\r\nHost: x\r\n{fields}\r\n");
        for (fields, body) in [
            ("Content-Length: 0\r\n", Body::Bytes(0)),
            ("content-length: 0012 \r\n", Body::Bytes(12)),
            ("Content-Length: 18446744073709551615\r\n", Body::Bytes(u64::MAX)),
            ("Transfer-Encoding: Chunked\r\n", Body::Chunks),
        ] {
            assert_eq!(read_text(&head(fields)), Ok(Some(body)), "{fields}");
        }
        for fields in [
            "Content-Length: 1\r\nContent-Length: 1\r\n",
            "Content-Length: 1\r\nContent-Length: 2\r\n",
            "Content-Length: 1, 1\r\n",
            "Content-Length: +1\r\n",
            "Content-Length: -1\r\n",
            "Content-Length: 1 1\r\n",
            "Content-Length: 0x1\r\n",
            "Content-Length: 1.0\r\n",
            "Content-Length:\r\n",
            "Content-Length: 18446744073709551616\r\n",
            "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
            "Transfer-Encoding: xchunked\r\n",
            "Transfer-Encoding: chunkedx\r\n",
            "Transfer-Encoding: chunked, identity\r\n",
            "Transfer-Encoding: identity\r\n",
            "Transfer-Encoding: identity, chunked\r\n",
            "Transfer-Encoding: gzip, chunked\r\n",
            "Transfer-Encoding: chunked, chunked\r\n",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
            "Transfer-Encoding: \"chunked\"\r\n",
            "Transfer-Encoding: chunked;q=1\r\n",
            "Transfer-Encoding:\r\n",
            "Transfer-Encoding: ,chunked\r\n",
            "Transfer-Encoding : chunked\r\n",
            "X: y\r\n folded: z\r\n",
        ] {
            assert!(is_malformed(&head(fields)), "{fields}");
        }
        assert!(is_malformed("POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"));
    }

    #[test]
    fn x15_what_is_no_head_is_refused_before_it_ends() {
        for text in [
            "GET / HTTP/1.1\nHost: x\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: x\n\r\n",
            "GET / HTTP/1.1\r\nHost: x\r\n\n",
            "\nGET / HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: x\r\nX: a\rb\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n",
            "GET  / HTTP/1.1\r\n",
            "GET / HTTP/2.0\r\n",
            "GET /\r\n",
            "\u{16}\u{3}\u{1}\u{2}",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        ] {
            assert!(is_malformed(text), "{text:?}");
        }
    }

    #[test]
    fn x78_a_head_has_its_limits() {
        let fields = |count: usize| format!("GET / HTTP/1.1\r\nHost: x\r\n{}\r\n", "X: y\r\n".repeat(count - 1));
        assert_eq!(read_text(&fields(FIELDS_MAX)), Ok(Some(Body::Bytes(0))));
        assert_eq!(read_text(&fields(FIELDS_MAX + 1)), Err(Unreadable::Large));
        let long = |bytes: usize| format!("GET / HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n", "y".repeat(bytes - 32));
        assert_eq!(long(HEAD_BYTES_MAX).len(), HEAD_BYTES_MAX);
        assert_eq!(read_text(&long(HEAD_BYTES_MAX)), Ok(Some(Body::Bytes(0))));
        assert_eq!(read_text(&long(HEAD_BYTES_MAX + 1)), Err(Unreadable::Large));
        assert_eq!(read_text(&"G".repeat(HEAD_BYTES_MAX)), Err(Unreadable::Large));
        let target = |bytes: usize| format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "y".repeat(bytes - 1));
        assert_eq!(read_text(&target(TARGET_BYTES_MAX)), Ok(Some(Body::Bytes(0))));
        assert_eq!(read_text(&target(TARGET_BYTES_MAX + 1)), Err(Unreadable::LongTarget));
        assert_eq!(Unreadable::Large.problem().into_parts().0, 431);
        assert_eq!(Unreadable::LongTarget.problem().into_parts().0, 414);
        assert_eq!(Unreadable::Malformed("").problem().into_parts().0, 400);
    }
}
