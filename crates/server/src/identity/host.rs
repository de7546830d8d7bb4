//! Which server a request is for. A foreign name that leads to this machine is how a stranger's page gets to speak as one of
//! our own: to the browser it is the same origin (DNS rebinding).

use axum::http::header::HOST;
use axum::http::{Extensions, HeaderMap, HeaderValue};
use chatterbox_protocol::errors::{ErrorCode, Refusal};

use crate::authority::Authority;
use crate::config::Config;
use crate::listener::PeerAddress;

/// Where a proxy says which host it was asked for.
const FORWARDED_HOST: &str = "x-forwarded-host";

/// Refuses a request for another host than this server is, by `Host` or by the word of a trusted proxy. One without either
/// passes: only HTTP/1.0 has those, and no browser.
pub(crate) fn refuse_foreign_host(config: &Config, headers: &HeaderMap, about: &Extensions) -> Result<(), Refusal> {
    let peer = about.get::<PeerAddress>().map(|peer| peer.0.ip());
    let is_proxy = peer.is_some_and(|peer| config.trusts(peer));
    // Whoever adds to this adds at the end.
    let forwarded = headers.get_all(FORWARDED_HOST).iter().next_back().filter(|_| is_proxy);
    let is_ours = |value: &HeaderValue| {
        let last = value.to_str().ok().and_then(|value| value.rsplit(',').next()).map(str::trim);
        last.and_then(Authority::parse).is_some_and(|authority| config.answers_as(&authority.host))
    };
    if headers.get_all(HOST).iter().chain(forwarded).all(is_ours) {
        return Ok(());
    }
    let message = "This server does not go by the name that was asked for. Whoever runs it can add the name to \
                   `--allowed-hosts`, or make it the one of `--public-url`.";
    Err(Refusal::new(ErrorCode::HostRefused, message))
}
