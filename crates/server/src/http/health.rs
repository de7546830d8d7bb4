//! Whether the server lives, and whether it can do its work.

use std::sync::Arc;

use axum::extract::State;
use chatterbox_protocol::errors::{ErrorCode, Refusal};

use crate::app::App;
use crate::refusals::Answer;

/// `GET /healthz`: the process lives.
pub(crate) async fn is_alive() -> &'static str {
    "alive\n"
}

/// `GET /readyz`: a write and a read of the storage have succeeded within the last second, and the server is not about to stop.
pub(crate) async fn is_ready(State(app): State<Arc<App>>) -> Answer<&'static str> {
    if app.hub.is_draining() {
        return Err(Refusal::new(ErrorCode::Draining, "The server is about to stop.").into());
    }
    app.readiness.ask(&app.store).await?;
    Ok("ready\n")
}
