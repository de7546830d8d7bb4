//! The cookies that show a session, two of them: either half of its token is noise without the other. One is for HTTP alone,
//! so no script can take it along. The other a page can delete, also while the server is out of reach: what is left then
//! opens nothing.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::config::Config;
use crate::tokens;

/// How long a browser keeps them: 180 days, as long as a session can live at all.
const COOKIE_SECONDS: u32 = 180 * 24 * 60 * 60;

/// The token that both cookies together show, if both are there.
pub(crate) fn shown(headers: &HeaderMap, config: &Config) -> Option<String> {
    let value_of = |wanted: &str| {
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(name, _)| *name == wanted).map(|(_, value)| value)
    };
    let [name, half_name] = names(config);
    tokens::joined(value_of(name)?, value_of(half_name)?)
}

/// What has a browser show this token from now on. Nothing if it is no token, or if there is no randomness to split it by.
pub(crate) fn set(token: &str, config: &Config) -> Option<[(HeaderName, HeaderValue); 2]> {
    let [half, other] = tokens::halves(token)?;
    Some(fields([&half, &other], COOKIE_SECONDS, config))
}

/// What has a browser show no token any more.
pub(crate) fn take_away(config: &Config) -> [(HeaderName, HeaderValue); 2] {
    fields(["", ""], 0, config)
}

/// Whatever else is on the same host but not under the same path does not get to see them.
fn fields(halves: [&str; 2], seconds: u32, config: &Config) -> [(HeaderName, HeaderValue); 2] {
    let [name, half_name] = names(config);
    let [secret, readable] = halves;
    let (path, secure) = (config.path(), if config.is_behind_tls() { "; Secure" } else { "" });
    let attributes = format!("SameSite=Strict; Max-Age={seconds}{secure}");
    [
        format!("{name}={secret}; Path={path}/; HttpOnly; {attributes}"),
        format!("{half_name}={readable}; Path={path}/; {attributes}"),
    ]
    .map(|cookie| {
        let value = HeaderValue::from_str(&cookie);
        (header::SET_COOKIE, value.expect("a half is base64 and a path plain, which every header may carry"))
    })
}

/// `__Host-` binds a cookie to this very host over TLS, and `__Secure-` to TLS alone, which leaves room for a path.
/// Browsers refuse both without TLS.
fn names(config: &Config) -> [&'static str; 2] {
    match (config.is_behind_tls(), config.path()) {
        (true, "") => ["__Host-cb", "__Host-cb-half"],
        (true, _) => ["__Secure-cb", "__Secure-cb-half"],
        (false, _) => ["cb", "cb-half"],
    }
}
