//! The pages, which are part of the program: compressed when it was built, cached for good if their name has a hash.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use chatterbox_protocol::errors::{ErrorCode, Refusal};
use chatterbox_store::{IsAnybodyHere, PlaceNow, Stranger};
use rust_embed::{EmbeddedFile, RustEmbed};
use serde_json::Value;

use super::segment::Segment;
use crate::app::App;
use crate::protection;
use crate::refusals::{Answer, ProblemResponse, internal};

/// The output of the web client's build, with a `.br` and a `.gz` beside each file that is worth compressing.
#[derive(RustEmbed)]
#[folder = "$CHATTERBOX_EMBEDDED_PAGES"]
struct Pages;

/// What may be inline in each page, by its path.
static POLICIES: LazyLock<HashMap<Cow<'static, str>, HeaderValue>> = LazyLock::new(|| {
    let pages = Pages::iter().filter(|path| path.ends_with(".html"));
    let policy = |path: &str| {
        let policy = protection::policy_of(&String::from_utf8_lossy(&Pages::get(path)?.data));
        HeaderValue::from_str(&policy).ok()
    };
    pages.filter_map(|path| policy(&path).map(|policy| (path, policy))).collect()
});

/// The doors of the pages.
pub(super) fn doors() -> Router<Arc<App>> {
    Router::new()
        .route("/", get(front_door))
        .route("/ui", get(front_door))
        .route("/ui/", get(front_door))
        .route("/ui/manifest.webmanifest", get(manifest))
        .route("/ui/{*path}", get(page))
        .route("/join/{code}", get(invited))
        .route("/favicon.ico", get(icon))
        .route("/robots.txt", get(robots))
}

/// `GET /` and `GET /ui/`: to the chat, or to registration as long as there is nobody.
pub(crate) async fn front_door(State(app): State<Arc<App>>) -> Answer<Redirect> {
    let page = if app.store.ask(Stranger, IsAnybodyHere).await?? { "/ui/chat.html" } else { "/ui/register.html" };
    Ok(Redirect::temporary(&format!("{}{page}", app.config.path())))
}

/// `GET /ui/{path}`: a page, or what it is made of.
pub(crate) async fn page(Segment(path): Segment, headers: HeaderMap) -> Response {
    file(&path, &headers)
}

/// `GET /join/{code}`: the page of an invitation, which looks itself where that leads. Whatever the code is, it is the same page,
/// so that whoever shows a preview of the link has cost nothing.
pub(crate) async fn invited(headers: HeaderMap) -> Response {
    file("join.html", &headers)
}

/// `GET /ui/manifest.webmanifest`: how the chat is installed on a device, under the name of the place.
pub(crate) async fn manifest(State(app): State<Arc<App>>) -> Answer<Response> {
    let place = app.store.ask(Stranger, PlaceNow).await??;
    let file = Pages::get("manifest.webmanifest").map(|file| file.data).unwrap_or_default();
    let mut manifest: Value = serde_json::from_slice(&file).map_err(|_| internal())?;
    manifest["name"] = place.name.as_str().into();
    manifest["short_name"] = place.name.into();
    let fields = [(header::CONTENT_TYPE, "application/manifest+json"), (header::CACHE_CONTROL, "no-cache")];
    Ok((fields, manifest.to_string()).into_response())
}

/// `GET /favicon.ico`: browsers and readers of links ask for it there, whatever the pages say.
pub(crate) async fn icon(headers: HeaderMap) -> Response {
    file("favicon.ico", &headers)
}

/// `GET /robots.txt`: the doors may be found, and there is nothing else here for a search engine.
pub(crate) async fn robots(headers: HeaderMap) -> Response {
    file("robots.txt", &headers)
}

fn file(path: &str, headers: &HeaderMap) -> Response {
    let Some(plain) = Pages::get(path).filter(|_| !path.ends_with(".br") && !path.ends_with(".gz")) else {
        return ProblemResponse::from(Refusal::new(ErrorCode::NotFound, "There is no such page.")).into_response();
    };
    let (coding, file) = encoded(path, plain, headers);
    let tag = entity_tag(&file);
    let mut response =
        if is_known(&tag, headers) { StatusCode::NOT_MODIFIED.into_response() } else { body(path, coding, file) };
    let fields = response.headers_mut();
    if let Some(policy) = POLICIES.get(path) {
        fields.insert(header::CONTENT_SECURITY_POLICY, policy.clone());
    }
    fields.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching(path)));
    fields.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        fields.insert(header::ETAG, tag);
    }
    response
}

/// Files below `assets/` have a hash of their content in their name; pages are asked for anew each time.
fn caching(path: &str) -> &'static str {
    if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" }
}

/// The tag of these very bytes: a compressed page is another representation than the plain one (RFC 9110 §8.8.3.3).
fn entity_tag(file: &EmbeddedFile) -> String {
    let hash = file.metadata.sha256_hash();
    let hex: String = hash[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("\"{hex}\"")
}

/// Whether the client has it already (RFC 9110 §13.1.2): a list, compared weakly, because proxies that compress make
/// weak tags of strong ones.
fn is_known(tag: &str, headers: &HeaderMap) -> bool {
    let lines = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|line| line.to_str().ok());
    let mut known = lines.flat_map(|line| line.split(',')).map(str::trim);
    known.any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
}

/// The file as whoever asks takes it, and how it is encoded if it is.
fn encoded(path: &str, plain: EmbeddedFile, headers: &HeaderMap) -> (Option<&'static str>, EmbeddedFile) {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let compressed = [("br", ".br"), ("gzip", ".gz")]
        .into_iter()
        .filter(|(coding, _)| accepts(accepted, coding))
        .find_map(|(coding, ending)| Some((coding, Pages::get(&format!("{path}{ending}"))?)));
    compressed.map_or((None, plain), |(coding, file)| (Some(coding), file))
}

fn body(path: &str, coding: Option<&'static str>, file: EmbeddedFile) -> Response {
    let mut response = axum::body::Body::from(file.data.into_owned()).into_response();
    let fields = response.headers_mut();
    fields.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type(path)));
    if let Some(coding) = coding {
        fields.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
    response
}

/// Whether an `Accept-Encoding` names this coding and does not forbid it with `q=0` (RFC 9110 §12.5.3).
fn accepts(accepted: &str, coding: &str) -> bool {
    accepted.split(',').any(|entry| {
        let mut parts = entry.split(';').map(str::trim);
        let is_named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(coding));
        let is_forbidden = parts.any(|part| {
            part.strip_prefix("q=").is_some_and(|weight| weight.parse::<f32>().is_ok_and(|weight| weight == 0.0))
        });
        is_named && !is_forbidden
    })
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/vnd.microsoft.icon",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        "json" | "webmanifest" => "application/json",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoding_is_used_only_if_it_is_accepted() {
        assert!(accepts("gzip, deflate, br, zstd", "br"));
        assert!(accepts("gzip;q=0.5", "gzip"));
        assert!(!accepts("br;q=0", "br"));
        assert!(!accepts("brotli", "br"));
        assert!(!accepts("", "gzip"));
    }
}
