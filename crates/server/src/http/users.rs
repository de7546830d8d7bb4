//! Users: registering, and seeing who is registered.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::map_response;
use axum::routing::{get, patch, post};
use axum::{Json, Router};
use chatterbox_core::changes::{Admitted, By, ChangeAccount, DeleteAccount, Refused, Register};
use chatterbox_core::emails::Email;
use chatterbox_core::passwords::check_form;
use chatterbox_core::permissions::{Action, Whose, may};
use chatterbox_core::place::PlaceName;
use chatterbox_core::usernames::Username;
use chatterbox_core::users::AccountChange;
use chatterbox_protocol::errors::{ErrorCode, Refusal};
use chatterbox_protocol::ids::UserId;
use chatterbox_protocol::users::{Registered, Registration, User, UserPatch};
use chatterbox_store::{AllUsers, MayRegister, Registering, Stranger};

use super::authentication::Authenticated;
use super::body::JsonBytes;
use super::headers::hang_up;
use super::invitations::shown;
use super::segment::Segment;
use crate::app::App;
use crate::clock::now;
use crate::identity::{ClientAddress, refuse_foreign_page};
use crate::refusals::{Answer, rule};
use crate::wiping::wiped;

/// The doors of users.
pub(super) fn doors() -> Router<Arc<App>> {
    Router::new()
        .route("/register", post(register).layer(map_response(hang_up)))
        .route("/users", get(list))
        .route("/api/users/{id}", patch(change).delete(remove))
}

/// `POST /register`. What refuses it for nothing comes first, then the limits, then what is dear.
pub(crate) async fn register(
    State(app): State<Arc<App>>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    JsonBytes(body): JsonBytes,
) -> Answer<Json<Registered>> {
    refuse_foreign_page(&headers, &app.config)?;
    let registration = wiped(|| Registration::decode(&body))?;
    let username = Username::parse(&registration.username)?;
    let email = Email::parse(&registration.email)?;
    let (context, network) = ([username.as_str(), email.as_str()], address.into());
    check_form(&registration.password, &context)?;
    let invitation = registration.invitation.as_deref().map(shown).transpose()?;
    let place = match app.store.ask(Stranger, MayRegister { invitation, now: now() }).await?? {
        Registering::First => {
            registration.place.as_deref().map(|typed| PlaceName::parse("place", typed)).transpose()?
        }
        Registering::AfterOthers => None,
    };
    let slot = app.passwords.slot_to_be_judged(network)?;
    app.throttles.register(network, app.uptime_ms())?;
    slot.judge(&registration.password, context).await?;
    drop(slot);
    let password_hash = app.passwords.slot(network, false)?.hash(&registration.password).await?;
    let (name, address) = (username.as_str().to_owned(), email.as_str().to_owned());
    let register = Register { username, email, password_hash, invitation, place, now: now() };
    let Admitted { user, rooms } = app.store.change(register).await??;
    tracing::info!(user = user.0, "registered");
    Ok(Json(Registered { id: user, username: name, email: address, rooms }))
}

/// `GET /users`: everyone who is registered. Addresses go to administrators alone.
pub(crate) async fn list(State(app): State<Arc<App>>, Authenticated(actor): Authenticated) -> Answer<Json<Vec<User>>> {
    let users = app.store.ask(actor, AllUsers).await??.into_iter().map(|user| User {
        id: user.id,
        username: user.username,
        email: user.email.unwrap_or_default(),
        role: user.role,
        active: user.active,
    });
    Ok(Json(users.collect()))
}

/// `PATCH /api/users/{id}`: somebody gets another role, may not log in any more, or may again. Their sessions end with it,
/// and so do the sockets.
pub(crate) async fn change(
    State(app): State<Arc<App>>,
    Authenticated(actor): Authenticated,
    segment: Segment,
    JsonBytes(body): JsonBytes,
) -> Answer<StatusCode> {
    if !may(actor.role, Action::ChangeAccount, Whose::Foreign) {
        return Err(not_theirs().into());
    }
    let (user, standing) = (UserId(segment.id("user")?), UserPatch::decode(&body)?);
    let by = By::User(actor.author(), now());
    let change = AccountChange::Standing(standing);
    let changed = app.store.change(ChangeAccount { by, user, change }).await?;
    changed.map_err(|refused| if refused == Refused::Forbidden { not_theirs() } else { rule(refused) })?;
    tracing::info!(user = user.0, by = actor.user.0, "an account was changed");
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /api/users/{id}`: an owner makes somebody one who left.
pub(crate) async fn remove(
    State(app): State<Arc<App>>,
    Authenticated(actor): Authenticated,
    segment: Segment,
) -> Answer<StatusCode> {
    let message = "Owners delete the accounts of all others; one's own is deleted with its password, at `/api/me`.";
    let not_theirs = || Refusal::new(ErrorCode::Forbidden, message);
    if !may(actor.role, Action::DeleteAccount, Whose::Foreign) {
        return Err(not_theirs().into());
    }
    let user = UserId(segment.id("user")?);
    let delete = DeleteAccount { by: actor.author(), user, verified: None, now: now() };
    let deleted = app.store.change(delete).await?;
    let is_done =
        deleted.map_err(|refused| if refused == Refused::Forbidden { not_theirs() } else { rule(refused) })?;
    if !is_done {
        return Err(not_theirs().into());
    }
    tracing::info!(user = user.0, by = actor.user.0, "an account was deleted");
    Ok(StatusCode::NO_CONTENT)
}

fn not_theirs() -> Refusal {
    let message = "Owners change the accounts of all others, administrators those of others who own nothing, and nobody \
                   their own.";
    Refusal::new(ErrorCode::Forbidden, message)
}
