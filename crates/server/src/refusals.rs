//! Refusals: problem details for whatever is refused, and how failures of storage become one.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chatterbox_core::changes::{Refused, Thing};
use chatterbox_protocol::errors::{self, ErrorCode, Refusal};
use chatterbox_protocol::limits::{INVITATIONS_MAX, MEMBERS_MAX, MUTED_MAX, ROOMS_MAX};
use chatterbox_store::Error;

/// A refusal on its way out, as RFC 9457 problem details.
#[derive(Debug)]
pub(crate) struct ProblemResponse(errors::Problem);

/// What a handler answers.
pub(crate) type Answer<T> = Result<T, ProblemResponse>;

impl From<Refusal> for ProblemResponse {
    fn from(refusal: Refusal) -> Self {
        Self(refusal.into())
    }
}

impl From<Error> for ProblemResponse {
    fn from(error: Error) -> Self {
        storage(&error).into()
    }
}

impl From<Refused> for ProblemResponse {
    fn from(refused: Refused) -> Self {
        rule(refused).into()
    }
}

impl ProblemResponse {
    /// The same with another status than its code's: where what is spoken is another protocol.
    pub(crate) fn at(self, status: StatusCode) -> Self {
        Self(errors::Problem { status: status.as_u16(), ..self.0 })
    }

    /// What it is answered with: status, headers and body.
    pub(crate) fn into_parts(self) -> (StatusCode, HeaderMap, Vec<u8>) {
        let Self(problem) = self;
        let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = problem.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        (status, headers, serde_json::to_vec(&problem).unwrap_or_default())
    }
}

impl IntoResponse for ProblemResponse {
    fn into_response(self) -> Response {
        let (status, headers, body) = self.into_parts();
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        response
    }
}

/// What the client is told of a failure of storage. The cause is for the diagnostics alone, and the store has put it there.
pub(crate) fn storage(error: &Error) -> Refusal {
    match error {
        Error::Full => Refusal::new(ErrorCode::StorageFull, "The server's disk is full. Nothing was stored."),
        Error::Busy => {
            let message = "The server has more to store than its disk can take. Nothing was stored.";
            Refusal::new(ErrorCode::Overloaded, message).retry_after(1)
        }
        Error::Stopped => Refusal::new(ErrorCode::Draining, "The server is about to stop. Nothing was stored."),
        Error::ReadOnly => {
            Refusal::new(ErrorCode::StorageFailed, "The server's disk is read-only. Nothing was stored.")
        }
        Error::Corrupt(_) => {
            let message =
                "The server's database is damaged. Nothing was stored. Whoever runs it has to restore a backup.";
            Refusal::new(ErrorCode::StorageFailed, message)
        }
        _ => Refusal::new(ErrorCode::StorageFailed, "The server's storage does not answer. Nothing was stored."),
    }
}

/// What the client is told when a rule forbids.
pub(crate) fn rule(refused: Refused) -> Refusal {
    match refused {
        Refused::Unauthorized => unauthorized(),
        Refused::Forbidden => Refusal::new(ErrorCode::Forbidden, "You may not do this."),
        Refused::NotFound(thing) => Refusal::new(ErrorCode::NotFound, format!("There is no such {}.", name(thing))),
        Refused::NonceReused(first) => {
            let message =
                "This nonce names another message of yours, so this one was not stored. Send it under a new nonce.";
            Refusal::field(ErrorCode::NonceReused, "nonce", message).because_of(first)
        }
        Refused::UsernameTaken => {
            let message = "That username is taken, or looks like one that is.";
            Refusal::field(ErrorCode::UsernameTaken, "username", message)
        }
        Refused::LastOwner => Refusal::new(
            ErrorCode::LastOwner,
            "This is the last active owner. Make somebody else an owner first: `chatterbox admin role NAME owner`.",
        ),
        Refused::LoginTooOld => {
            let message = "This needs a login of the last 15 minutes. Log in again, and ask by that session.";
            Refusal::new(ErrorCode::LoginTooOld, message)
        }
        // It was made at random: a second one will do.
        Refused::TokenTaken => internal(),
        Refused::RegistrationClosed => {
            let message = "Nobody registers here by themselves: ask somebody who is in for a link that invites you.";
            Refusal::new(ErrorCode::RegistrationClosed, message)
        }
        Refused::InvitationOver => {
            let message = "This invitation leads nowhere any more. Ask whoever gave it to you for another one.";
            Refusal::new(ErrorCode::InvitationOver, message)
        }
        // One answer for whatever never was and whatever is over.
        Refused::DeviceLinkOver => {
            let message = "This link signs nobody in any more. Make another one on a device where you are signed in.";
            Refusal::new(ErrorCode::NotFound, message)
        }
        Refused::TooManyInvitations => {
            let message = format!("One may have {INVITATIONS_MAX} invitations at once: revoke one of them first.");
            Refusal::new(ErrorCode::TooMany, message)
        }
        Refused::RoomNameTaken => {
            Refusal::field(ErrorCode::RoomNameTaken, "name", "An open room has that name. Choose another one.")
        }
        Refused::RoomArchived => {
            let message =
                "The room is archived: it can be read, and nothing happens there until somebody brings it back.";
            Refusal::new(ErrorCode::RoomArchived, message)
        }
        Refused::TooManyRooms(user) => {
            let message = format!("User {user} belongs to {ROOMS_MAX} rooms, and nobody to more. Leave one first.");
            Refusal::new(ErrorCode::TooMany, message)
        }
        Refused::TooManyMembers => {
            let message = format!("At most {MEMBERS_MAX} people belong to a room.");
            Refusal::new(ErrorCode::TooMany, message)
        }
        Refused::TooManyMuted => {
            let message = format!("You have muted {MUTED_MAX} people, and nobody mutes more.");
            Refusal::new(ErrorCode::TooMany, message)
        }
        Refused::NobodyThere => {
            Refusal::new(ErrorCode::NobodyThere, "Nobody else of this room is there any more: nobody would read it.")
        }
        Refused::EmailTaken => {
            Refusal::field(ErrorCode::EmailTaken, "email", "That e-mail address has an account already.")
        }
    }
}

fn name(thing: Thing) -> &'static str {
    match thing {
        Thing::Room => "room",
        Thing::Message => "message",
        Thing::Session => "session",
        Thing::User => "user",
        Thing::Picture => "picture",
        Thing::Log => "log",
        Thing::Invitation => "invitation",
    }
}

/// There is no live session.
pub(crate) fn unauthorized() -> Refusal {
    Refusal::new(ErrorCode::Unauthorized, "Log in first: this needs a session that has not ended.")
}

/// A defect of the server.
pub(crate) fn internal() -> Refusal {
    Refusal::new(ErrorCode::Internal, "The server failed. It is in its log.")
}
