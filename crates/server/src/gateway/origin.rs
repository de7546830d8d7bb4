//! Which page a request comes from (RFC 6454). A browser lets any page open a socket to any server and sends its cookies
//! along, so the `Origin` that it adds is all that tells our own pages from a stranger's (RFC 6455 §10.2).

use std::net::Ipv6Addr;

use axum::http::HeaderMap;
use axum::http::header::{HOST, ORIGIN};

use crate::gateway::handshake::only;

/// What the `Origin` of a request says about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OriginVerdict {
    /// There is none: a program, not a page. It has no one else's cookies to misuse, so it must bring a token.
    NoOrigin,
    /// The server's own page, or a configured one.
    Allowed,
    /// Anyone else's page, or something that is not an origin.
    Refused,
}

/// Where a page comes from: scheme, host and port, in the one form in which they can be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    scheme: String,
    place: Place,
}

/// A host and a port. Without a port where none was given and the scheme has no usual one.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    host: Host,
    port: Option<u16>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Host {
    Name(String),
    V6(Ipv6Addr),
}

impl Origin {
    /// Reads `scheme://host` or `scheme://host:port`, and nothing that has more or less to it. Configured origins can be
    /// checked with this when they are read: one that is not an origin would never match.
    pub fn parse(text: &str) -> Option<Self> {
        let (scheme, place) = text.split_once("://")?;
        let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
        let scheme = scheme.to_ascii_lowercase();
        let place = Place::parse(place)?.or_port(usual_port(&scheme));
        is_scheme.then_some(Self { scheme, place })
    }

    /// Whether this is where the request went. `Host` says nothing of the scheme, which a proxy may have changed, so a
    /// `Host` without a port means the usual one of the origin's.
    fn is_host(&self, host: &str) -> bool {
        let port = usual_port(&self.scheme);
        port.is_some() && Place::parse(host).is_some_and(|host| host.or_port(port) == self.place)
    }
}

impl Place {
    fn parse(text: &str) -> Option<Self> {
        let end_of_host =
            if text.starts_with('[') { text.find(']')? + 1 } else { text.find(':').unwrap_or(text.len()) };
        let (host, port) = text.split_at(end_of_host);
        let port = match port.strip_prefix(':') {
            Some(port) => Some(parse_port(port)?),
            None if port.is_empty() => None,
            None => return None,
        };
        Some(Self { host: Host::parse(host)?, port })
    }

    fn or_port(self, port: Option<u16>) -> Self {
        Self { port: self.port.or(port), ..self }
    }
}

impl Host {
    fn parse(text: &str) -> Option<Self> {
        if let Some(address) = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
            return address.parse().ok().map(Self::V6);
        }
        // Browsers send other alphabets as Punycode, so whatever else stands here is no host.
        let is_name =
            !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
        is_name.then(|| Self::Name(text.to_ascii_lowercase()))
    }
}

/// A port as browsers write it: no sign, no leading zero.
fn parse_port(text: &str) -> Option<u16> {
    let is_number = text.starts_with(|first: char| matches!(first, '1'..='9'));
    text.parse().ok().filter(|_| is_number)
}

fn usual_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    }
}

