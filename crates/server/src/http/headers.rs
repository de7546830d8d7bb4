//! The headers that protect an answer, at every door.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use crate::app::App;
use crate::protection::protect;

/// Adds them to every answer.
pub(crate) async fn add(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    // The path alone: behind it there may be a token.
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let mut response = next.run(request).await;
    tracing::debug!(%method, path, status = response.status().as_u16(), "answered");
    protect(response.headers_mut(), &app.config);
    response
}
