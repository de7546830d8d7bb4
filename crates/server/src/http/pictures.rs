//! Pictures that people show of themselves: choosing one, taking one away, and looking at one.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::{delete, get, put};
use chatterbox_core::changes::{ChangePicture, PictureFact};
use chatterbox_protocol::ids::UserId;
use chatterbox_store::{Actor, PictureOf};

use super::authentication::{Authenticated, Looking};
use super::body;
use super::segment::{Segment, Segments};
use crate::app::App;
use crate::clock::now;
use crate::identity::ClientAddress;
use crate::refusals::{Answer, internal};
use crate::tokens;

/// What opens a picture in a tab of its own runs and loads nothing by it.
const POLICY: &str = "sandbox; default-src 'none'";

/// The address names this very picture, and is told to those alone who may see it: their browsers keep it, and nobody between.
const KEPT: &str = "private, max-age=31536000, immutable";

/// The doors of pictures.
pub(super) fn doors() -> Router<Arc<App>> {
    Router::new()
        .route("/api/me/picture", put(change).delete(remove_own))
        .route("/api/users/{id}/picture", delete(remove))
        .route("/api/users/{id}/picture/{version}", get(picture))
}

/// `PUT /api/me/picture`: one shows this picture of oneself from now on.
pub(crate) async fn change(
    State(app): State<Arc<App>>,
    ClientAddress(address): ClientAddress,
    Authenticated(actor): Authenticated,
    body: Body,
) -> Answer<StatusCode> {
    app.throttles.picture_change(actor.user, app.uptime_ms())?;
    let slot = app.pictures.slot(address.into())?;
    let bytes = slot.picture_of(body::picture(body).await?).await?;
    drop(slot);
    let version = tokens::new().map_err(|_| internal())?;
    becomes(&app, &actor, actor.user, Some(PictureFact { version, bytes: bytes.into() })).await
}

/// `DELETE /api/me/picture`: one shows none any more.
pub(crate) async fn remove_own(State(app): State<Arc<App>>, Authenticated(actor): Authenticated) -> Answer<StatusCode> {
    app.throttles.picture_change(actor.user, app.uptime_ms())?;
    becomes(&app, &actor, actor.user, None).await
}

/// `DELETE /api/users/{id}/picture`: somebody shows none any more.
pub(crate) async fn remove(
    State(app): State<Arc<App>>,
    Authenticated(actor): Authenticated,
    segment: Segment,
) -> Answer<StatusCode> {
    let user = UserId(segment.id("user")?);
    app.throttles.picture_change(actor.user, app.uptime_ms())?;
    becomes(&app, &actor, user, None).await?;
    tracing::info!(user = user.0, by = actor.user.0, "a picture was taken away");
    Ok(StatusCode::NO_CONTENT)
}

async fn becomes(app: &App, actor: &Actor, user: UserId, picture: Option<PictureFact>) -> Answer<StatusCode> {
    app.store.change(ChangePicture { by: actor.author(), user, picture, now: now() }).await??;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /api/users/{id}/picture/{version}`.
pub(crate) async fn picture(
    State(app): State<Arc<App>>,
    Looking(actor): Looking,
    Segments(user, version): Segments,
) -> Answer<impl IntoResponse> {
    let question = PictureOf { user: UserId(user.id("user")?), version: version.0 };
    let bytes = app.store.ask(actor, question).await??;
    let fields = [
        (header::CONTENT_TYPE, "image/webp"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, KEPT),
    ];
    Ok((fields, bytes))
}
