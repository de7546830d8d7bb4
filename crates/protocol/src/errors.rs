//! Errors as clients see them: a stable code for programs and a sentence for people. The same shape answers a command
//! on the socket (`error` event) and a request over HTTP (RFC 9457 problem details).

use serde::{Deserialize, Deserializer, Serialize};
use ts_rs::TS;

use crate::ids::MessageId;

/// What went wrong, for programs. A code never changes its meaning and never goes away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The request is none, or can be read in two ways; the message says what would be right.
    MalformedRequest,
    /// The bytes are not one JSON object: a syntax error, a duplicate key, too deep nesting, trailing bytes.
    MalformedJson,
    /// A command's `type` is missing or names no command.
    UnknownType,
    /// A field is missing, has the wrong type or breaks its rule; the message names the field and the rule.
    InvalidField,
    /// A field that this command or request does not have.
    UnknownField,
    /// The username is taken, or looks like one that is.
    UsernameTaken,
    /// The e-mail address belongs to an account already.
    EmailTaken,
    /// An open room has this name, or one that differs from it only in case or form.
    RoomNameTaken,
    /// The room is put away: it can be read, and nothing happens there.
    RoomArchived,
    /// Everybody else of a direct room is deactivated or has left: it can be read, and nobody would read what is said.
    NobodyThere,
    /// There are as many as there may be; the message says of what.
    TooMany,
    /// The password is too short, too long or among the common ones.
    PasswordRefused,
    /// The picture is of no kind that is taken, damaged, or more than is decoded.
    PictureRefused,
    /// Nobody registers here, or only whoever has an invitation.
    RegistrationClosed,
    /// The invitation leads nowhere: it is used up, expired, revoked, or never was.
    InvitationOver,
    /// Username and password do not belong together.
    WrongCredentials,
    /// The call needs a live session, and there is none.
    Unauthorized,
    /// The session is live, but its user may not do this.
    Forbidden,
    /// The account is the last active owner's, and has to stay so.
    LastOwner,
    /// The session is live, but began too long ago for what is asked: whoever asks has to prove anew who they are.
    LoginTooOld,
    /// The thing does not exist, or is not for this user to see.
    NotFound,
    /// The sender has used this nonce for another message; `id` names that one, and nothing was stored.
    NonceReused,
    /// The address exists, but not for this HTTP method.
    MethodNotAllowed,
    /// The request's body has another media type than `application/json`.
    UnsupportedMediaType,
    /// The body or frame is larger than allowed.
    TooLarge,
    /// The page or program that opened the connection is not from an allowed origin.
    OriginRefused,
    /// The request is for another host than this server is.
    HostRefused,
    /// Too often; `retry_after` says when to come back.
    RateLimited,
    /// The server has more to do than it can take on; `retry_after` says when to come back.
    Overloaded,
    /// The disk is full: nothing was stored.
    StorageFull,
    /// Storage does not answer as it should: nothing was stored.
    StorageFailed,
    /// The server is about to stop; reconnect.
    Draining,
    /// A defect of the server. Its diagnostics tell of it.
    Internal,
}

impl<'de> Deserialize<'de> for ErrorCode {
    /// A code of a newer server's is read as [`Self::Internal`]: what it refuses is refused all the same.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        Ok(Self::ALL.into_iter().find(|known| known.as_str() == code).unwrap_or(Self::Internal))
    }
}

/// What a refusal means for the command that it answers, and for those that wait behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The same again would be refused again: it is put aside, and those behind it go on.
    Final,
    /// It passes by itself: after `retry_after` the same is said again, and those behind it wait, so that the order stays.
    Passing,
    /// Nothing more is heard from this session. What was not decided waits for another one.
    SessionOver,
}

impl ErrorCode {
    /// What the code means for a command. Codes that no command is answered with are as final as any other.
    pub const fn verdict(self) -> Verdict {
        match self {
            Self::RateLimited | Self::Overloaded | Self::Draining => Verdict::Passing,
            Self::Unauthorized => Verdict::SessionOver,
            // Storage that fails may do so for hours: whoever said it is told, and not kept waiting.
            Self::StorageFull | Self::StorageFailed | Self::Internal => Verdict::Final,
            Self::MalformedRequest
            | Self::MalformedJson
            | Self::UnknownType
            | Self::InvalidField
            | Self::UnknownField
            | Self::UsernameTaken
            | Self::EmailTaken
            | Self::RoomNameTaken
            | Self::RoomArchived
            | Self::NobodyThere
            | Self::TooMany
            | Self::PasswordRefused
            | Self::PictureRefused
            | Self::RegistrationClosed
            | Self::InvitationOver
            | Self::WrongCredentials
            | Self::Forbidden
            | Self::LastOwner
            | Self::LoginTooOld
            | Self::NotFound
            | Self::NonceReused
            | Self::MethodNotAllowed
            | Self::UnsupportedMediaType
            | Self::TooLarge
            | Self::OriginRefused
            | Self::HostRefused => Verdict::Final,
        }
    }

    /// The HTTP status that carries this code.
    pub const fn status(self) -> u16 {
        match self {
            Self::MalformedRequest | Self::UsernameTaken | Self::EmailTaken => 400,
            Self::WrongCredentials | Self::Unauthorized => 401,
            Self::Forbidden | Self::OriginRefused | Self::LoginTooOld | Self::RegistrationClosed => 403,
            Self::NotFound | Self::InvitationOver => 404,
            Self::MethodNotAllowed => 405,
            Self::LastOwner | Self::RoomNameTaken | Self::RoomArchived | Self::NobodyThere | Self::TooMany => 409,
            Self::TooLarge => 413,
            // As the draft of `Idempotency-Key` has it for a key that comes with another payload.
            Self::NonceReused => 422,
            // Not 415: to the original program's clients, any body that it cannot read is a 422.
            Self::UnsupportedMediaType
            | Self::MalformedJson
            | Self::UnknownType
            | Self::InvalidField
            | Self::UnknownField
            | Self::PasswordRefused
            | Self::PictureRefused => 422,
            Self::HostRefused => 421,
            Self::RateLimited => 429,
            Self::Internal => 500,
            Self::Overloaded | Self::Draining | Self::StorageFailed => 503,
            Self::StorageFull => 507,
        }
    }

