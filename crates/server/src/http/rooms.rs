//! Rooms: which ones there are, making one, and changing what one is.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::routing::{get, patch};
use axum::{Json, Router};
use chatterbox_core::changes::{ChangeRoom, CreateRoom, RoomPatch};
use chatterbox_core::rooms::{Icon, RoomName, Topic};
use chatterbox_protocol::ids::RoomId;
use chatterbox_protocol::rooms::{DirectoryPage, ListedRoom, NewRoom, OpenedRoom, RoomChanges, RoomKind};
use chatterbox_store::{Directory, DirectoryRow};

use super::authentication::Authenticated;
use super::body::JsonBytes;
use super::query::Query;
use super::segment::Segment;
use crate::app::App;
use crate::clock::now;
use crate::refusals::Answer;

/// Rooms in one page of the directory at the most.
const PAGE_MAX: usize = 100;

/// The doors of rooms.
pub(super) fn doors() -> Router<Arc<App>> {
    Router::new().route("/api/rooms", get(list).post(create)).route("/api/rooms/{id}", patch(change))
}

/// `GET /api/rooms?search=TEXT&after=ID&limit=N`: the rooms that one may see, direct ones aside, by their names.
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Authenticated(actor): Authenticated,
    RawQuery(query): RawQuery,
) -> Answer<Json<DirectoryPage>> {
    let query = Query::parse(query.as_deref(), &["search", "after", "limit"])?;
    let (search, after) = (query.text("search"), RoomId(query.number("after")?.unwrap_or(0)));
    let limit = query.limit(PAGE_MAX)?;
    let mut rows = app.store.ask(actor, Directory { search, after, limit: limit + 1 }).await??;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let rooms = rows.into_iter().map(|row| {
        let DirectoryRow { id, state, is_member, members, active } = row;
        ListedRoom { id, state, member: is_member, members, active }
    });
    Ok(Json(DirectoryPage { rooms: rooms.collect(), more }))
}

/// `POST /api/rooms`: a room is made, which whoever asks moderates.
pub(crate) async fn create(
    State(app): State<Arc<App>>,
    Authenticated(actor): Authenticated,
    JsonBytes(body): JsonBytes,
) -> Answer<(StatusCode, Json<OpenedRoom>)> {
    let NewRoom { kind, name, topic, icon, people, nonce } = NewRoom::decode(&body)?;
    let (name, topic, icon) = (RoomName::parse(&name)?, Topic::parse(&topic)?, Icon::parse(&icon)?);
    app.throttles.new_room(actor.user, app.uptime_ms())?;
    let is_closed = kind == RoomKind::Closed;
    let (by, now) = (actor.author(), now());
    let create = CreateRoom { by, is_closed, name, topic, icon, invited: people, nonce, now };
    let id = app.store.change(create).await??;
    Ok((StatusCode::CREATED, Json(OpenedRoom { id })))
}

/// `PATCH /api/rooms/{id}`: a room gets another name, topic or icon, is closed, archived or brought back.
pub(crate) async fn change(
    State(app): State<Arc<App>>,
    Authenticated(actor): Authenticated,
    segment: Segment,
    JsonBytes(body): JsonBytes,
) -> Answer<StatusCode> {
    let room = RoomId(segment.id("room")?);
    let RoomChanges { kind, name, topic, icon, archived } = RoomChanges::decode(&body)?;
    let patch = RoomPatch {
        name: name.as_deref().map(RoomName::parse).transpose()?,
        topic: topic.as_deref().map(Topic::parse).transpose()?,
        icon: icon.as_deref().map(Icon::parse).transpose()?,
        closes: kind == Some(RoomKind::Closed),
        archived,
    };
    app.throttles.room_change(actor.user, app.uptime_ms())?;
    app.store.change(ChangeRoom { by: actor.author(), room, patch, now: now() }).await??;
    Ok(StatusCode::NO_CONTENT)
}
