//! How much the server holds, for whoever runs it.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use chatterbox_core::permissions::{Action, Whose, may};

use super::authentication::Authenticated;
use crate::app::App;
use crate::metrics;
use crate::refusals::{Answer, rule};

/// The text format that Prometheus reads.
const TEXT_FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The doors of what the server holds.
pub(super) fn doors() -> Router<Arc<App>> {
    Router::new().route("/metrics", get(show))
}

/// `GET /metrics`: for administrators alone.
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Authenticated(actor): Authenticated,
) -> Answer<impl IntoResponse> {
    if !may(actor.role, Action::SeeMetrics, Whose::Foreign) {
        return Err(rule(chatterbox_core::changes::Refused::Forbidden).into());
    }
    Ok(([(header::CONTENT_TYPE, TEXT_FORMAT)], metrics::render(&app).await))
}
