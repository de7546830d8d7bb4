//! Reverse proxies that are believed when they say for whom they ask.

use std::net::IpAddr;
use std::str::FromStr;

use ipnet::{IpNet, Ipv4Net};

/// The address of a proxy, or the network in which all are proxies. Addresses are compared as addresses: an IPv4 one that
/// is written as IPv6 is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrustedProxy(IpNet);

/// Bits of an IPv6 address in front of the IPv4 one that it may hold.
const MAPPED_BITS: u8 = 96;

impl TrustedProxy {
    /// Whether this is the proxy's address, or lies in the network.
    pub fn has(&self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }
}

impl FromStr for TrustedProxy {
    type Err = String;

    /// Reads `127.0.0.1`, `172.16.0.0/12` or `fd00::/8`. Errors: what would be right; also for a network of everybody,
    /// whose members could be whoever they like.
    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let address = || text.parse::<IpAddr>().map(IpNet::from).ok();
        let Some(network) = text.parse::<IpNet>().ok().or_else(address).map(canonical) else {
            return Err("expected an address or a network: 127.0.0.1, 172.16.0.0/12 or fd00::/8".to_owned());
        };
        if network.prefix_len() == 0 {
            return Err("expected the network of the proxies alone, such as 172.16.0.0/12: this one holds everybody, \
                        and everybody could claim any address"
                .to_owned());
        }
        Ok(Self(network))
    }
}

fn canonical(network: IpNet) -> IpNet {
    let IpNet::V6(v6) = network else { return network };
    let mapped = v6.addr().to_ipv4_mapped().filter(|_| v6.prefix_len() >= MAPPED_BITS);
    mapped.map_or(IpNet::V6(v6), |v4| Ipv4Net::new_assert(v4, v6.prefix_len() - MAPPED_BITS).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(proxy: &str, address: &str) -> bool {
        proxy.parse::<TrustedProxy>().unwrap().has(address.parse().unwrap())
    }

    #[test]
    fn x02_a_proxy_is_an_address_or_a_network_however_it_is_written() {
        for (proxy, inside, outside) in [
            ("127.0.0.1", "127.0.0.1", "127.0.0.2"),
            ("127.0.0.1", "::ffff:127.0.0.1", "::1"),
            ("::ffff:127.0.0.1", "127.0.0.1", "127.0.0.2"),
            ("::FFFF:7f00:1", "127.0.0.1", "127.0.0.2"),
            (" 172.16.0.0/12 ", "172.31.255.255", "172.32.0.0"),
            ("172.20.3.4/12", "172.16.0.1", "172.15.255.255"),
            ("::ffff:10.0.0.0/104", "10.200.0.1", "11.0.0.1"),
            ("fd00::/8", "fd12:3456::1", "fe80::1"),
            ("2001:db8:0:0::1", "2001:db8::1", "2001:db8::2"),
            ("0.0.0.0/1", "127.0.0.1", "128.0.0.1"),
        ] {
            assert!(has(proxy, inside), "{proxy} {inside}");
            assert!(!has(proxy, outside), "{proxy} {outside}");
        }
    }

    #[test]
    fn x02_what_is_neither_is_told_what_would_be_right() {
        for text in
            ["", "localhost", "10.0.0.1:8080", "[::1]", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0/24", "*", "fd00::/8,"]
        {
            assert!(text.parse::<TrustedProxy>().unwrap_err().contains("172.16.0.0/12"), "{text}");
        }
        for everybody in ["0.0.0.0/0", "::/0", "::ffff:0:0/96"] {
            assert!(everybody.parse::<TrustedProxy>().unwrap_err().contains("everybody"), "{everybody}");
        }
    }
}
