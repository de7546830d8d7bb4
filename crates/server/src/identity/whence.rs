//! Where a session is begun, so that its owner recognises it in the list and sees a stranger's.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use axum::http::HeaderMap;
use axum::http::header::USER_AGENT;
use chatterbox_core::sessions::Whence;

use super::agent;
use crate::fields::only;

/// Where a request comes from, as far as a session remembers it.
pub(crate) fn whence(address: IpAddr, headers: &HeaderMap) -> Whence {
    let agent = only(headers, &USER_AGENT).and_then(|value| value.to_str().ok()).and_then(agent::words);
    Whence { from: Some(coarse(address)), agent }
}

/// The network of an address: enough to tell home from elsewhere, and too little to say who of a street somebody was, should the
/// data come into other hands.
fn coarse(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(v4) => format!("{}/24", Ipv4Addr::from(u32::from(v4) & (u32::MAX << 8))),
        IpAddr::V6(v6) => format!("{}/48", Ipv6Addr::from(u128::from(v6) & (u128::MAX << 80))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_address_its_network_is_kept() {
        for (address, network) in [
            ("192.0.2.77", "192.0.2.0/24"),
            ("::ffff:198.51.100.7", "198.51.100.0/24"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
            ("::1", "::/48"),
        ] {
            assert_eq!(coarse(address.parse().unwrap()), network, "{address}");
        }
    }
}
