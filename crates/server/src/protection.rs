//! Headers that every answer of HTTP carries, so that no page of this server can be framed, sniffed, cached or made to run
//! anything but its own scripts.

use std::fmt::Write;

use axum::http::{HeaderMap, HeaderValue, header};
use base64::prelude::{BASE64_STANDARD, Engine};
use sha2::{Digest, Sha256};

use crate::config::Config;

/// Nothing inline but what a page of ours was built with, nothing from elsewhere, and no HTML made from text except by
/// Svelte's own templates.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; \
    media-src 'self' blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; \
    form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'; trusted-types svelte-trusted-html";

const ALWAYS: [(header::HeaderName, &str); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    // Pages of allowed origins ask in another way, which CORS has rules for.
    (header::HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (header::HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=()"),
];

/// The policy for a page of ours: what it holds inline is named by its hash, so that it works, and nothing else that is
/// inline ever does (Content Security Policy Level 3, §8.3).
pub(crate) fn policy_of(page: &str) -> String {
    let policy = CONTENT_SECURITY_POLICY.replace("script-src 'self'", &sources("script", page));
    policy.replace("style-src 'self'", &sources("style", page))
}

fn sources(element: &str, page: &str) -> String {
    let end = format!("</{element}>");
    let mut sources = format!("{element}-src 'self'");
    for after in page.split(&format!("<{element}>")).skip(1) {
        let inline = after.split(&end).next().unwrap_or_default();
        let _ = write!(sources, " 'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(inline)));
    }
    sources
}

/// Adds them to an answer of any kind. `Cache-Control` is only set where there is none: what is not said to be public is not to
/// be kept.
pub(crate) fn protect(headers: &mut HeaderMap, config: &Config) {
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY_POLICY));
    }
    if config.is_behind_tls() {
        let value = HeaderValue::from_static("max-age=63072000; includeSubDomains");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, value);
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}
