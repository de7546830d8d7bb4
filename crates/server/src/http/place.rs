//! The place: what it is called, and who may register.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use chatterbox_core::changes::{By, ChangePlace};
use chatterbox_core::place::PlaceName;
use chatterbox_protocol::place::{KnownPlace, PlaceChanges};
use chatterbox_store::{PlaceNow, Stranger};

use super::authentication::Authenticated;
use super::body::JsonBytes;
use crate::app::App;
use crate::clock::now;
use crate::refusals::Answer;

/// The doors of the place.
pub(super) fn doors() -> Router<Arc<App>> {
    Router::new().route("/api/place", get(look).patch(change))
}

/// `GET /api/place`: what everybody may know before they are anybody here.
pub(crate) async fn look(State(app): State<Arc<App>>) -> Answer<Json<KnownPlace>> {
    Ok(Json(app.store.ask(Stranger, PlaceNow).await??))
}

/// `PATCH /api/place`: it gets another name, or others may register.
pub(crate) async fn change(
    State(app): State<Arc<App>>,
    Authenticated(actor): Authenticated,
    JsonBytes(body): JsonBytes,
) -> Answer<StatusCode> {
    let PlaceChanges { name, registration } = PlaceChanges::decode(&body)?;
    let name = name.map(|typed| PlaceName::parse("name", &typed)).transpose()?;
    app.throttles.profile_change(actor.user, app.uptime_ms())?;
    app.store.change(ChangePlace { by: By::User(actor.author(), now()), name, registration }).await??;
    tracing::info!(by = actor.user.0, "the place was changed");
    Ok(StatusCode::NO_CONTENT)
}
