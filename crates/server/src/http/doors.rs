//! The table of the doors: each resource has its own, and this is their sum, with what every request passes on its way.

use std::sync::Arc;

use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, header};
use axum::response::Response;
use axum::{Router, middleware};
use chatterbox_protocol::errors::{ErrorCode, Refusal};
use tower::util::option_layer;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::{
    device_links, direct, door, headers, health, host, invitations, me, members, messages, metrics, mutes, order,
    pages, pictures, place, rooms, sessions, upgrade, users,
};
use crate::app::App;
use crate::identity;
use crate::origin::Origin;
use crate::refusals::{self, ProblemResponse};

/// Everything that the server answers.
pub(super) fn router(app: Arc<App>) -> Router {
    let cors = cors(&app);
    Router::new()
        .merge(device_links::doors())
        .merge(direct::doors())
        .merge(health::doors())
        .merge(invitations::doors())
        .merge(me::doors())
        .merge(members::doors())
        .merge(messages::doors())
        .merge(metrics::doors())
        .merge(order::doors())
        .merge(mutes::doors())
        .merge(pages::doors())
        .merge(pictures::doors())
        .merge(place::doors())
        .merge(rooms::doors())
        .merge(sessions::doors())
        .merge(upgrade::doors())
        .merge(users::doors())
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(option_layer(cors))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state(app.clone(), host::require))
        .layer(middleware::from_fn_with_state(app.clone(), door::pass))
        .layer(middleware::from_fn_with_state(app.clone(), headers::add))
        .with_state(app)
}

/// Pages of the configured origins may call, with a token that they hold; cookies stay with the server's own pages.
fn cors(app: &App) -> Option<CorsLayer> {
    if app.config.allowed_origins.is_empty() {
        return None;
    }
    let allowed = app.config.allowed_origins.clone();
    let is_allowed = move |origin: &HeaderValue, _: &Parts| {
        origin.to_str().ok().and_then(Origin::parse).is_some_and(|origin| allowed.contains(&origin))
    };
    let layer = CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(is_allowed))
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers([header::AUTHORIZATION, identity::TOKEN, header::CONTENT_TYPE])
        .expose_headers([header::RETRY_AFTER]);
    Some(layer)
}

async fn not_found() -> ProblemResponse {
    Refusal::new(ErrorCode::NotFound, "There is nothing at this address.").into()
}

async fn method_not_allowed() -> ProblemResponse {
    Refusal::new(ErrorCode::MethodNotAllowed, "This address has other methods.").into()
}

fn panicked(panic: Box<dyn std::any::Any + Send>) -> Response {
    let message = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    tracing::error!(panic = message.unwrap_or("unknown"), "a handler failed");
    axum::response::IntoResponse::into_response(ProblemResponse::from(refusals::internal()))
}
