//! The network that a request comes from. Headers are believed only from proxies that the configuration names.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::http::HeaderValue;
use axum::http::request::Parts;

use crate::config::Config;
use crate::listener::PeerAddress;
use crate::trusted_proxy::TrustedProxy;

/// The client's address: the peer's, or what a trusted proxy says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ClientAddress(pub(crate) IpAddr);

impl ClientAddress {
    /// Whom this request comes from.
    pub(crate) fn of(request: &Parts, config: &Config) -> Self {
        let peer =
            request.extensions.get::<PeerAddress>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.ip());
        let forwarded = request.headers.get_all("x-forwarded-for").iter().map(HeaderValue::as_bytes);
        Self(behind_proxies(peer, forwarded, &config.trusted_proxies))
    }
}

/// Walks the chain of proxies from the nearest outwards and stops at the first one that is not trusted, because everything
/// beyond it may be made up, or names no address: then it is the last one that counts.
fn behind_proxies<'a>(peer: IpAddr, forwarded: impl Iterator<Item = &'a [u8]>, trusted: &[TrustedProxy]) -> IpAddr {
    let hops = forwarded.flat_map(|value| value.split(|byte| *byte == b',')).map(<[u8]>::trim_ascii);
    // A list may have empty members, which mean nothing (RFC 9110 §5.6.1.2).
    let mut hops: Vec<&[u8]> = hops.filter(|hop| !hop.is_empty()).collect();
    let mut address = peer.to_canonical();
    while trusted.iter().any(|proxy| proxy.has(address)) {
        let Some(next) = hops.pop().and_then(hop_address) else { break };
        address = next.to_canonical();
    }
    address
}

/// The address of a hop, which some proxies write with the port of the connection, and then in brackets if it is IPv6.
fn hop_address(hop: &[u8]) -> Option<IpAddr> {
    let hop = std::str::from_utf8(hop).ok()?;
    let bracketed = || hop.strip_prefix('[')?.strip_suffix(']')?.parse().ok().map(IpAddr::V6);
    let with_port = || hop.parse::<SocketAddr>().ok().map(|address| address.ip());
    hop.parse().ok().or_else(bracketed).or_else(with_port)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    /// Whom these lines of `X-Forwarded-For` name, if 10.0.0.1 and fd00::/8 are proxies.
    fn client(peer: &str, lines: &[&[u8]]) -> IpAddr {
        let proxies = ["10.0.0.1", "fd00::/8"].map(|proxy| proxy.parse().unwrap());
        behind_proxies(ip(peer), lines.iter().copied(), &proxies)
    }

    #[test]
    fn x02_forwarded_addresses_count_only_from_a_configured_proxy() {
        assert_eq!(behind_proxies(ip("10.0.0.1"), [&b"1.2.3.4"[..]].into_iter(), &[]), ip("10.0.0.1"));
        assert_eq!(client("192.0.2.7", &[b"1.2.3.4"]), ip("192.0.2.7"));
        assert_eq!(client("10.0.0.1", &[b"6.6.6.6, 1.2.3.4"]), ip("1.2.3.4"));
        assert_eq!(client("::ffff:10.0.0.1", &[b"6.6.6.6, ::ffff:1.2.3.4"]), ip("1.2.3.4"));
        assert_eq!(client("10.0.0.1", &[b"1.2.3.4, 10.0.0.1"]), ip("1.2.3.4"));
        assert_eq!(client("10.0.0.1", &[b"6.6.6.6, 1.2.3.4, fd12::1", b"10.0.0.1,fd00::2"]), ip("1.2.3.4"));
        assert_eq!(client("10.0.0.1", &[b"10.0.0.1"]), ip("10.0.0.1"), "nobody else is in it");
        assert_eq!(client("10.0.0.1", &[]), ip("10.0.0.1"));
    }

    #[test]
    fn x02_an_address_is_read_as_proxies_write_it() {
        for (hop, address) in [
            ("198.51.100.7:50123", "198.51.100.7"),
            ("[2001:db8::1]:443", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("2001:DB8::1", "2001:db8::1"),
            ("[::ffff:198.51.100.7]:1", "198.51.100.7"),
            ("\t198.51.100.7 ", "198.51.100.7"),
            ("198.51.100.7, ,", "198.51.100.7"),
        ] {
            assert_eq!(client("10.0.0.1", &[hop.as_bytes()]), ip(address), "{hop}");
        }
    }

    #[test]
    fn x02_what_is_no_address_ends_the_walk_at_the_last_one_that_was() {
        let garbage: [&[u8]; 10] = [
            b"junk",
            b"unknown",
            b"_hidden",
            b"1.2.3",
            b"1.2.3.4:",
            b"1.2.3.4:x",
            b"[1.2.3.4]",
            b"[::1",
            b"::1]",
            b"\xff",
        ];
        for hop in garbage {
            assert_eq!(client("10.0.0.1", &[&[b"6.6.6.6, ", hop].concat()]), ip("10.0.0.1"), "{hop:?}");
            assert_eq!(client("10.0.0.1", &[&[hop, b", fd00::2"].concat()]), ip("fd00::2"), "{hop:?}");
            // Whatever a client says in front of what a proxy adds takes nothing away from that.
            assert_eq!(client("10.0.0.1", &[&[hop, b", 1.2.3.4"].concat()]), ip("1.2.3.4"), "{hop:?}");
            assert_eq!(client("10.0.0.1", &[hop, b"1.2.3.4"]), ip("1.2.3.4"), "{hop:?}");
        }
    }
}
