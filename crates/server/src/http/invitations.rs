//! Invitations: making links by which others come, looking where one leads, and coming by one.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use chatterbox_core::changes::{CreateInvitation, Refused, RevokeInvitation, UseInvitation};
use chatterbox_protocol::errors::{ErrorCode, Refusal};
use chatterbox_protocol::ids::InvitationId;
use chatterbox_protocol::invitations::{
    Inviter, JoinedRooms, ListedInvitation, LookedInvitation, MadeInvitation, NewInvitation, ShownCode,
};
use chatterbox_protocol::limits::{INVITATION_MS, INVITATION_MS_MAX};
use chatterbox_protocol::time::Timestamp;
use chatterbox_store::{InvitationRow, Invitations, LookAtInvitation, SeenInvitation, Stranger};

use super::authentication::Authenticated;
use super::body::JsonBytes;
use super::segment::Segment;
use crate::app::App;
use crate::clock::now;
use crate::identity::ClientAddress;
use crate::refusals::{Answer, internal};
use crate::tokens::{self, TokenHash};
use crate::wiping::wiped;

/// Invitations in the list at the most: the newest of all, for administrators of a large place.
const LISTED_MAX: usize = 500;

/// The doors of invitations.
pub(super) fn doors() -> Router<Arc<App>> {
    Router::new()
        .route("/api/invitations", get(list).post(create))
        .route("/api/invitations/{id}", delete(revoke))
        .route("/api/join/look", post(look))
        .route("/api/join", post(join))
}

/// `POST /api/invitations`: there is a link, whose code is told this once.
pub(crate) async fn create(
    State(app): State<Arc<App>>,
    Authenticated(actor): Authenticated,
    JsonBytes(body): JsonBytes,
) -> Answer<(StatusCode, Json<MadeInvitation>)> {
    let NewInvitation { rooms, expires, uses } = NewInvitation::decode(&body)?;
    let now = now();
    let expires = expires.unwrap_or(Timestamp(now.0 + INVITATION_MS));
    if !(now.0 + 1..=now.0 + INVITATION_MS_MAX).contains(&expires.0) {
        let message = "`expires` must be a time that is to come, within a year.";
        return Err(Refusal::field(ErrorCode::InvalidField, "expires", message).into());
    }
    app.throttles.new_invitation(actor.user, app.uptime_ms())?;
    let code = wiped(tokens::new_code).map_err(|_| internal())?;
    let code_hash = wiped(|| tokens::code_hash(&code)).ok_or_else(internal)?;
    let id = app.store.change(CreateInvitation { by: actor.author(), code_hash, rooms, expires, uses, now }).await??;
    Ok((StatusCode::CREATED, Json(MadeInvitation { id, code })))
}

/// `GET /api/invitations`: one's own, or everybody's for administrators; the newest first.
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Authenticated(actor): Authenticated,
) -> Answer<Json<Vec<ListedInvitation>>> {
    let listed = app.store.ask(actor, Invitations { limit: LISTED_MAX }).await??.into_iter().map(|row| {
        let InvitationRow { id, by, rooms, created, expires, uses, used } = row;
        ListedInvitation { id, by, rooms, created, expires, uses, used }
    });
    Ok(Json(listed.collect()))
}

/// `DELETE /api/invitations/{id}`: nobody comes by it any more.
pub(crate) async fn revoke(
    State(app): State<Arc<App>>,
    Authenticated(actor): Authenticated,
    segment: Segment,
) -> Answer<StatusCode> {
    let id = InvitationId(segment.id("invitation")?);
    app.throttles.new_invitation(actor.user, app.uptime_ms())?;
    app.store.change(RevokeInvitation { by: actor.author(), id, now: now() }).await??;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/join/look`: where an invitation leads. That costs none of its uses, and the code comes in the body, so that it is in
/// nobody's log.
pub(crate) async fn look(
    State(app): State<Arc<App>>,
    ClientAddress(address): ClientAddress,
    JsonBytes(body): JsonBytes,
) -> Answer<Json<LookedInvitation>> {
    let ShownCode { code } = ShownCode::decode(&body)?;
    app.throttles.look_at_invitation(address.into(), app.uptime_ms())?;
    let code_hash = shown(&code)?;
    let SeenInvitation { place, username, name, rooms } =
        app.store.ask(Stranger, LookAtInvitation { code_hash, now: now() }).await??;
    let by = Inviter { username, name };
    Ok(Json(LookedInvitation { place: place.name, registration: place.registration, by, rooms }))
}

/// `POST /api/join`: whoever has an account comes into its rooms.
pub(crate) async fn join(
    State(app): State<Arc<App>>,
    Authenticated(actor): Authenticated,
    JsonBytes(body): JsonBytes,
) -> Answer<Json<JoinedRooms>> {
    let ShownCode { code } = ShownCode::decode(&body)?;
    app.throttles.room_change(actor.user, app.uptime_ms())?;
    let code_hash = shown(&code)?;
    let rooms = app.store.change(UseInvitation { by: actor.author(), code_hash, now: now() }).await??;
    Ok(Json(JoinedRooms { rooms }))
}

/// The hash of a code as it is shown. What cannot be a code is as good as one that never was.
pub(super) fn shown(code: &str) -> Result<TokenHash, Refused> {
    tokens::code_hash(code).ok_or(Refused::InvitationOver)
}
