//! Users: accounts as others see them, registration and login.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

use crate::decode::Fields;
use crate::errors::{ErrorCode, Refusal};
use crate::ids::{RoomId, UserId};

/// What a user may do in the whole server, from most to least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The first to register. Everything that an admin may, and cannot be removed by one.
    Owner,
    /// Sees addresses, moderates every room.
    Admin,
    /// Talks.
    Member,
    /// Talks where invited.
    Guest,
    /// A program.
    Bot,
}

impl Role {
    /// Every role, for tables and tests.
    pub const ALL: [Role; 5] = [Self::Owner, Self::Admin, Self::Member, Self::Guest, Self::Bot];

    /// The role as the wire and the database write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Member => "member",
            Self::Guest => "guest",
            Self::Bot => "bot",
        }
    }

    /// The role of that name, if there is one.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }
}

/// A registered user, as `GET /users` lists them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct User {
    /// Names the user.
    pub id: UserId,
    /// The name that others see and that logs in.
    pub username: String,
    /// The e-mail address; empty for everyone who may not see addresses.
    pub email: String,
    /// What the user may do.
    pub role: Role,
    /// Whether the user may log in.
    pub active: bool,
}

/// Oneself, as `GET /api/me` says it. It has no `Debug`, so that addresses stay out of the program's output.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Myself {
    /// Who.
    pub id: UserId,
    /// The name that others see and that logs in.
    pub username: String,
    /// What one may do.
    pub role: Role,
    /// The e-mail address.
    pub email: String,
}

/// The body of `PATCH /api/users/{id}`: what is to become of an account. What is left out stays as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct UserPatch {
    /// What the user may do.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub role: Option<Role>,
    /// Whether the user may log in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub active: Option<bool>,
}

impl UserPatch {
    /// The roles that can be given. A bot is made otherwise.
    pub const ROLES: [Role; 4] = [Role::Owner, Role::Admin, Role::Member, Role::Guest];

    /// Reads the body. Errors: malformed JSON, a mistyped field, a further one, or none at all.
    pub fn decode(json: &[u8]) -> Result<Self, Refusal> {
        let invalid = |field, message| Refusal::field(ErrorCode::InvalidField, field, message);
        let mut fields = Fields::parse(json)?;
        let given = |name: &str| Self::ROLES.into_iter().find(|role| role.as_str() == name);
        let role = match fields.value("role") {
            None => None,
            Some(Value::String(name)) if given(&name).is_some() => given(&name),
            Some(_) => return Err(invalid("role", "`role` must be `owner`, `admin`, `member` or `guest`.")),
        };
        let active = match fields.value("active") {
            None => None,
            Some(Value::Bool(active)) => Some(active),
            Some(_) => return Err(invalid("active", "`active` must be true or false.")),
        };
        fields.finish(&["role", "active"])?;
        if role.is_none() && active.is_none() {
            return Err(invalid("role", "`role` or `active` must be there: nothing else can be changed."));
        }
        Ok(Self { role, active })
    }
}

/// The answer to `POST /register`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Registered {
    /// Names the new user.
    pub id: UserId,
    /// The username as stored.
    pub username: String,
    /// The address as stored.
    pub email: String,
    /// The rooms that an invitation has led into, in its order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<RoomId>>", optional)]
    pub rooms: Vec<RoomId>,
}

/// The body of `POST /register`. The values are as typed; the rules for them are the server's. Whatever else is in it was
/// ignored by the original program, and so it is here.
#[derive(Clone, PartialEq, Eq, TS)]
pub struct Registration {
    /// The wanted name.
    pub username: String,
    /// The e-mail address.
    pub email: String,
    /// The wanted password.
    pub password: String,
    /// The code of the invitation by which somebody comes.
    #[ts(optional)]
    pub invitation: Option<String>,
    /// What the place is to be called. Only the very first names it; from all others it is ignored.
    #[ts(optional)]
    pub place: Option<String>,
}

impl Registration {
    /// Reads the body. Errors: malformed JSON, a missing or mistyped field.
    pub fn decode(json: &[u8]) -> Result<Self, Refusal> {
        let mut fields = Fields::parse(json)?;
        let (username, email, password) = (fields.text("username")?, fields.text("email")?, fields.text("password")?);
        let invitation = match fields.value("invitation") {
            None | Some(Value::Null) => None,
            Some(Value::String(code)) => Some(code),
            Some(_) => {
                let message = "`invitation` must be the code of one, if it is there.";
                return Err(Refusal::field(ErrorCode::InvalidField, "invitation", message));
            }
        };
        let place = fields.value("place").and_then(|value| value.as_str().map(str::to_owned));
        Ok(Self { username, email, password, invitation, place })
    }
}

/// The body of `POST /login`. Whatever else is in it is ignored, as it always was.
#[derive(Clone, PartialEq, Eq, TS)]
pub struct Login {
    /// Who: the name, or the e-mail address.
    pub username: String,
    /// The proof.
    pub password: String,
}

impl Login {
    /// Reads the body. Errors: malformed JSON, a missing or mistyped field.
    pub fn decode(json: &[u8]) -> Result<Self, Refusal> {
        let mut fields = Fields::parse(json)?;
        Ok(Self { username: fields.text("username")?, password: fields.text("password")? })
    }
}

/// The body of `DELETE /api/me`. It has no `Debug`, so that nothing of it comes into the program's output.
#[derive(Clone, PartialEq, Eq, TS)]
pub struct Departure {
    /// The present password, as a proof.
    pub password: String,
}

impl Departure {
    /// Reads the body. Errors: malformed JSON, a missing or mistyped field, or a further one.
    pub fn decode(json: &[u8]) -> Result<Self, Refusal> {
        let mut fields = Fields::parse(json)?;
        let password = fields.text("password")?;
        fields.finish(&["password"])?;
        Ok(Self { password })
    }
}

/// The body of `POST /api/me/password`. It has no `Debug`, so that nothing of it comes into the program's output.
#[derive(Clone, PartialEq, Eq, TS)]
pub struct NewPassword {
    /// The present one, as a proof.
    pub current: String,
    /// The wanted one.
    pub new: String,
}

impl NewPassword {
    /// Reads the body. Errors: malformed JSON, a missing or mistyped field, or a further one.
    pub fn decode(json: &[u8]) -> Result<Self, Refusal> {
        let mut fields = Fields::parse(json)?;
        let (current, new) = (fields.text("current")?, fields.text("new")?);
        fields.finish(&["current", "new"])?;
        Ok(Self { current, new })
    }
}

/// The answer to `POST /login`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LoggedIn {
    /// The username as stored, whatever the case it was typed in.
    pub username: String,
    /// The session's token. It is shown this once and stored nowhere.
    pub token: String,
}
