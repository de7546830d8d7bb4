//! The part of an address that names something.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use chatterbox_protocol::errors::{ErrorCode, Refusal};
use chatterbox_protocol::ids::ID_MAX;

/// The one part of this address that is not fixed. What is no text there (`%ff`) is read as a sign that no name has, so that
/// it is refused like any other name that is none.
pub(crate) struct Segment(pub(crate) String);

impl Segment {
    /// The id that it is. Errors: what would be one; `thing` is named by it.
    pub(crate) fn id(&self, thing: &str) -> Result<u64, Refusal> {
        let is_plain = self.0.bytes().all(|byte| byte.is_ascii_digit());
        let id = self.0.parse().ok().filter(|id| is_plain && (1..=ID_MAX).contains(id));
        let message = || format!("A {thing}'s id is a whole number from 1.");
        id.ok_or_else(|| Refusal::field(ErrorCode::InvalidField, "id", message()))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Segment {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let text = Path::<String>::from_request_parts(parts, state).await;
        Ok(Self(text.map_or_else(|_| char::REPLACEMENT_CHARACTER.to_string(), |Path(text)| text)))
    }
}

/// The two parts of this address that are not fixed, likewise.
pub(crate) struct Segments(pub(crate) Segment, pub(crate) Segment);

impl<S: Send + Sync> FromRequestParts<S> for Segments {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let none = || char::REPLACEMENT_CHARACTER.to_string();
        let texts = Path::<(String, String)>::from_request_parts(parts, state).await;
        let (first, second) = texts.map_or_else(|_| (none(), none()), |Path(texts)| texts);
        Ok(Self(Segment(first), Segment(second)))
    }
}
