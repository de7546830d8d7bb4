//! Members: who belongs to a room, coming, going, and letting others in.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::routing::{get, patch, put};
use axum::{Json, Router};
use chatterbox_core::changes::{Invite, JoinRoom, LeaveRoom, SetModerator};
use chatterbox_protocol::ids::{RoomId, UserId};
use chatterbox_protocol::rooms::{ListedMember, MemberPage, MemberPatch, NamedPeople};
use chatterbox_store::{Actor, MemberRow, MembersPage};

use super::authentication::Authenticated;
use super::body::JsonBytes;
use super::query::Query;
use super::segment::{Segment, Segments};
use crate::app::App;
use crate::clock::now;
use crate::refusals::Answer;

/// People in one page of a room's members at the most.
const PAGE_MAX: usize = 200;

/// The doors of members.
pub(super) fn doors() -> Router<Arc<App>> {
    Router::new()
        .route("/api/rooms/{id}/members", get(list).post(invite))
        .route("/api/rooms/{id}/members/me", put(join).delete(leave))
        .route("/api/rooms/{id}/members/{user}", patch(change).delete(remove))
}

/// `GET /api/rooms/{id}/members?after=ID&limit=N`: who belongs to a room, by rising ids.
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Authenticated(actor): Authenticated,
    segment: Segment,
    RawQuery(query): RawQuery,
) -> Answer<Json<MemberPage>> {
    let room = RoomId(segment.id("room")?);
    let query = Query::parse(query.as_deref(), &["after", "limit"])?;
    let (after, limit) = (UserId(query.number("after")?.unwrap_or(0)), query.limit(PAGE_MAX)?);
    let mut rows = app.store.ask(actor, MembersPage { room, after, limit: limit + 1 }).await??;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let members = rows.into_iter().map(|MemberRow { user, member }| ListedMember { id: user, state: member });
    Ok(Json(MemberPage { members: members.collect(), more }))
}

/// `POST /api/rooms/{id}/members`: people are let in.
pub(crate) async fn invite(
    State(app): State<Arc<App>>,
    Authenticated(actor): Authenticated,
    segment: Segment,
    JsonBytes(body): JsonBytes,
) -> Answer<StatusCode> {
    let (room, NamedPeople { people }) = (RoomId(segment.id("room")?), NamedPeople::decode_invited(&body)?);
    app.throttles.room_change(actor.user, app.uptime_ms())?;
    app.store.change(Invite { by: actor.author(), room, people, now: now() }).await??;
    Ok(StatusCode::NO_CONTENT)
}

/// `PUT /api/rooms/{id}/members/me`: whoever asks belongs to an open room from now on.
pub(crate) async fn join(
    State(app): State<Arc<App>>,
    Authenticated(actor): Authenticated,
    segment: Segment,
) -> Answer<StatusCode> {
    let room = RoomId(segment.id("room")?);
    app.throttles.room_change(actor.user, app.uptime_ms())?;
    app.store.change(JoinRoom { by: actor.author(), room, now: now() }).await??;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /api/rooms/{id}/members/me`: and no longer.
pub(crate) async fn leave(
    State(app): State<Arc<App>>,
    Authenticated(actor): Authenticated,
    segment: Segment,
) -> Answer<StatusCode> {
    let room = RoomId(segment.id("room")?);
    goes(&app, &actor, room, actor.user).await
}

/// `DELETE /api/rooms/{id}/members/{user}`: somebody is removed.
pub(crate) async fn remove(
    State(app): State<Arc<App>>,
    Authenticated(actor): Authenticated,
    Segments(room, user): Segments,
) -> Answer<StatusCode> {
    goes(&app, &actor, RoomId(room.id("room")?), UserId(user.id("user")?)).await
}

async fn goes(app: &App, actor: &Actor, room: RoomId, user: UserId) -> Answer<StatusCode> {
    app.throttles.room_change(actor.user, app.uptime_ms())?;
    app.store.change(LeaveRoom { by: actor.author(), room, user, now: now() }).await??;
    Ok(StatusCode::NO_CONTENT)
}

/// `PATCH /api/rooms/{id}/members/{user}`: somebody moderates the room from now on, or no longer.
pub(crate) async fn change(
    State(app): State<Arc<App>>,
    Authenticated(actor): Authenticated,
    Segments(room, user): Segments,
    JsonBytes(body): JsonBytes,
) -> Answer<StatusCode> {
    let (room, user) = (RoomId(room.id("room")?), UserId(user.id("user")?));
    let MemberPatch { moderator } = MemberPatch::decode(&body)?;
    app.throttles.room_change(actor.user, app.uptime_ms())?;
    let change = SetModerator { by: actor.author(), room, user, is_moderator: moderator, now: now() };
    app.store.change(change).await??;
    Ok(StatusCode::NO_CONTENT)
}
