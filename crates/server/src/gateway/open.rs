//! From a request to a socket: who may, and from where.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{RawQuery, Request, State};
use axum::http::{HeaderMap, HeaderValue, Response};
use axum::response::IntoResponse;
use chatterbox_core::shard::View;
use chatterbox_protocol::errors::{self, ErrorCode, Refusal};
use chatterbox_store::Actor;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::app::App;
use crate::gateway::handshake::{self, HandshakeRefusal};
use crate::gateway::hub::Seat;
use crate::gateway::origin::{OriginVerdict, origin_allowed};
use crate::http::{ClientAddress, Presented, Problem, foreign_page, unauthorized};
use crate::listener::Descriptor;
use crate::tokens::TokenHash;

/// A connection after the handshake, for the reactor that is to own it.
#[derive(Debug)]
pub(super) struct Arrival {
    pub(super) stream: std::net::TcpStream,
    /// What the client has said already, behind its request.
    pub(super) first_bytes: Vec<u8>,
    pub(super) visitor: Visitor,
}

/// Who opens a connection.
#[derive(Debug)]
pub(super) struct Visitor {
    pub(super) actor: Actor,
    pub(super) token_hash: TokenHash,
    pub(super) view: View,
    pub(super) seat: Seat,
    pub(super) descriptor: Option<Descriptor>,
}

/// `GET /ws`: opens a socket for a live session.
pub(crate) async fn open(
    State(app): State<Arc<App>>,
    ClientAddress(address): ClientAddress,
    RawQuery(query): RawQuery,
    mut request: Request,
) -> Result<Response<Body>, Response<Body>> {
    let accept = handshake::accept(request.method(), request.version(), request.headers()).map_err(refused)?;
    let query = Query::parse(query.as_deref().unwrap_or_default()).map_err(|refusal| problem(refusal.into()))?;
    let view = if query.hello { View::Full } else { View::Contract };
    let (actor, token_hash) = authenticate(&app, query, request.headers()).await.map_err(problem)?;
    let seat = app.hub.admit(&actor, address.into(), &app.throttles).map_err(|refusal| problem(refusal.into()))?;
    let descriptor = request.extensions_mut().remove::<Descriptor>();
    let visitor = Visitor { actor, token_hash, view, seat, descriptor };
    let upgrade = request.extensions_mut().remove::<OnUpgrade>().ok_or_else(|| refused(HandshakeRefusal::NoUpgrade))?;
    tokio::spawn(async move {
        // The client may go away between the answer and the upgrade; then there is nothing to do.
        let Ok(upgraded) = upgrade.await else { return };
        let Ok(parts) = upgraded.downcast::<TokioIo<TcpStream>>() else { return };
        // Only what has arrived: the buffer that it lies in is 8 KiB, and would live as long as the socket.
        let first_bytes = parts.read_buf.to_vec();
        drop(parts.read_buf);
        match parts.io.into_inner().into_std() {
            Ok(stream) => app.hub.take_in(Arrival { stream, first_bytes, visitor }),
            Err(error) => tracing::warn!(%error, "a connection cannot be taken over"),
        }
    });
    Ok(handshake::switching_protocols(accept))
}

async fn authenticate(app: &App, query: Query, headers: &HeaderMap) -> Result<(Actor, TokenHash), Problem> {
    let verdict = origin_allowed(headers, &app.config.allowed_origins);
    let presented =
        query.token.map(Presented::ByHolder).or_else(|| Presented::in_headers(headers, app.config.is_behind_tls));
    let is_forgeable = matches!(presented, Some(Presented::ByCookie(_)));
    if verdict == OriginVerdict::Refused || (is_forgeable && verdict != OriginVerdict::Allowed) {
        return Err(foreign_page().into());
    }
    let presented = presented.ok_or_else(unauthorized)?;
    let token_hash = presented.hash().ok_or_else(unauthorized)?;
    Ok((presented.actor(app).await?, token_hash))
}

fn problem(problem: Problem) -> Response<Body> {
    problem.into_response()
}

fn refused(refusal: HandshakeRefusal) -> Response<Body> {
    let status = refusal.status();
    let code = match refusal {
        HandshakeRefusal::Method => ErrorCode::MethodNotAllowed,
        _ => ErrorCode::InvalidField,
    };
    let details = errors::Problem { status: status.as_u16(), ..Refusal::new(code, refusal.to_string()).into() };
    let mut response = (status, Json(details)).into_response();
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
