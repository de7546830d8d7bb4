//! Oneself: who one is, what one says of oneself, one's password, and leaving for good.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::middleware::map_response;
use axum::routing::{get, post, put};
use axum::{Json, Router};
use chatterbox_core::changes::{ChangeAvailability, ChangeOneself, ChangePassword, DeleteAccount};
use chatterbox_core::emails::Email;
use chatterbox_core::passwords::check_form;
use chatterbox_core::profiles::ProfilePatch;
use chatterbox_core::usernames::Username;
use chatterbox_protocol::availability::Availability;
use chatterbox_protocol::errors::{ErrorCode, Refusal};
use chatterbox_protocol::profiles::OwnChanges;
use chatterbox_protocol::users::{Departure, Login, Myself, NewPassword};
use chatterbox_store::{Actor, Credentials, OwnAddress};

use super::authentication::Authenticated;
use super::body::JsonBytes;
use super::headers::hang_up;
use super::sessions::authenticate;
use crate::app::App;
use crate::clock::now;
use crate::identity::ClientAddress;
use crate::refusals::Answer;
use crate::throttle::{Attempt, LoginName, Network};
use crate::wiping::wiped;

/// The doors of oneself.
pub(super) fn doors() -> Router<Arc<App>> {
    Router::new()
        .route("/api/me", get(me).patch(change).delete(leave))
        .route("/api/me/availability", put(change_availability))
        .route("/api/me/password", post(change_password).layer(map_response(hang_up)))
}

/// `GET /api/me`: whose session this is.
pub(crate) async fn me(State(app): State<Arc<App>>, Authenticated(actor): Authenticated) -> Answer<Json<Myself>> {
    let (id, username, role) = (actor.user, actor.username.clone(), actor.role);
    let email = app.store.ask(actor, OwnAddress).await??;
    Ok(Json(Myself { id, username, role, email }))
}

/// `PATCH /api/me`: one is called or reached otherwise, or says something else of oneself.
pub(crate) async fn change(
    State(app): State<Arc<App>>,
    ClientAddress(address): ClientAddress,
    Authenticated(actor): Authenticated,
    JsonBytes(body): JsonBytes,
) -> Answer<StatusCode> {
    let OwnChanges { username, email, profile } = OwnChanges::decode(&body)?;
    let username = username.map(|typed| Username::parse(&typed)).transpose()?;
    let email = email.map(|typed| Email::parse(&typed)).transpose()?;
    let profile = ProfilePatch::parse(profile)?;
    if username.is_some() || email.is_some() {
        app.throttles.name_change(actor.user, app.uptime_ms())?;
    } else {
        app.throttles.profile_change(actor.user, app.uptime_ms())?;
    }
    let name = username.as_ref().map(|username| LoginName::typed(username.as_str()));
    app.store.change(ChangeOneself { by: actor.author(), username, email, profile, now: now() }).await??;
    // Whoever is known here stays so under another name.
    if let Some(name) = name {
        app.throttles.is_here(name, address.into());
    }
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
    let (account, attempt) =
        proved(&app, &actor, address.into(), current).await?.ok_or_else(|| wrong_password("current"))?;
    let context = [account.username.as_str(), account.email.as_str()];
    check_form(&new, &context)?;
    app.passwords.slot_to_be_judged(attempt.network())?.judge(&new, context).await?;
    let hash = app.passwords.slot(attempt.network(), true)?.hash(&new).await?;
    let change = ChangePassword { by: actor.author(), old: account.password_hash, new: hash, now: now() };
    if !app.store.change(change).await?? {
        return Err(wrong_password("current").into());
    }
    tracing::info!(user = actor.user.0, "a password was changed");
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /api/me`: one leaves for good. Whoever has come by a session does not do it by that.
pub(crate) async fn leave(
    State(app): State<Arc<App>>,
    ClientAddress(address): ClientAddress,
    Authenticated(actor): Authenticated,
    JsonBytes(body): JsonBytes,
) -> Answer<StatusCode> {
    let Departure { password } = wiped(|| Departure::decode(&body))?;
    let wrong = || wrong_password("password");
    let (account, _) = proved(&app, &actor, address.into(), password).await?.ok_or_else(wrong)?;
    let verified = Some(account.password_hash);
    if !app.store.change(DeleteAccount { by: actor.author(), user: actor.user, verified, now: now() }).await?? {
        return Err(wrong().into());
    }
    tracing::info!(user = actor.user.0, "an account was deleted");
    Ok(StatusCode::NO_CONTENT)
}

/// Whoever acts, if that is their password. A wrong one counts as a login that failed.
pub(super) async fn proved(
    app: &App,
    actor: &Actor,
    network: Network,
    password: String,
) -> Answer<Option<(Credentials, Attempt)>> {
    let attempt = app.throttles.begin_login(LoginName::typed(&actor.username), network, app.uptime_ms())?;
    let login = Login { username: actor.username.clone(), password };
    let found = authenticate(app, &login, attempt).await.inspect_err(|_| app.throttles.login_undecided(attempt))?;
    let account = found.filter(|account| account.user == actor.user);
    if account.is_some() {
        app.throttles.login_succeeded(attempt);
    }
    Ok(account.map(|account| (account, attempt)))
}

/// What is said to whoever has typed another password into this field.
pub(super) fn wrong_password(field: &'static str) -> Refusal {
    Refusal::field(ErrorCode::WrongCredentials, field, "That is not your present password.")
}
