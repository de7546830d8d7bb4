//! Users: registering, and seeing who is registered.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use chatterbox_core::emails::Email;
use chatterbox_core::passwords::check_form;
use chatterbox_core::permissions::{Action, Whose, may};
use chatterbox_core::usernames::Username;
use chatterbox_protocol::events::Me;
use chatterbox_protocol::users::{Registered, Registration, User};
use chatterbox_store::NewUser;

use super::ClientAddress;
use super::answer::{Answer, rule};
use super::authentication::{Authenticated, refuse_foreign_page};
use super::body::JsonBytes;
use crate::app::{App, now};
use crate::wiping::wiped;

/// `POST /register`. What refuses it for nothing comes first, then the limits, then what is dear.
pub(crate) async fn register(
    State(app): State<Arc<App>>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    JsonBytes(body): JsonBytes,
) -> Answer<Json<Registered>> {
    refuse_foreign_page(&headers, &app)?;
    let registration = wiped(|| Registration::decode(&body))?;
    let username = Username::parse(&registration.username)?;
    let email = Email::parse(&registration.email)?;
    let (context, network) = ([username.as_str(), email.as_str()], address.into());
    check_form(&registration.password, &context)?;
    let place = app.passwords.place_to_be_judged(network)?;
    app.throttles.register(network, app.uptime_ms())?;
    place.judge(&registration.password, context).await?;
    drop(place);
    let password_hash = app.passwords.place(network, false)?.hash(&registration.password).await?;
    let answer =
        Registered { id: Default::default(), username: username.as_str().into(), email: email.as_str().into() };
    let id = app.store.register(NewUser { username, email, password_hash, now: now() }).await??;
    tracing::info!(user = id.0, "registered");
    Ok(Json(Registered { id, ..answer }))
}

/// `GET /users`: everyone who is registered. Addresses go to administrators alone.
pub(crate) async fn list(State(app): State<Arc<App>>, Authenticated(actor): Authenticated) -> Answer<Json<Vec<User>>> {
    if !may(actor.role, Action::ListUsers, Whose::Foreign) {
        return Err(rule(chatterbox_store::Refused::Forbidden).into());
    }
    let sees_addresses = may(actor.role, Action::SeeAddresses, Whose::Foreign);
    let users = app.store.users().await?.into_iter().map(|user| User {
        id: user.id,
        username: user.username,
        email: if sees_addresses { user.email } else { String::new() },
        role: user.role,
    });
    Ok(Json(users.collect()))
}

/// `GET /api/me`: whose session this is.
pub(crate) async fn me(Authenticated(actor): Authenticated) -> Json<Me> {
    Json(Me { id: actor.user, username: actor.username, role: actor.role })
}
