//! From a request to a socket: who may, and from where.

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Response};
use axum::response::IntoResponse;
use chatterbox_core::shard::View;
use chatterbox_protocol::errors::{ErrorCode, Refusal};
use chatterbox_store::Actor;

use crate::app::App;
use crate::hub::arrival::Visitor;
use crate::identity::{ClientAddress, OriginVerdict, Presented, foreign_page, judge_origin};
use crate::refusals::{Problem, unauthorized};
use crate::throttle::Account;
use crate::tokens::TokenHash;
use crate::websocket::handshake::{self, HandshakeRefusal};

/// A request that asks for a socket in the right way, and shows whose.
pub(crate) struct Asked {
    accept: HeaderValue,
    view: View,
    pub(crate) token_hash: TokenHash,
}

/// Why a request does not become a socket.
#[derive(Debug)]
pub(crate) enum Denied {
    Handshake(HandshakeRefusal),
    Problem(Problem),
}

impl From<HandshakeRefusal> for Denied {
    fn from(refusal: HandshakeRefusal) -> Self {
        Self::Handshake(refusal)
    }
}

impl From<Refusal> for Denied {
    fn from(refusal: Refusal) -> Self {
        Self::Problem(refusal.into())
    }
}

impl From<chatterbox_store::Error> for Denied {
    fn from(error: chatterbox_store::Error) -> Self {
        Self::Problem(error.into())
    }
}

impl IntoResponse for Denied {
    fn into_response(self) -> axum::response::Response {
        match self {
            Self::Handshake(refusal) => refused(refusal),
            Self::Problem(problem) => problem.into_response(),
        }
    }
}

/// Whether a request may become a socket, its session aside.
pub(crate) fn judge(app: &App, request: &Parts) -> Result<Asked, Denied> {
    let accept = handshake::accept(&request.method, request.version, &request.headers)?;
    let query = Query::parse(request.uri.query().unwrap_or_default())?;
    let view = if query.hello { View::Full } else { View::Contract };
    let token_hash = shown(app, query, &request.headers)?;
    Ok(Asked { accept, view, token_hash })
}

/// The token that a request shows, unless it is one that a foreign page may have made somebody's browser send.
fn shown(app: &App, query: Query, headers: &HeaderMap) -> Result<TokenHash, Refusal> {
    let verdict = judge_origin(headers, &app.config);
    let presented = query.token.map(Presented::ByHolder).or_else(|| Presented::in_headers(headers, &app.config));
    let is_forgeable = matches!(presented, Some(Presented::ByCookie(_)));
    if verdict == OriginVerdict::Refused || (is_forgeable && verdict != OriginVerdict::Own) {
        return Err(foreign_page());
    }
    presented.and_then(|presented| presented.hash()).ok_or_else(unauthorized)
}

/// Gives a user with a live session a seat: what to answer as `Sec-WebSocket-Accept`, and who the visitor is.
pub(crate) fn seat(app: &App, request: &Parts, asked: Asked, actor: Actor) -> Result<(HeaderValue, Visitor), Denied> {
    let Asked { accept, view, token_hash } = asked;
    app.throttles.request_of_user(actor.user, app.uptime_ms())?;
    let network = ClientAddress::of(request, &app.config).0.into();
    let seat = app.hub.admit(&actor, network, &app.throttles)?;
    app.throttles.is_here(Account::typed(&actor.username), network);
    Ok((accept, Visitor { actor, token_hash, view, seat }))
}

fn refused(refusal: HandshakeRefusal) -> Response<Body> {
    let status = refusal.status();
    let code = match refusal {
        HandshakeRefusal::Method => ErrorCode::MethodNotAllowed,
        _ => ErrorCode::InvalidField,
    };
    let mut response = Problem::from(Refusal::new(code, refusal.to_string())).at(status).into_response();
    for (name, value) in refusal.headers() {
        response.headers_mut().insert(*name, HeaderValue::from_static(value));
    }
    response
}

/// What may stand behind `/ws?`. Other parameters are ignored, as the original program did.
#[derive(Debug, Default, PartialEq, Eq)]
struct Query {
    token: Option<String>,
    hello: bool,
}

impl Query {
    fn parse(query: &str) -> Result<Self, Refusal> {
        let mut parsed = Self::default();
        for pair in query.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match name {
                "hello" => parsed.hello = true,
                "token" if parsed.token.replace(value.to_owned()).is_some() => {
                    let message = "`token` may be there only once.";
                    return Err(Refusal::field(ErrorCode::InvalidField, "token", message));
                }
                _ => {}
            }
        }
        Ok(parsed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x27_a_token_is_there_once_or_not_at_all() {
        let query = |token: Option<&str>, hello| Query { token: token.map(str::to_owned), hello };
        assert_eq!(Query::parse("token=abc"), Ok(query(Some("abc"), false)));
        assert_eq!(Query::parse("hello&token=abc&x=1"), Ok(query(Some("abc"), true)));
        assert_eq!(Query::parse(""), Ok(query(None, false)));
        assert!(Query::parse("token=a&token=b").is_err());
    }
}