    /// The code as it is written on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MalformedRequest => "malformed_request",
            Self::MalformedJson => "malformed_json",
            Self::UnknownType => "unknown_type",
            Self::InvalidField => "invalid_field",
            Self::UnknownField => "unknown_field",
            Self::UsernameTaken => "username_taken",
            Self::EmailTaken => "email_taken",
            Self::RoomNameTaken => "room_name_taken",
            Self::RoomArchived => "room_archived",
            Self::NobodyThere => "nobody_there",
            Self::TooMany => "too_many",
            Self::PasswordRefused => "password_refused",
            Self::PictureRefused => "picture_refused",
            Self::RegistrationClosed => "registration_closed",
            Self::InvitationOver => "invitation_over",
            Self::WrongCredentials => "wrong_credentials",
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::LastOwner => "last_owner",
            Self::LoginTooOld => "login_too_old",
            Self::NotFound => "not_found",
            Self::NonceReused => "nonce_reused",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::TooLarge => "too_large",
            Self::OriginRefused => "origin_refused",
            Self::HostRefused => "host_refused",
            Self::RateLimited => "rate_limited",
            Self::Overloaded => "overloaded",
            Self::StorageFull => "storage_full",
            Self::StorageFailed => "storage_failed",
            Self::Draining => "draining",
            Self::Internal => "internal",
        }
    }

    /// Every code, for tables and tests.
    pub const ALL: [ErrorCode; 33] = [
        Self::MalformedRequest,
        Self::MalformedJson,
        Self::UnknownType,
        Self::InvalidField,
        Self::UnknownField,
        Self::UsernameTaken,
        Self::EmailTaken,
        Self::RoomNameTaken,
        Self::RoomArchived,
        Self::NobodyThere,
        Self::TooMany,
        Self::PasswordRefused,
        Self::PictureRefused,
        Self::RegistrationClosed,
        Self::InvitationOver,
        Self::WrongCredentials,
        Self::Unauthorized,
        Self::Forbidden,
        Self::LastOwner,
        Self::LoginTooOld,
        Self::NotFound,
        Self::NonceReused,
        Self::MethodNotAllowed,
        Self::UnsupportedMediaType,
        Self::TooLarge,
        Self::OriginRefused,
        Self::HostRefused,
        Self::RateLimited,
        Self::Overloaded,
        Self::StorageFull,
        Self::StorageFailed,
        Self::Draining,
        Self::Internal,
    ];
}

/// A refusal: what is wrong and what would be right. The message never repeats what the client sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// For programs.
    pub code: ErrorCode,
    /// For people: one sentence.
    pub message: String,
    /// The field that is at fault, where it is one.
    pub field: Option<&'static str>,
    /// The message because of which it is refused, where it is one.
    pub id: Option<MessageId>,
    /// Whole seconds to wait before trying again, where that helps.
    pub retry_after: Option<u32>,
    /// Whether it is a slip, which a person makes by typing or pasting: it is answered, and costs no more than any other
    /// command. What is no slip is a defect of the program that says it.
    pub is_slip: bool,
}

impl Refusal {
    /// A refusal of the whole command or request.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), field: None, id: None, retry_after: None, is_slip: false }
    }

    /// A refusal because of one field.
    pub fn field(code: ErrorCode, field: &'static str, message: impl Into<String>) -> Self {
        Self { field: Some(field), ..Self::new(code, message) }
    }

    /// A refusal of what a person has put into a field that is there and of the right type.
    pub fn slip(field: &'static str, message: impl Into<String>) -> Self {
        Self { is_slip: true, ..Self::field(ErrorCode::InvalidField, field, message) }
    }

    /// The same refusal, with the message that is the cause of it.
    pub fn because_of(mut self, message: MessageId) -> Self {
        self.id = Some(message);
        self
    }

    /// The same refusal, with the time after which a new try makes sense.
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }
}

/// Problem details (RFC 9457), the body of every HTTP error. `detail` is what the original program's clients read.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct Problem {
    /// The HTTP status, repeated.
    pub status: u16,
    /// For programs.
    pub code: ErrorCode,
    /// For people: one sentence.
    pub detail: String,
    /// The field that is at fault, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub field: Option<String>,
    /// Whole seconds to wait before trying again, where that helps; also in the `Retry-After` header.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub retry_after: Option<u32>,
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self {
            status: refusal.code.status(),
            code: refusal.code,
            detail: refusal.message,
            field: refusal.field.map(str::to_owned),
            retry_after: refusal.retry_after,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_is_written_the_same_way_everywhere_and_has_an_error_status() {
        for code in ErrorCode::ALL {
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
            assert!((400..600).contains(&code.status()), "{code:?}");
        }
    }

    #[test]
    fn of_all_refusals_three_pass_and_one_ends_the_session() {
        for code in ErrorCode::ALL {
            let expected = match code.as_str() {
                "rate_limited" | "overloaded" | "draining" => Verdict::Passing,
                "unauthorized" => Verdict::SessionOver,
                _ => Verdict::Final,
            };
            assert_eq!(code.verdict(), expected, "{code:?}");
        }
    }
}
