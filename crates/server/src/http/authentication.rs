//! Who asks: the session that a request presents.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, Method, header};
use chatterbox_protocol::errors::{ErrorCode, Refusal};
use chatterbox_store::Actor;

use super::cookies;
use crate::app::App;
use crate::clock::now;
use crate::config::Config;
use crate::fields::only;
use crate::gateway::origin::{OriginVerdict, judge_origin};
use crate::refusals::{Problem, unauthorized};
use crate::tokens::{self, TokenHash};

/// The header of our own that shows a token. `Authorization` may be somebody else's: of a proxy that asks for a password
/// before it lets anybody through.
pub(super) const TOKEN: HeaderName = HeaderName::from_static("chatterbox-token");

/// The header that ends a session and opens nothing: all that a page keeps of one which it could not end yet.
const FAREWELL: HeaderName = HeaderName::from_static("chatterbox-farewell");

/// A token as it came, and by which way.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Presented {
    /// `Chatterbox-Token`, `Authorization: Bearer`, or `?token=`: only a program or page that holds the token can have sent
    /// it.
    ByHolder(String),
    /// The two cookies: a browser sends them whoever made the request.
    ByCookie(String),
}

impl Presented {
    /// The token in the headers, if there is one. What the sender means goes before what a browser adds: our own header,
    /// then a bearer token, then the cookies. What is meant and none, or two, is not made good by what comes after it.
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
        cookies::shown(headers, config).map(Self::ByCookie)
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

/// A live session that whoever asks may end: they show it, or say its farewell. As an argument of a handler it is a gate.
pub(crate) struct Leaving {
    pub(crate) actor: Actor,
    /// Whether what their browser keeps is this session's. Whoever says a farewell has given it up, and another may have
    /// signed in there since: that one's cookies tell.
    pub(crate) owns_browser: bool,
}

impl FromRequestParts<Arc<App>> for Leaving {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        if parts.headers.contains_key(FAREWELL) {
            let farewell = only(&parts.headers, &FAREWELL).and_then(|value| value.to_str().ok());
            let hash = farewell.and_then(tokens::farewell).ok_or_else(unauthorized)?;
            let actor = app.store.session(hash, now()).await?.ok_or_else(unauthorized)?;
            app.throttles.request_of_user(actor.user, app.uptime_ms())?;
            return Ok(Self { actor, owns_browser: false });
        }
        let Authenticated(actor) = Authenticated::from_request_parts(parts, app).await?;
        let by_cookies = cookies::shown(&parts.headers, &app.config).map(Presented::ByCookie);
        let owns_browser = match by_cookies.and_then(|presented| presented.hash()) {
            Some(hash) => app.store.session(hash, now()).await?.is_none_or(|other| other.session == actor.session),
            None => true,
        };
        Ok(Self { actor, owns_browser })
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
