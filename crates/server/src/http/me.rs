//! Oneself: who one is, what one says of oneself, and one's password.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::middleware::map_response;
use axum::routing::{get, post, put};
use axum::{Json, Router};
use chatterbox_core::changes::{ChangeAvailability, ChangePassword, ChangeProfile};
use chatterbox_core::passwords::check_form;
use chatterbox_core::profiles::ProfilePatch;
use chatterbox_protocol::availability::Availability;
use chatterbox_protocol::errors::{ErrorCode, Refusal};
use chatterbox_protocol::events::Me;
use chatterbox_protocol::profiles::ProfileChanges;
use chatterbox_protocol::users::{Login, NewPassword};

use super::authentication::Authenticated;
use super::body::JsonBytes;
use super::headers::hang_up;
use super::sessions::authenticate;
use crate::app::App;
use crate::clock::now;
use crate::identity::ClientAddress;
use crate::refusals::Answer;
use crate::throttle::LoginName;
use crate::wiping::wiped;

/// The doors of oneself.
pub(super) fn doors() -> Router<Arc<App>> {
    Router::new()
        .route("/api/me", get(me).patch(change))
        .route("/api/me/availability", put(change_availability))
        .route("/api/me/password", post(change_password).layer(map_response(hang_up)))
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

/// `PUT /api/me/availability`: one wants to be seen so from now on.
pub(crate) async fn change_availability(
    State(app): State<Arc<App>>,
    Authenticated(actor): Authenticated,
    JsonBytes(body): JsonBytes,
) -> Answer<StatusCode> {
    let availability = Availability::decode(&body)?;
    app.throttles.profile_change(actor.user, app.uptime_ms())?;
    app.store.change(ChangeAvailability { by: actor.author(), availability, now: now() }).await??;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/me/password`: one gets another password, and is logged out everywhere else. Whoever has come by a session guesses
/// no more often by it than at the login.
pub(crate) async fn change_password(
    State(app): State<Arc<App>>,
    ClientAddress(address): ClientAddress,
    Authenticated(actor): Authenticated,
    JsonBytes(body): JsonBytes,
) -> Answer<StatusCode> {
    let NewPassword { current, new } = wiped(|| NewPassword::decode(&body))?;
    check_form(&new, &[actor.username.as_str()])?;
    let attempt = app.throttles.begin_login(LoginName::typed(&actor.username), address.into(), app.uptime_ms())?;
    let login = Login { username: actor.username.clone(), password: current };
    let found = authenticate(&app, &login, attempt).await.inspect_err(|_| app.throttles.login_undecided(attempt))?;
    let account = found.filter(|account| account.user == actor.user).ok_or_else(wrong_password)?;
    app.throttles.login_succeeded(attempt);
    let context = [account.username.as_str(), account.email.as_str()];
    check_form(&new, &context)?;
    app.passwords.slot_to_be_judged(attempt.network())?.judge(&new, context).await?;
    let hash = app.passwords.slot(attempt.network(), true)?.hash(&new).await?;
    let change = ChangePassword { by: actor.author(), old: account.password_hash, new: hash, now: now() };
    if !app.store.change(change).await?? {
        return Err(wrong_password().into());
    }
    tracing::info!(user = actor.user.0, "a password was changed");
    Ok(StatusCode::NO_CONTENT)
}

fn wrong_password() -> Refusal {
    Refusal::field(ErrorCode::WrongCredentials, "current", "That is not your present password.")
}
