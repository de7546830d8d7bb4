//! Reading a request's body: JSON or a picture, of a bounded size, within a bounded time.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderValue, header};
use bytes::{Bytes, BytesMut};
use chatterbox_protocol::errors::{ErrorCode, Refusal};
use chatterbox_protocol::limits::{BODY_BYTES_MAX, PICTURE_BYTES_MAX};
use http_body_util::BodyExt;

use crate::refusals::ProblemResponse;

/// The longest that a small JSON body may take. At 1 KiB/s a whole one takes 16 s; nobody's connection is that slow.
const BODY_TIME_MAX: Duration = Duration::from_secs(10);

/// The longest that a picture may take: at 150 kB/s a whole one takes less.
const PICTURE_TIME_MAX: Duration = Duration::from_secs(60);

/// How much of a body that is too large is still read.
const DROPPED_BYTES_MAX: usize = 2 * 1024 * 1024;

/// How long the rest of it is waited for.
const DROP_TIME_MAX: Duration = Duration::from_millis(500);

const TOO_SLOW: &str = "The body took too long to arrive.";

/// The bytes of a body that says it is JSON, or says nothing, as the original program's scripts may. What a page's form
/// can send says something else.
pub(crate) struct JsonBytes(pub(crate) Bytes);

impl<S: Send + Sync> FromRequest<S> for JsonBytes {
    type Rejection = ProblemResponse;

    async fn from_request(request: Request, _: &S) -> Result<Self, ProblemResponse> {
        if !request.headers().get(header::CONTENT_TYPE).is_none_or(is_json) {
            let message = "The body must be JSON, with `Content-Type: application/json`.";
            return Err(Refusal::new(ErrorCode::UnsupportedMediaType, message).into());
        }
        match tokio::time::timeout(BODY_TIME_MAX, read(request.into_body(), BODY_BYTES_MAX)).await {
            Ok(body) => body.map(Self).map_err(ProblemResponse::from),
            Err(_) => Err(Refusal::new(ErrorCode::MalformedJson, TOO_SLOW).into()),
        }
    }
}

/// The bytes of a picture, whatever the body says that it is.
pub(super) async fn picture(body: Body) -> Result<Bytes, Refusal> {
    match tokio::time::timeout(PICTURE_TIME_MAX, read(body, PICTURE_BYTES_MAX)).await {
        Ok(bytes) => bytes,
        Err(_) => Err(Refusal::new(ErrorCode::PictureRefused, TOO_SLOW)),
    }
}

async fn read(mut body: Body, bytes_max: usize) -> Result<Bytes, Refusal> {
    let mut kept = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let whole = "The body must arrive whole, and its chunks as RFC 9112 writes them.";
        let frame = frame.map_err(|_| Refusal::new(ErrorCode::MalformedRequest, whole))?;
        kept.extend_from_slice(&frame.into_data().unwrap_or_default());
        if kept.len() > bytes_max {
            let _ = tokio::time::timeout(DROP_TIME_MAX, drop_rest(body)).await;
            let message = format!("The body may have at most {bytes_max} bytes.");
            return Err(Refusal::new(ErrorCode::TooLarge, message));
        }
    }
    Ok(kept.freeze())
}

/// Reads what is left of a body that is too large: a client that is still sending when it is answered and cut off may
/// never see the answer.
async fn drop_rest(mut body: Body) {
    let mut dropped = 0;
    while let Some(Ok(frame)) = body.frame().await {
        dropped += frame.into_data().unwrap_or_default().len();
        if dropped > DROPPED_BYTES_MAX {
            return;
        }
    }
}

fn is_json(media_type: &HeaderValue) -> bool {
    let kind = media_type.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
    kind.trim().eq_ignore_ascii_case("application/json")
}
