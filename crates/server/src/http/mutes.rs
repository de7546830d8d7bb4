//! Mutes: whom one does not want to hear.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::put;
use chatterbox_core::changes::MutePerson;
use chatterbox_protocol::ids::UserId;
use chatterbox_store::Actor;

use super::authentication::Authenticated;
use super::segment::Segment;
use crate::app::App;
use crate::clock::now;
use crate::refusals::Answer;

/// The doors of mutes.
pub(super) fn doors() -> Router<Arc<App>> {
    Router::new().route("/api/me/muted/{user}", put(mute).delete(unmute))
}

/// `PUT /api/me/muted/{user}`: one does not want to hear somebody any more. They never learn it.
pub(crate) async fn mute(
    State(app): State<Arc<App>>,
    Authenticated(actor): Authenticated,
    segment: Segment,
) -> Answer<StatusCode> {
    becomes(&app, &actor, &segment, true).await
}

/// `DELETE /api/me/muted/{user}`: one wants to hear them again.
pub(crate) async fn unmute(
    State(app): State<Arc<App>>,
    Authenticated(actor): Authenticated,
    segment: Segment,
) -> Answer<StatusCode> {
    becomes(&app, &actor, &segment, false).await
}

async fn becomes(app: &App, actor: &Actor, segment: &Segment, is_muted: bool) -> Answer<StatusCode> {
    let whom = UserId(segment.id("user")?);
    app.throttles.mute(actor.user, app.uptime_ms())?;
    app.store.change(MutePerson { by: actor.author(), whom, is_muted, now: now() }).await??;
    Ok(StatusCode::NO_CONTENT)
}
