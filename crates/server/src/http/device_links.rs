//! Links by which people sign in on another device: making one, looking whom it signs in, and signing in by it. The code comes in
//! bodies alone, so that it is in nobody's log.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::map_response;
use axum::response::{AppendHeaders, IntoResponse};
use axum::routing::post;
use axum::{Json, Router};
use chatterbox_core::changes::{MakeDeviceLink, Refused, UseDeviceLink};
use chatterbox_protocol::ids::UserId;
use chatterbox_protocol::invitations::ShownCode;
use chatterbox_protocol::limits::DEVICE_LINK_MS;
use chatterbox_protocol::sessions::{LookedDeviceLink, MadeDeviceLink, NewDeviceLink};
use chatterbox_protocol::time::Timestamp;
use chatterbox_protocol::users::LoggedIn;
use chatterbox_store::{LookAtDeviceLink, SeenDeviceLink, Stranger};

use super::authentication::Authenticated;
use super::body::JsonBytes;
use super::headers::hang_up;
use super::me::{proved, wrong_password};
use crate::app::App;
use crate::clock::now;
use crate::identity::{ClientAddress, cookies, refuse_foreign_page, whence};
use crate::refusals::{Answer, internal};
use crate::throttle::{LoginName, Network};
use crate::tokens::{self, TokenHash};
use crate::wiping::wiped;

/// The doors of links for other devices.
pub(super) fn doors() -> Router<Arc<App>> {
    Router::new()
        .route("/api/me/device-link", post(create).layer(map_response(hang_up)))
        .route("/login/device/look", post(look))
        .route("/login/device", post(log_in))
}

/// `POST /api/me/device-link`: there is a link, whose code is told this once, and the one before is over. Whoever has come by a
/// session does not make one by that, and guesses no more often by it than at the login.
pub(crate) async fn create(
    State(app): State<Arc<App>>,
    ClientAddress(address): ClientAddress,
    Authenticated(actor): Authenticated,
    JsonBytes(body): JsonBytes,
) -> Answer<(StatusCode, Json<MadeDeviceLink>)> {
    let NewDeviceLink { password } = wiped(|| NewDeviceLink::decode(&body))?;
    let wrong = || wrong_password("password");
    let (account, _) = proved(&app, &actor, address.into(), password).await?.ok_or_else(wrong)?;
    let code = wiped(|| tokens::new_device_code(actor.user)).map_err(|_| internal())?;
    let (_, code_hash) = wiped(|| tokens::device_code(&code)).ok_or_else(internal)?;
    let (now, verified) = (now(), account.password_hash);
    let expires = Timestamp(now.0 + DEVICE_LINK_MS);
    if !app.store.change(MakeDeviceLink { by: actor.author(), verified, code_hash, expires, now }).await?? {
        return Err(wrong().into());
    }
    tracing::info!(user = actor.user.0, "a link for another device was made");
    Ok((StatusCode::CREATED, Json(MadeDeviceLink { code, expires })))
}

/// `POST /login/device/look`: whom the link signs in. That does not use it up.
pub(crate) async fn look(
    State(app): State<Arc<App>>,
    ClientAddress(address): ClientAddress,
    JsonBytes(body): JsonBytes,
) -> Answer<Json<LookedDeviceLink>> {
    let ShownCode { code } = wiped(|| ShownCode::decode(&body))?;
    let network = Network::from(address);
    app.throttles.device_link(network, app.uptime_ms())?;
    let (user, code_hash) = shown(&code)?;
    let seen = app.store.ask(Stranger, LookAtDeviceLink { user, code_hash, now: now() }).await;
    forgive(&app, network, &seen);
    let SeenDeviceLink { place, username, name } = seen??;
    Ok(Json(LookedDeviceLink { place, username, name }))
}

/// `POST /login/device`: whoever has the link is signed in by it, as by `POST /login`, and nobody else is any more.
pub(crate) async fn log_in(
    State(app): State<Arc<App>>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    JsonBytes(body): JsonBytes,
) -> Answer<impl IntoResponse> {
    refuse_foreign_page(&headers, &app.config)?;
    let ShownCode { code } = wiped(|| ShownCode::decode(&body))?;
    let network = Network::from(address);
    app.throttles.device_link(network, app.uptime_ms())?;
    let (user, code_hash) = shown(&code)?;
    // Who that is, before the link is used up.
    let now = now();
    let seen = app.store.ask(Stranger, LookAtDeviceLink { user, code_hash, now }).await;
    let username = seen.inspect_err(|_| app.throttles.device_link_counts_not(network))??.username;
    let token = wiped(tokens::new).map_err(|_| internal())?;
    let token_hash = wiped(|| tokens::hash(&token)).ok_or_else(internal)?;
    let whence = whence(address, &headers);
    let begun = app.store.change(UseDeviceLink { user, code_hash, token_hash, whence, now }).await;
    forgive(&app, network, &begun);
    begun??;
    app.throttles.is_here(LoginName::typed(&username), network);
    let cookies = wiped(|| cookies::set(&token, &app.config)).ok_or_else(internal)?;
    tracing::info!(user = user.0, "somebody signed in on another device");
    Ok((AppendHeaders(cookies), Json(LoggedIn { username, token })))
}

/// Whose a code is as it is shown, and its hash. What cannot be a code is as good as one that never was.
fn shown(code: &str) -> Result<(UserId, TokenHash), Refused> {
    wiped(|| tokens::device_code(code)).ok_or(Refused::DeviceLinkOver)
}

/// Only a link that signs nobody in counts.
fn forgive<T, E>(app: &App, network: Network, outcome: &Result<Result<T, Refused>, E>) {
    if !matches!(outcome, Ok(Err(_))) {
        app.throttles.device_link_counts_not(network);
    }
}
