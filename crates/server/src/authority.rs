//! An authority (RFC 3986 §3.2) without a user: a host with perhaps a port, as `Host`, an origin and an address name it, in the
//! one form in which it can be compared.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// A host and a port. Without a port where none was given and the scheme has no usual one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Authority {
    pub(crate) host: Host,
    pub(crate) port: Option<u16>,
}

/// A host by its name, in lower case, or by its address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Host {
    /// A name, as browsers send it: letters of other alphabets in Punycode.
    Name(String),
    /// An IPv4 address.
    V4(Ipv4Addr),
    /// An IPv6 address, which stands in brackets.
    V6(Ipv6Addr),
}

impl Authority {
    /// Reads `host` or `host:port`, and nothing that has more or less to it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
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

    pub(crate) fn or_port(self, port: Option<u16>) -> Self {
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
        is_name.then(|| text.parse().map_or_else(|_| Self::Name(text.to_ascii_lowercase()), Self::V4))
    }

    /// Whether no foreign page can have brought somebody here by a name of its own: a bare address, or a name that always
    /// means this machine (RFC 6761 §6.3).
    pub(crate) fn is_nobodys_name(&self) -> bool {
        match self {
            Self::Name(name) => name == "localhost" || name.ends_with(".localhost"),
            Self::V4(_) | Self::V6(_) => true,
        }
    }
}

impl FromStr for Host {
    type Err = String;

    /// Reads a host as it is configured. Errors: what would be right.
    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if !text.is_ascii() {
            return Err(format!("expected the name as browsers send it, in Punycode: {PUNYCODE}"));
        }
        let address = || text.parse().ok().map(Self::V6);
        let wanted = "expected the name of a host alone, without scheme, port, path or `*`: chat.example.org";
        Self::parse(text).or_else(address).ok_or_else(|| wanted.to_owned())
    }
}

/// An example of how browsers send a name with other letters than a to z.
pub(crate) const PUNYCODE: &str = "xn--bcher-kva.example for b\u{fc}cher.example";

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::V4(address) => address.fmt(f),
            Self::V6(address) => write!(f, "[{address}]"),
        }
    }
}

/// A port as browsers write it: no sign, no leading zero.
fn parse_port(text: &str) -> Option<u16> {
    let is_number = text.starts_with(|first: char| matches!(first, '1'..='9'));
    text.parse().ok().filter(|_| is_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x12_bare_addresses_and_the_names_of_this_machine_are_nobodys() {
        for host in ["localhost", "LOCALHOST", "chat.localhost", "127.0.0.1", "192.0.2.7", "[::1]", "[fd00::7]"] {
            assert!(Authority::parse(host).unwrap().host.is_nobodys_name(), "{host}");
        }
        for host in ["chat.example.org", "xlocalhost", "localhost.evil.example", "127.0.0.1.evil.example", "127.1", "1"]
        {
            assert!(!Authority::parse(host).unwrap().host.is_nobodys_name(), "{host}");
        }
    }

    #[test]
    fn a_configured_host_is_a_name_and_whatever_else_is_told_what_would_be_right() {
        for (text, host) in
            [("Chat.Example.org", "chat.example.org"), (" chat ", "chat"), ("::1", "[::1]"), ("10.0.0.1", "10.0.0.1")]
        {
            assert_eq!(text.parse::<Host>().unwrap().to_string(), host);
        }
        for text in ["", "https://chat.example.org", "chat:8000", "*.example.org", "chat/", "a b", "[::1"] {
            assert!(text.parse::<Host>().unwrap_err().contains("chat.example.org"), "{text}");
        }
        assert!("b\u{fc}cher.example".parse::<Host>().unwrap_err().contains("xn--bcher-kva"));
    }
}
