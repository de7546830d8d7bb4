//! Direct rooms: opening one, and putting it away.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{delete, post};
use axum::{Json, Router};
use chatterbox_core::changes::{OpenDirect, PutAway};
use chatterbox_protocol::ids::RoomId;
use chatterbox_protocol::rooms::{NamedPeople, OpenedRoom};

use super::authentication::Authenticated;
use super::body::JsonBytes;
use super::segment::Segment;
use crate::app::App;
use crate::clock::now;
use crate::refusals::Answer;

/// The doors of direct rooms.
pub(super) fn doors() -> Router<Arc<App>> {
    Router::new().route("/api/direct", post(open)).route("/api/direct/{id}", delete(put_away))
}

/// `POST /api/direct`: the one room of these people and whoever asks, made if it was not there.
pub(crate) async fn open(
    State(app): State<Arc<App>>,
    Authenticated(actor): Authenticated,
    JsonBytes(body): JsonBytes,
) -> Answer<Json<OpenedRoom>> {
    let NamedPeople { people } = NamedPeople::decode_direct(&body)?;
    app.throttles.room_change(actor.user, app.uptime_ms())?;
    let id = app.store.change(OpenDirect { by: actor.author(), people, now: now() }).await??;
    Ok(Json(OpenedRoom { id }))
}

/// `DELETE /api/direct/{id}`: a direct room is out of one's list until something is said there.
pub(crate) async fn put_away(
    State(app): State<Arc<App>>,
    Authenticated(actor): Authenticated,
    segment: Segment,
) -> Answer<StatusCode> {
    let room = RoomId(segment.id("room")?);
    app.throttles.room_change(actor.user, app.uptime_ms())?;
    app.store.change(PutAway { by: actor.author(), room, now: now() }).await??;
    Ok(StatusCode::NO_CONTENT)
}
