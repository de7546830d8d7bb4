//! Sessions: logging in and out, and seeing and ending one's own.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::middleware::map_response;
use axum::response::{AppendHeaders, IntoResponse};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use chatterbox_core::changes::{EndOtherSessions, EndSession, LogIn, ReplacePasswordHash};
use chatterbox_protocol::errors::{ErrorCode, Refusal};
use chatterbox_protocol::ids::SessionId;
use chatterbox_protocol::sessions::Session;
use chatterbox_protocol::users::{LoggedIn, Login};
use chatterbox_store::{Actor, Credentials, CredentialsOf, OwnSessions, Stranger};

use super::authentication::{Authenticated, Leaving};
use super::body::JsonBytes;
use super::headers::hang_up;
use super::segment::Segment;
use crate::app::App;
use crate::clock::now;
use crate::identity::{ClientAddress, cookies, refuse_foreign_page, whence};
use crate::passwords::Verification;
use crate::refusals::{Answer, internal};
use crate::throttle::{Attempt, LoginName};
use crate::tokens;
use crate::wiping::wiped;

/// The doors of sessions.
pub(super) fn doors() -> Router<Arc<App>> {
    Router::new()
        .route("/login", post(log_in).layer(map_response(hang_up)))
        .route("/logout", post(log_out))
        .route("/api/sessions", get(list).delete(revoke_others))
        .route("/api/sessions/{id}", delete(revoke))
}

/// `POST /login`. The same answer, in the same time, whether the name or the password was wrong.
pub(crate) async fn log_in(
    State(app): State<Arc<App>>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    JsonBytes(body): JsonBytes,
) -> Answer<impl IntoResponse> {
    refuse_foreign_page(&headers, &app.config)?;
    let login = wiped(|| Login::decode(&body))?;
    let attempt = app.throttles.begin_login(LoginName::typed(&login.username), address.into(), app.uptime_ms())?;
    let user = authenticate(&app, &login, attempt).await.inspect_err(|_| app.throttles.login_undecided(attempt))?;
    let Some(user) = user else { return Err(wrong_credentials().into()) };
    app.throttles.login_succeeded(attempt);
    // Whoever came by the address is known by the name as well.
    app.throttles.is_here(LoginName::typed(&user.username), attempt.network());
    let token = wiped(tokens::new).map_err(|_| internal())?;
    let hash = wiped(|| tokens::hash(&token)).ok_or_else(internal)?;
    // Whoever was turned out, or got another password, since this one was looked at is as good as wrong.
    let (password_hash, whence) = (user.password_hash, whence(address, &headers));
    let log_in = LogIn { user: user.user, password_hash, token_hash: hash, whence, now: now() };
    app.store.change(log_in).await?.map_err(|_| wrong_credentials())?;
    let cookies = wiped(|| cookies::set(&token, &app.config)).ok_or_else(internal)?;
    Ok((AppendHeaders(cookies), Json(LoggedIn { username: user.username, token })))
}

fn wrong_credentials() -> Refusal {
    Refusal::new(ErrorCode::WrongCredentials, "Name and password do not belong together.")
}

/// The account that name and password belong to, if they do.
pub(super) async fn authenticate(app: &App, login: &Login, attempt: Attempt) -> Answer<Option<Credentials>> {
    let slot = app.passwords.slot(attempt.network(), attempt.is_preferred())?;
    loop {
        let question = CredentialsOf { typed: login.username.clone() };
        let account = app.store.ask(Stranger, question).await??.filter(|account| account.active);
        let stored = account.as_ref().map(|account| account.password_hash.clone());
        let modern = match slot.verify(&login.password, stored).await? {
            Verification::Wrong => return Ok(None),
            Verification::Right => return Ok(account),
            Verification::RightButLegacy(modern) => modern,
        };
        let Some(mut account) = account else { return Ok(None) };
        let old = std::mem::replace(&mut account.password_hash, modern.clone());
        let replace = ReplacePasswordHash { user: account.user, old, new: modern };
        if app.store.change(replace).await?? {
            return Ok(Some(account));
        }
        // Another login was quicker, or there is another password: the hash that is there now is no legacy any more.
    }
}

/// `POST /logout`: the session that asks, or whose farewell is said, is over, and so are its sockets.
pub(crate) async fn log_out(State(app): State<Arc<App>>, leaving: Leaving) -> Answer<impl IntoResponse> {
    end(&app, &leaving.actor, leaving.actor.session).await?;
    let mut fields = Vec::with_capacity(3);
    if leaving.owns_browser {
        fields.extend(cookies::take_away(&app.config));
        let everything = HeaderValue::from_static("\"cache\", \"cookies\", \"storage\"");
        fields.push((HeaderName::from_static("clear-site-data"), everything));
    }
    Ok((StatusCode::NO_CONTENT, AppendHeaders(fields)))
}

/// `GET /api/sessions`: where one is logged in.
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Authenticated(actor): Authenticated,
) -> Answer<Json<Vec<Session>>> {
    let asks = actor.session;
    let sessions = app.store.ask(actor, OwnSessions { now: now() }).await??.into_iter().map(|row| Session {
        id: row.id,
        created: row.created,
        used: row.used,
        expires: row.expires,
        current: row.id == asks,
        from: row.whence.from,
        agent: row.whence.agent,
    });
    Ok(Json(sessions.collect()))
}

/// `DELETE /api/sessions/{id}`: one of one's own sessions is over, and so are its sockets.
pub(crate) async fn revoke(
    State(app): State<Arc<App>>,
    Authenticated(actor): Authenticated,
    segment: Segment,
) -> Answer<StatusCode> {
    end(&app, &actor, SessionId(segment.id("session")?)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /api/sessions`: all of one's own sessions are over but the one that asks, at once, and so are their sockets.
pub(crate) async fn revoke_others(
    State(app): State<Arc<App>>,
    Authenticated(actor): Authenticated,
) -> Answer<StatusCode> {
    app.store.change(EndOtherSessions { by: actor.author(), now: now() }).await??;
    Ok(StatusCode::NO_CONTENT)
}

async fn end(app: &App, actor: &Actor, session: SessionId) -> Answer<()> {
    app.store.change(EndSession { user: actor.user, session }).await??;
    Ok(())
}
