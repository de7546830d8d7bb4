//! Who asks, as an argument of a handler.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderName, Method};
use chatterbox_store::{Actor, Bearer, WhoAmI};

use crate::app::App;
use crate::clock::now;
use crate::fields::only;
use crate::identity::{ClientAddress, OriginVerdict, Presented, cookies, foreign_page, judge_origin};
use crate::refusals::{ProblemResponse, unauthorized};
use crate::tokens;

/// The header that ends a session and opens nothing: all that a page keeps of one which it could not end yet.
const FAREWELL: HeaderName = HeaderName::from_static("chatterbox-farewell");

/// A live session. As an argument of a handler it is a gate: without one the handler is not called.
pub(crate) struct Authenticated(pub(crate) Actor);

impl FromRequestParts<Arc<App>> for Authenticated {
    type Rejection = ProblemResponse;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ProblemResponse> {
        let presented = Presented::in_headers(&parts.headers, &app.config).ok_or_else(unauthorized)?;
        let changes_something = !matches!(parts.method, Method::GET | Method::HEAD);
        let is_forgeable = matches!(presented, Presented::ByCookie(_)) && changes_something;
        if is_forgeable && judge_origin(&parts.headers, &app.config) != OriginVerdict::Own {
            return Err(foreign_page().into());
        }
        let actor = presented.actor(&app.store).await?;
        app.throttles.request_of_user(actor.user, app.uptime_ms())?;
        Ok(Self(actor))
    }
}

/// A live session that looks at a picture: a page draws hundreds of them at once, so that they have a budget of their own. As an
/// argument of a handler it is a gate.
pub(crate) struct Looking(pub(crate) Actor);

impl FromRequestParts<Arc<App>> for Looking {
    type Rejection = ProblemResponse;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ProblemResponse> {
        let presented = Presented::in_headers(&parts.headers, &app.config).ok_or_else(unauthorized)?;
        let actor = presented.actor(&app.store).await?;
        app.throttles.picture(actor.user, app.uptime_ms())?;
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
    type Rejection = ProblemResponse;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ProblemResponse> {
        if parts.headers.contains_key(FAREWELL) {
            let farewell = only(&parts.headers, &FAREWELL).and_then(|value| value.to_str().ok());
            let token_hash = farewell.and_then(tokens::farewell).ok_or_else(unauthorized)?;
            let actor = app.store.ask(Bearer { token_hash, now: now() }, WhoAmI).await??;
            app.throttles.request_of_user(actor.user, app.uptime_ms())?;
            return Ok(Self { actor, owns_browser: false });
        }
        let Authenticated(actor) = Authenticated::from_request_parts(parts, app).await?;
        let by_cookies = cookies::shown(&parts.headers, &app.config).map(Presented::ByCookie);
        let owns_browser = match by_cookies.and_then(|presented| presented.hash()) {
            Some(token_hash) => {
                let other = app.store.ask(Bearer { token_hash, now: now() }, WhoAmI).await?;
                other.map_or(true, |other| other.session == actor.session)
            }
            None => true,
        };
        Ok(Self { actor, owns_browser })
    }
}

impl FromRequestParts<Arc<App>> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Infallible> {
        Ok(Self::of(parts, &app.config))
    }
}
