//! Whether the server lives, and whether it can do its work.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use chatterbox_protocol::errors::{ErrorCode, Refusal};

use crate::app::App;
use crate::refusals::Answer;

/// The doors of the server's health.
pub(super) fn doors() -> Router<Arc<App>> {
    Router::new().route("/healthz", get(is_alive)).route("/readyz", get(is_ready))
}

/// `GET /healthz`: the process lives.
pub(crate) async fn is_alive() -> &'static str {
    "alive\n"
}

/// `GET /readyz`: a write and a read of the storage have succeeded within the last second, and the server is not about to stop.
pub(crate) async fn is_ready(State(app): State<Arc<App>>) -> Answer<&'static str> {
    if app.hub.is_draining() {
        return Err(Refusal::new(ErrorCode::Draining, "The server is about to stop.").into());
    }
    app.readiness.ask(&app.store, &app.tasks).await?;
    Ok("ready\n")
}
