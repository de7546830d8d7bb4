//! Who asks: the session that a request presents.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use chatterbox_protocol::errors::{ErrorCode, Refusal};
use chatterbox_store::Actor;

use super::Problem;
use super::answer::unauthorized;
use crate::app::{App, now};
use crate::config::Config;
use crate::gateway::handshake::only;
use crate::gateway::origin::{OriginVerdict, judge_origin};
use crate::tokens::{self, TokenHash};

/// How long a browser keeps the cookie: 180 days, as long as a session can live at all.
const COOKIE_SECONDS: u32 = 180 * 24 * 60 * 60;

/// The header of our own that shows a token. `Authorization` may be somebody else's: of a proxy that asks for a password
/// before it lets anybody through.
pub(super) const TOKEN: HeaderName = HeaderName::from_static("chatterbox-token");

/// A token as it came, and by which way.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Presented {
    /// `Chatterbox-Token`, `Authorization: Bearer`, or `?token=`: only a program or page that holds the token can have sent
    /// it.
    ByHolder(String),
    /// The cookie: a browser sends it whoever made the request.
    ByCookie(String),
}

impl Presented {
    /// The token in the headers, if there is one. What the sender means goes before what a browser adds: our own header,
    /// then a bearer token, then the cookie. What is meant and none, or two, is not made good by what comes after it.
    pub(crate) fn in_headers(headers: &HeaderMap, config: &Config) -> Option<Self> {
        if headers.contains_key(TOKEN) {
            return only(headers, &TOKEN)?.to_str().ok().map(|token| Self::ByHolder(token.to_owned()));
        }
        if headers.contains_key(header::AUTHORIZATION) {
            let value = only(headers, &header::AUTHORIZATION)?.to_str().ok()?;
            let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
            // Another scheme is for somebody in front of this server.
            if scheme.eq_ignore_ascii_case("bearer") {
                return Some(Self::ByHolder(token.trim().to_owned()));
            }
        }
        let cookie = cookie_name(config);
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        cookies
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(name, _)| *name == cookie)
            .map(|(_, token)| Self::ByCookie(token.to_owned()))
    }

    /// What the store knows the token by; nothing if it is none.
    pub(crate) fn hash(&self) -> Option<TokenHash> {
        let (Self::ByHolder(token) | Self::ByCookie(token)) = self;
        tokens::hash(token)
    }

    /// The user whose live session this is. Errors: unauthorized, or storage does not answer.
    pub(crate) async fn actor(&self, app: &App) -> Result<Actor, Problem> {
        let hash = self.hash().ok_or_else(unauthorized)?;
        Ok(app.store.session(hash, now()).await?.ok_or_else(unauthorized)?)
    }
}

/// A live session. As an argument of a handler it is a gate: without one the handler is not called.
pub(crate) struct Authenticated(pub(crate) Actor);

impl FromRequestParts<Arc<App>> for Authenticated {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let presented = Presented::in_headers(&parts.headers, &app.config).ok_or_else(unauthorized)?;
        let changes_something = !matches!(parts.method, Method::GET | Method::HEAD);
        let is_forgeable = matches!(presented, Presented::ByCookie(_)) && changes_something;
        if is_forgeable && judge_origin(&parts.headers, &app.config) != OriginVerdict::Own {
            return Err(foreign_page().into());
        }
        let actor = presented.actor(app).await?;
        app.throttles.request_of_user(actor.user, app.uptime_ms())?;
        Ok(Self(actor))
    }
}

/// Whose live session a request shows, if it can be said at once. This is for budgets; who may do what is asked with
/// [`Authenticated`].
pub(crate) fn signed_in(request: &Parts, app: &App) -> Option<Actor> {
    let mut parameters = request.uri.query().into_iter().flat_map(|query| query.split('&'));
    let in_query = parameters.find_map(|parameter| parameter.strip_prefix("token="));
    let presented = in_query.map(|token| Presented::ByHolder(token.to_owned()));
    let presented = presented.or_else(|| Presented::in_headers(&request.headers, &app.config));
    app.store.session_now(presented?.hash()?, now())
}

/// Refuses a request that a page of a foreign origin made. Programs, which send no `Origin`, pass.
pub(crate) fn refuse_foreign_page(headers: &HeaderMap, app: &App) -> Result<(), Refusal> {
    match judge_origin(headers, &app.config) {
        OriginVerdict::Refused => Err(foreign_page()),
        OriginVerdict::Own | OriginVerdict::Allowed | OriginVerdict::NoOrigin => Ok(()),
    }
}

/// The page that asks is not one of this server's, or not one that this may be asked from.
pub(crate) fn foreign_page() -> Refusal {
    let message = "This may be asked only by this server's own pages, at its public address if it has one, or with a token \
                   by those of allowed origins.";
    Refusal::new(ErrorCode::OriginRefused, message)
}

/// `__Host-` binds the cookie to this very host over TLS, and `__Secure-` to TLS alone, which leaves room for a path.
/// Browsers refuse both without TLS.
fn cookie_name(config: &Config) -> &'static str {
    match (config.is_behind_tls(), config.path()) {
        (true, "") => "__Host-cb",
        (true, _) => "__Secure-cb",
        (false, _) => "cb",
    }
}

/// The `Set-Cookie` that presents this token from now on, or takes the present one away. Whatever else is on the same
/// host but not under the same path does not get to see it.
pub(crate) fn set_cookie(token: Option<&str>, config: &Config) -> HeaderValue {
    let (name, path) = (cookie_name(config), config.path());
    let (token, seconds) = token.map_or(("", 0), |token| (token, COOKIE_SECONDS));
    let secure = if config.is_behind_tls() { "; Secure" } else { "" };
    let cookie = format!("{name}={token}; Path={path}/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}");
    HeaderValue::from_str(&cookie).expect("a token is base64 and a path plain, which every header may carry")
}
