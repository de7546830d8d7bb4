//! Refusals that are ready before anybody asks, for those who cannot be taken on: each costs one write, and no task.

use axum::http::{HeaderMap, HeaderValue, header};
use bytes::Bytes;

use crate::config::Config;
use crate::fields::write_fields;
use crate::listener::Denial;
use crate::protection;
use crate::refusals::ProblemResponse;
use crate::throttle::too_often;

/// The refusals.
#[derive(Debug)]
pub(crate) struct LastWords {
    network_is_full: Bytes,
    all_is_full: Bytes,
    too_often: Bytes,
}

impl LastWords {
    /// As this server says them.
    pub(crate) fn new(config: &Config) -> Self {
        let denied = |denial: Denial| in_full(denial.refusal().into(), HeaderMap::new(), config);
        Self {
            network_is_full: denied(Denial::NETWORK_IS_FULL),
            all_is_full: denied(Denial::NotYet),
            too_often: in_full(too_often(1).into(), HeaderMap::new(), config),
        }
    }

    /// What is said where there is no place.
    pub(crate) fn on(&self, denial: Denial) -> &[u8] {
        if denial == Denial::NETWORK_IS_FULL { &self.network_is_full } else { &self.all_is_full }
    }

    /// What is said to a network that has asked too often.
    pub(crate) fn on_too_often(&self) -> &[u8] {
        &self.too_often
    }
}

/// A refusal as it travels, with these fields and all that an answer of this server carries; the connection ends behind it.
pub(crate) fn in_full(problem: ProblemResponse, more: HeaderMap, config: &Config) -> Bytes {
    let (status, mut fields, body) = problem.into_parts();
    fields.extend(more);
    protection::protect(&mut fields, config);
    fields.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    fields.insert(header::CONNECTION, HeaderValue::from_static("close"));
    let mut answer = format!("HTTP/1.1 {status}\r\n").into_bytes();
    write_fields(&mut answer, &fields);
    answer.extend_from_slice(&body);
    answer.into()
}
