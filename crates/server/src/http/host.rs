//! Keeping out what is for another server.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use crate::app::App;
use crate::identity::refuse_foreign_host;
use crate::refusals::Answer;

/// Lets pass only what is for this server.
pub(crate) async fn require(State(app): State<Arc<App>>, request: Request, next: Next) -> Answer<Response> {
    refuse_foreign_host(&app.config, request.headers(), request.extensions())?;
    Ok(next.run(request).await)
}