/// Judges the `Origin` of a request, given the origins that are allowed besides the server's own.
pub fn origin_allowed(headers: &HeaderMap, allowed: &[String]) -> OriginVerdict {
    if !headers.contains_key(ORIGIN) {
        return OriginVerdict::NoOrigin;
    }
    let Some(origin) = only(headers, &ORIGIN).and_then(|origin| origin.to_str().ok()).and_then(Origin::parse) else {
        return OriginVerdict::Refused;
    };
    let host = only(headers, &HOST).and_then(|host| host.to_str().ok());
    let is_own = host.is_some_and(|host| origin.is_host(host));
    let is_configured = || allowed.iter().any(|allowed| Origin::parse(allowed).as_ref() == Some(&origin));
    if is_own || is_configured() { OriginVerdict::Allowed } else { OriginVerdict::Refused }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(host: &str, origin: &str) -> OriginVerdict {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, host.parse().unwrap());
        headers.insert(ORIGIN, origin.parse().unwrap());
        origin_allowed(&headers, &["https://partner.example".to_owned(), "app://desktop".to_owned(), "*".to_owned()])
    }

    #[test]
    fn x10_our_own_pages_are_allowed() {
        for (host, origin) in [
            ("127.0.0.1:8000", "http://127.0.0.1:8000"),
            ("chat.example", "https://chat.example"),
            ("chat.example", "http://chat.example"),
            ("chat.example:443", "https://chat.example"),
            ("chat.example", "https://chat.example:443"),
            ("chat.example:80", "http://chat.example"),
            ("Chat.Example", "HTTPS://chat.EXAMPLE"),
            ("[::1]:8000", "http://[0:0::1]:8000"),
        ] {
            assert_eq!(judge(host, origin), OriginVerdict::Allowed, "{host} {origin}");
        }
    }

    #[test]
    fn x10_everyone_elses_pages_are_refused() {
        for origin in [
            "https://evil.example",
            "null",
            "",
            "https://sub.chat.example",
            "https://chat.example.evil.example",
            "https://evilchat.example",
            "https://xchat.example",
            "https://chat.exampl",
            "https://chat.example.",
            "https://chat.example:8443",
            "https://chat.example:80",
            "https://chat.example:0443",
            "https://chat.example:+443",
            "https://chat.example:",
            "https://chat.example:0",
            "https://chat.example:66000",
            "https://chat.example:443:443",
            "https://chat.example/",
            "https://chat.example?",
            "https://chat.example#",
            "https://chat.example@evil.example",
            "https://evil.example@chat.example",
            "https://chat.example https://evil.example",
            "https://chat.example,https://evil.example",
            "https://[chat.example]",
            "https://[::1]x",
            "https://[::1",
            "https://",
            "chat.example",
            "//chat.example",
            "://chat.example",
            "ftp://chat.example",
            "ws://chat.example",
            "file://",
            "*",
        ] {
            assert_eq!(judge("chat.example", origin), OriginVerdict::Refused, "{origin}");
        }
    }

    #[test]
    fn x10_what_no_browser_sends_is_no_origin_even_where_host_says_the_same() {
        for host in
            ["me@chat.example", "chat.example/", "chat.example?", "chat example", "chat%2eexample", "*", "'", "[::g]"]
        {
            assert_eq!(judge(host, &format!("https://{host}")), OriginVerdict::Refused, "{host}");
        }
        for text in [
            "ht tp://chat.example",
            "1http://chat.example",
            "://chat.example",
            "https:/chat.example",
            "https://ch\u{e4}t",
        ] {
            assert_eq!(Origin::parse(text), None, "{text}");
        }
    }

    #[test]
    fn x10_configured_origins_match_as_a_whole() {
        for origin in ["https://partner.example", "https://PARTNER.example:443", "app://desktop"] {
            assert_eq!(judge("chat.example", origin), OriginVerdict::Allowed, "{origin}");
        }
        for origin in
            ["http://partner.example", "https://partner.example:444", "https://a.partner.example", "app://other"]
        {
            assert_eq!(judge("chat.example", origin), OriginVerdict::Refused, "{origin}");
        }
    }

    #[test]
    fn x10_several_or_garbled_headers_are_refused_and_none_is_told_apart() {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, "chat.example".parse().unwrap());
        assert_eq!(origin_allowed(&headers, &[]), OriginVerdict::NoOrigin);
        headers.append(ORIGIN, "https://chat.example".parse().unwrap());
        assert_eq!(origin_allowed(&headers, &[]), OriginVerdict::Allowed);
        headers.append(HOST, "chat.example".parse().unwrap());
        assert_eq!(origin_allowed(&headers, &[]), OriginVerdict::Refused, "two hosts");
        headers.remove(HOST);
        assert_eq!(origin_allowed(&headers, &[]), OriginVerdict::Refused, "no host");
        headers.insert(HOST, "chat.example".parse().unwrap());
        headers.append(ORIGIN, "https://chat.example".parse().unwrap());
        assert_eq!(origin_allowed(&headers, &[]), OriginVerdict::Refused, "two origins");
        headers.insert(ORIGIN, axum::http::HeaderValue::from_bytes(b"https://chat.ex\xe4mple").unwrap());
        assert_eq!(origin_allowed(&headers, &[]), OriginVerdict::Refused, "not ASCII");
    }
}
