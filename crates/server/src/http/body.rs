//! Reading a request's body: JSON of a bounded size, within a bounded time.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderValue, header};
use chatterbox_protocol::errors::{ErrorCode, Refusal};
use chatterbox_protocol::limits::BODY_BYTES_MAX;
use http_body_util::{BodyExt, LengthLimitError, Limited};

use super::Problem;

/// The longest that a small JSON body may take. At 1 KiB/s a whole one takes 16 s; nobody's connection is that slow.
const BODY_TIME_MAX: Duration = Duration::from_secs(10);

/// The bytes of a body that says it is JSON, or says nothing, as the original program's scripts may. What a page's form
/// can send says something else.
pub(crate) struct JsonBytes(pub(crate) Bytes);

impl<S: Send + Sync> FromRequest<S> for JsonBytes {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        if !request.headers().get(header::CONTENT_TYPE).is_none_or(is_json) {
            let message = "The body must be JSON, with `Content-Type: application/json`.";
            return Err(Refusal::new(ErrorCode::UnsupportedMediaType, message).into());
        }
        let body = Limited::new(request.into_body(), BODY_BYTES_MAX).collect();
        match tokio::time::timeout(BODY_TIME_MAX, body).await {
            Ok(Ok(collected)) => Ok(Self(collected.to_bytes())),
            Ok(Err(error)) if error.is::<LengthLimitError>() => {
                let message = format!("The body may have at most {BODY_BYTES_MAX} bytes.");
                Err(Refusal::new(ErrorCode::TooLarge, message).into())
            }
            Ok(Err(_)) => Err(Refusal::new(ErrorCode::MalformedJson, "The body did not arrive whole.").into()),
            Err(_) => Err(Refusal::new(ErrorCode::MalformedJson, "The body took too long to arrive.").into()),
        }
    }
}

fn is_json(media_type: &HeaderValue) -> bool {
    let kind = media_type.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
    kind.trim().eq_ignore_ascii_case("application/json")
}
