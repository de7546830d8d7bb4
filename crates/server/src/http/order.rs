//! The order in which one has one's rooms.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::put;
use chatterbox_core::changes::SetOrder;
use chatterbox_protocol::order::Order;

use super::authentication::Authenticated;
use super::body::JsonBytes;
use crate::app::App;
use crate::clock::now;
use crate::refusals::Answer;

/// The door of the order.
pub(super) fn doors() -> Router<Arc<App>> {
    Router::new().route("/api/me/order", put(set))
}

/// `PUT /api/me/order`: all of it becomes this, on all devices; of two that say so, the one that is heard last counts.
async fn set(
    State(app): State<Arc<App>>,
    Authenticated(actor): Authenticated,
    JsonBytes(body): JsonBytes,
) -> Answer<StatusCode> {
    let order = Order::decode(&body)?;
    app.throttles.order_change(actor.user, app.uptime_ms())?;
    app.store.change(SetOrder { by: actor.author(), order, now: now() }).await??;
    Ok(StatusCode::NO_CONTENT)
}
