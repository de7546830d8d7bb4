//! Oneself: who one is, and what one says of oneself.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use chatterbox_core::changes::ChangeProfile;
use chatterbox_core::profiles::ProfilePatch;
use chatterbox_protocol::events::Me;
use chatterbox_protocol::profiles::ProfileChanges;

use super::authentication::Authenticated;
use super::body::JsonBytes;
use crate::app::App;
use crate::clock::now;
use crate::refusals::Answer;

/// The doors of oneself.
pub(super) fn doors() -> Router<Arc<App>> {
    Router::new().route("/api/me", get(me).patch(change))
}

/// `GET /api/me`: whose session this is.
pub(crate) async fn me(Authenticated(actor): Authenticated) -> Json<Me> {
    Json(Me { id: actor.user, username: actor.username, role: actor.role })
}

/// `PATCH /api/me`: what one says of oneself becomes something else.
pub(crate) async fn change(
    State(app): State<Arc<App>>,
    Authenticated(actor): Authenticated,
    JsonBytes(body): JsonBytes,
) -> Answer<StatusCode> {
    let patch = ProfilePatch::parse(ProfileChanges::decode(&body)?)?;
    app.throttles.profile_change(actor.user, app.uptime_ms())?;
    app.store.change(ChangeProfile { by: actor.author(), patch, now: now() }).await??;
    Ok(StatusCode::NO_CONTENT)
}
