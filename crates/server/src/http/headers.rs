//! The headers that protect an answer, at every door, and whoever asked.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::app::App;
use crate::protection::protect;

/// Adds them to every answer.
pub(crate) async fn add(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    // The path alone: behind it there may be a token.
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let mut response = next.run(request).await;
    tracing::debug!(%method, path = without_code(&path), status = response.status().as_u16(), "answered");
    protect(response.headers_mut(), &app.config);
    response
}

/// A path as it may be logged: behind this there is the code of an invitation.
fn without_code(path: &str) -> &str {
    const BEFORE_CODE: &str = "/join/";
    path.find(BEFORE_CODE).map_or(path, |at| &path[..at + BEFORE_CODE.len()])
}

/// A connection that a password came by ends with the answer, and its buffers with it: they are wiped when they are freed.
pub(super) async fn hang_up(mut response: Response) -> Response {
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}
