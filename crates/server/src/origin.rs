//! Where pages come from, in the one form in which it can be compared (RFC 6454).

use std::fmt;
use std::str::FromStr;

use crate::authority::{Authority, Host, PUNYCODE};

/// Where a page comes from: scheme, host and port, in the one form in which they can be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    scheme: String,
    authority: Authority,
}

impl Origin {
    /// Reads `scheme://host` or `scheme://host:port`, and nothing that has more or less to it.
    pub fn parse(text: &str) -> Option<Self> {
        let (scheme, authority) = text.split_once("://")?;
        let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
        let scheme = scheme.to_ascii_lowercase();
        let authority = Authority::parse(authority)?.or_port(usual_port(&scheme));
        is_scheme.then_some(Self { scheme, authority })
    }

    /// Whether its pages come over TLS.
    pub fn is_secure(&self) -> bool {
        self.scheme == "https"
    }

    /// The host in it.
    pub(crate) fn host(&self) -> &Host {
        &self.authority.host
    }

    /// Whether this is where the request went. `Host` says nothing of the scheme, which a proxy may have changed, so a
    /// `Host` without a port means the usual one of the origin's.
    pub(crate) fn is_authority(&self, host: &str) -> bool {
        let port = usual_port(&self.scheme);
        port.is_some() && Authority::parse(host).is_some_and(|host| host.or_port(port) == self.authority)
    }
}

impl FromStr for Origin {
    type Err = String;

    /// Reads the origin of web pages as it is configured; a slash may close it. Errors: what would be right.
    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let text = text.strip_suffix('/').unwrap_or(text);
        if text.contains('*') {
            return Err(
                "expected whole origins, one by one: https://chat.example.org (`*` stands for nothing)".to_owned()
            );
        }
        if !text.is_ascii() {
            return Err(format!("expected the host as browsers send it, in Punycode: {PUNYCODE}"));
        }
        let wanted = "expected a scheme, a host and perhaps a port: https://chat.example.org";
        let origin = Self::parse(text).filter(|origin| usual_port(&origin.scheme).is_some());
        origin.ok_or_else(|| wanted.to_owned())
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Authority { host, port } = &self.authority;
        write!(f, "{}://{host}", self.scheme)?;
        match port.filter(|port| Some(*port) != usual_port(&self.scheme)) {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

fn usual_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x10_what_is_configured_and_would_never_match_is_told_what_would_be_right() {
        for (text, origin) in [
            ("https://chat.example.org/", "https://chat.example.org"),
            ("HTTPS://Chat.Example.ORG:443", "https://chat.example.org"),
            (" http://chat:80/ ", "http://chat"),
            ("https://[::1]:8443", "https://[::1]:8443"),
            ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
        ] {
            assert_eq!(text.parse::<Origin>().unwrap().to_string(), origin);
        }
        for text in ["", "*", "null", "chat.example.org", "https://*.example.org", "https://a.example/b", "https://a//"]
        {
            assert!(text.parse::<Origin>().unwrap_err().contains("https://chat.example.org"), "{text}");
        }
        for text in ["wss://chat.example.org", "file://", "https://me@a.example", "https://a.example?", "https://a:0"] {
            assert!(text.parse::<Origin>().unwrap_err().contains("https://chat.example.org"), "{text}");
        }
        assert!("https://b\u{fc}cher.example".parse::<Origin>().unwrap_err().contains("xn--bcher-kva"));
    }
}
