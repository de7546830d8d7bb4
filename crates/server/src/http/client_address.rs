//! The network that a request comes from. Headers are believed only from proxies that the configuration names.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::app::App;
use crate::listener::Peer;

/// The client's address: the peer's, or what a trusted proxy says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ClientAddress(pub(crate) IpAddr);

impl FromRequestParts<Arc<App>> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Infallible> {
        Ok(Self::of(parts, app))
    }
}

impl ClientAddress {
    /// Whom this request comes from.
    pub(crate) fn of(request: &Parts, app: &App) -> Self {
        let peer = request.extensions.get::<Peer>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.ip());
        let forwarded = request.headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
        Self(behind_proxies(peer, forwarded, &app.config.trusted_proxies))
    }
}

/// Walks the chain of proxies from the nearest outwards and stops at the first one that is not trusted: everything
/// beyond it may be made up.
fn behind_proxies<'a>(peer: IpAddr, forwarded: impl Iterator<Item = &'a str>, trusted: &[IpAddr]) -> IpAddr {
    let mut hops: Vec<&str> = forwarded.flat_map(|value| value.split(',')).map(str::trim).collect();
    let mut address = peer.to_canonical();
    while trusted.contains(&address) {
        let Some(next) = hops.pop().and_then(|hop| hop.parse::<IpAddr>().ok()) else { break };
        address = next.to_canonical();
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn x02_forwarded_addresses_count_only_from_a_configured_proxy() {
        let proxy = [ip("10.0.0.1")];
        let client =
            |peer, header: &'static str, trusted: &[IpAddr]| behind_proxies(ip(peer), [header].into_iter(), trusted);
        assert_eq!(client("192.0.2.7", "1.2.3.4", &[]), ip("192.0.2.7"));
        assert_eq!(client("192.0.2.7", "1.2.3.4", &proxy), ip("192.0.2.7"));
        assert_eq!(client("10.0.0.1", "6.6.6.6, 1.2.3.4", &proxy), ip("1.2.3.4"));
        assert_eq!(client("10.0.0.1", "1.2.3.4, 10.0.0.1", &proxy), ip("1.2.3.4"));
        assert_eq!(client("10.0.0.1", "junk", &proxy), ip("10.0.0.1"));
    }
}
