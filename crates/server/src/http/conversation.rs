//! Connections that speak HTTP, each a task of the runtime.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::header::CONNECTION;
use axum::http::{HeaderValue, Request, StatusCode, Uri};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot, watch};
use tower::ServiceExt;

use super::head::{FIELDS_MAX, HEAD_BYTES_MAX, is_last};
use super::{Screen, router};
use crate::app::App;
use crate::config::Config;
use crate::listener::{Accepted, Descriptor, Peer};

/// How long a connection may say nothing, how long a request's head may then take to arrive, and how long an unused
/// connection is kept.
pub(crate) const HEADER_PATIENCE: Duration = Duration::from_secs(10);

/// Begins conversations. While one of these or a conversation is left, its [`Silence`] has not come.
#[derive(Debug, Clone)]
pub(crate) struct Conversations {
    runtime: Handle,
    app: Arc<App>,
    router: Router,
    stop: watch::Receiver<bool>,
    _talking: mpsc::Sender<()>,
}

/// The end of all conversations.
#[derive(Debug)]
pub(crate) struct Silence(mpsc::Receiver<()>);

impl Silence {
    /// Waits until the last conversation has ended and none can begin any more. Those that have become sockets are not
    /// waited for.
    pub(crate) async fn comes(mut self) {
        // Nothing is ever sent.
        let _ = self.0.recv().await;
    }
}

impl Conversations {
    /// On the runtime that this is called from. Once `stop` turns true, requests that are under way are answered, and
    /// no more are taken.
    pub(crate) fn new(app: &Arc<App>, stop: watch::Receiver<bool>) -> (Self, Silence) {
        let (talking, silence) = mpsc::channel(1);
        (
            Self { runtime: Handle::current(), app: app.clone(), router: router(app.clone()), stop, _talking: talking },
            Silence(silence),
        )
    }

    /// Answers the requests of a connection.
    pub(crate) fn begin(&self, connection: Accepted) {
        let conversations = self.clone();
        self.runtime.spawn(async move {
            match TcpStream::from_std(connection.stream.into()) {
                Ok(stream) => conversations.converse(stream, connection.peer, connection.descriptor).await,
                Err(error) => tracing::warn!(%error, "a connection cannot be watched"),
            }
        });
    }

    async fn converse(mut self, stream: TcpStream, peer: Peer, descriptor: Descriptor) {
        let (app, router) = (self.app.clone(), self.router.clone());
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(peer);
            request.extensions_mut().insert(descriptor.clone());
            as_own(&app.config, request.uri_mut());
            let is_last = is_last(request.method(), request.headers());
            let answer = router.clone().oneshot(request.map(Body::new));
            async move {
                let mut answer = answer.await?;
                if is_last && answer.status() != StatusCode::SWITCHING_PROTOCOLS {
                    answer.headers_mut().append(CONNECTION, HeaderValue::from_static("close"));
                }
                Ok::<_, Infallible>(answer)
            }
        });
        let (refused, is_refused) = oneshot::channel();
        let screen = Screen::new(stream, self.app.clone(), refused);
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADER_PATIENCE)
            .max_buf_size(HEAD_BYTES_MAX)
            .max_headers(FIELDS_MAX)
            .serve_connection(TokioIo::new(screen), service)
            .with_upgrades();
        let mut connection = std::pin::pin!(connection);
        // How a conversation fails is the client's affair; there is nothing to learn from a reset connection.
        let _ = tokio::select! {
            // First what has arrived: told to stop before it has read anything, it would not answer.
            biased;
            ended = connection.as_mut() => ended,
            () = is_over(&mut self.stop, is_refused) => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
    }
}

/// Takes the path away under which people find the server, if the proxy in front has not.
fn as_own(config: &Config, uri: &mut Uri) {
    let own = config.own_path(uri.path());
    if own.len() == uri.path().len() {
        return;
    }
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let path_and_query = format!("{own}{query}").parse().ok();
    let mut parts = std::mem::take(uri).into_parts();
    parts.path_and_query = path_and_query;
    // The rest of an address that was one is one, too.
    *uri = Uri::from_parts(parts).unwrap_or_default();
}

/// Waits until the conversation is to end: the server stops, or the client has said what is refused.
async fn is_over(stop: &mut watch::Receiver<bool>, is_refused: oneshot::Receiver<()>) {
    tokio::select! {
        () = is_true(stop) => {}
        _ = is_refused => {}
    }
}

/// Waits until it is told to stop, or until nobody is left who could tell.
async fn is_true(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}
