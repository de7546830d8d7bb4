//! What every request passes before anything is done for it: whether there is a place for it, and whether its network has
//! asked too often. People who have signed in have a budget of their own where their network's is used up.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use chatterbox_protocol::errors::Refusal;

use crate::app::App;
use crate::identity::{ClientAddress, signed_in};
use crate::listener::{Descriptor, Exchange, PeerAddress};
use crate::refusals::ProblemResponse;
use crate::throttle::Network;

/// Lets a request in, or refuses it.
pub(super) async fn pass(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let network = Network::from(ClientAddress::of(&parts, &app.config).0);
    let is_proxied = parts.extensions.get::<PeerAddress>().is_some_and(|peer| peer.network(&app.config).is_none());
    // Held until the answer is made.
    let _exchange = match enter(&parts, is_proxied.then_some(network)) {
        Ok(exchange) => exchange,
        Err(refusal) => return ProblemResponse::from(refusal).into_response(),
    };
    if let Err(refusal) = within_budget(&app, network, &parts) {
        let mut response = ProblemResponse::from(refusal).into_response();
        if !is_proxied {
            // Where there is no connection, nothing more is heard: that is cheaper than to refuse the next one, too.
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        return response;
    }
    next.run(Request::from_parts(parts, body)).await
}

fn enter(request: &Parts, behind_proxy: Option<Network>) -> Result<Option<Exchange>, Refusal> {
    let descriptor = request.extensions.get::<Descriptor>();
    let exchange = descriptor.map(|descriptor| descriptor.exchange(behind_proxy)).transpose();
    exchange.map_err(|denial| denial.refusal())
}

fn within_budget(app: &App, network: Network, request: &Parts) -> Result<(), Refusal> {
    let now_ms = app.uptime_ms();
    app.throttles.request(network, now_ms).or_else(|refusal| match signed_in(request, &app.config, &app.store) {
        Some(actor) => app.throttles.request_of_user(actor.user, now_ms),
        None => Err(refusal),
    })
}
