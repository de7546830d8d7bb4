//! From a request to a socket: who may, and from where. One pass for both ways that lead here, the reactor's own and HTTP's:
//! each question is asked once, in this order, what costs nothing first.

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Response};
use axum::response::IntoResponse;
use chatterbox_core::shard::View;
use chatterbox_protocol::errors::{ErrorCode, Refusal};
use chatterbox_store::{Actor, Bearer, WhoAmI};

use crate::app::App;
use crate::clock::now;
use crate::hub::arrival::Visitor;
use crate::identity::{ClientAddress, OriginVerdict, Presented, foreign_page, judge_origin};
use crate::listener::Descriptor;
use crate::refusals::{ProblemResponse, rule, unauthorized};
use crate::throttle::LoginName;
use crate::tokens::TokenHash;
use crate::websocket::handshake::{self, HandshakeRefusal};

/// A socket that may be opened.
pub(crate) struct Opening {
    /// What to answer as `Sec-WebSocket-Accept`.
    pub(crate) accept: HeaderValue,
    pub(crate) visitor: Visitor,
}

/// Opens a socket if that can be said at once; whoever is refused here is to ask [`open`], which says why.
pub(super) fn open_now(app: &App, request: &Parts) -> Option<Opening> {
    let asked = judge(app, request).ok()?;
    let actor = app.store.ask_now(Bearer { token_hash: asked.token_hash, now: now() }, WhoAmI)?.ok()?;
    seat(app, request, asked, actor).ok()
}

/// Opens a socket.
pub(crate) async fn open(app: &App, request: &Parts) -> Result<Opening, Denied> {
    let asked = judge(app, request)?;
    let bearer = Bearer { token_hash: asked.token_hash, now: now() };
    let actor = app.store.ask(bearer, WhoAmI).await?.map_err(rule)?;
    seat(app, request, asked, actor)
}

/// A request that asks for a socket in the right way, and shows whose.
struct Asked {
    accept: HeaderValue,
    view: View,
    token_hash: TokenHash,
}

/// What the head of a request tells: that a socket is meant, which view of the rooms, from which page, and whose.
fn judge(app: &App, request: &Parts) -> Result<Asked, Denied> {
    let (headers, query) = (&request.headers, request.uri.query().unwrap_or_default());
    let accept = handshake::accept(&request.method, request.version, headers)?;
    // Other parameters than these two are ignored, as the original program did.
    let by_query = Presented::in_query(query)?;
    let says_hello = query.split('&').any(|pair| pair == "hello" || pair.starts_with("hello="));
    let view = if says_hello { View::Full } else { View::Contract };
    let origin = judge_origin(headers, &app.config);
    let presented = by_query.or_else(|| Presented::in_headers(headers, &app.config));
    // A foreign page may have made somebody's browser send its cookies.
    let is_forgeable = matches!(presented, Some(Presented::ByCookie(_)));
    if origin == OriginVerdict::Refused || (is_forgeable && origin != OriginVerdict::Own) {
        return Err(foreign_page().into());
    }
    let token_hash = presented.and_then(|presented| presented.hash()).ok_or_else(unauthorized)?;
    Ok(Asked { accept, view, token_hash })
}

/// Whether there is a place for this user: within their budget, among the sockets of the user and the network, and among those
/// that the system allows.
fn seat(app: &App, request: &Parts, asked: Asked, actor: Actor) -> Result<Opening, Denied> {
    let Asked { accept, view, token_hash } = asked;
    app.throttles.request_of_user(actor.user, app.uptime_ms())?;
    let network = ClientAddress::of(request, &app.config).0.into();
    let seat = app.hub.admit(&actor, network, &app.throttles)?;
    app.throttles.is_here(LoginName::typed(&actor.username), network);
    let descriptor = request.extensions.get::<Descriptor>().cloned();
    if let Some(descriptor) = &descriptor {
        descriptor.settles().map_err(|denial| denial.refusal())?;
    }
    Ok(Opening { accept, visitor: Visitor { actor, token_hash, view, seat, descriptor } })
}

/// Why a request does not become a socket.
#[derive(Debug)]
pub(crate) enum Denied {
    Handshake(HandshakeRefusal),
    Problem(ProblemResponse),
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

fn refused(refusal: HandshakeRefusal) -> Response<Body> {
    let status = refusal.status();
    let code = match refusal {
        HandshakeRefusal::Method => ErrorCode::MethodNotAllowed,
        _ => ErrorCode::InvalidField,
    };
    let mut response = ProblemResponse::from(Refusal::new(code, refusal.to_string())).at(status).into_response();
    for (name, value) in refusal.headers() {
        response.headers_mut().insert(*name, HeaderValue::from_static(value));
    }
    response
}
