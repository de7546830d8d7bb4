//! Connections that speak HTTP, each a task of the runtime.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::header::CONNECTION;
use axum::http::{HeaderValue, Request, StatusCode, Uri};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tower::ServiceExt;

use super::doors::router;
use super::screen::Screen;
use crate::app::App;
use crate::config::Config;
use crate::gateway::is_signed_in;
use crate::head::{FIELDS_MAX, HEAD_BYTES_MAX, is_last};
use crate::listener::{self, Accepted, Descriptor, HEADER_PATIENCE, PeerAddress, SpeaksHttp};

/// Begins HTTP connections. While one of these or an HTTP connection is left, its [`Silence`] has not come.
#[derive(Debug, Clone)]
pub(crate) struct HttpConnections {
    app: Arc<App>,
    router: Router,
    stop: watch::Receiver<bool>,
    _talking: mpsc::Sender<()>,
}

/// The end of all HTTP connections.
#[derive(Debug)]
pub(crate) struct Silence(mpsc::Receiver<()>);

impl Silence {
    /// Waits until the last HTTP connection has ended and none can begin any more. Those that have become sockets are not
    /// waited for.
    pub(crate) async fn comes(mut self) {
        // Nothing is ever sent.
        let _ = self.0.recv().await;
    }
}

impl HttpConnections {
    /// Once `stop` turns true, requests that are under way are answered, and
    /// no more are taken.
    pub(crate) fn new(app: &Arc<App>, stop: watch::Receiver<bool>) -> (Self, Silence) {
        let (talking, silence) = mpsc::channel(1);
        let (app, router) = (app.clone(), router(app.clone()));
        (Self { app, router, stop, _talking: talking }, Silence(silence))
    }

    /// A place for a connection, or the last word to it. A stranger's costs no more than this.
    fn grant(&self, connection: &Accepted, leave: &Arc<Notify>) -> Result<(), &[u8]> {
        let (app, Accepted { peer, descriptor, .. }) = (&self.app, connection);
        let may_ask =
            peer.network(&app.config).is_none_or(|network| app.throttles.may_request(network, app.uptime_ms()));
        if !may_ask && !is_signed_in(app, connection) {
            return Err(app.last_words.on_too_often());
        }
        let take = |has_reserved| {
            let leave = leave.clone();
            descriptor.speaks_http(has_reserved, move || leave.notify_one())
        };
        match take(false) {
            Err(_) if peer.is_operator(&app.config) || is_signed_in(app, connection) => take(true),
            granted => granted,
        }
        .map_err(|denial| app.last_words.on(denial))
    }

    async fn serve(mut self, stream: TcpStream, peer: PeerAddress, descriptor: Descriptor) {
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
        // How an HTTP connection fails is the client's affair; there is nothing to learn from a reset connection.
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

impl SpeaksHttp for HttpConnections {
    fn begin(&self, connection: Accepted) {
        let leave = Arc::new(Notify::new());
        if let Err(last_word) = self.grant(&connection, &leave) {
            return listener::dismiss(connection.stream, last_word);
        }
        let http_connections = self.clone();
        self.app.tasks.spawn(async move {
            let Accepted { stream, peer, descriptor } = connection;
            match TcpStream::from_std(stream.into()) {
                Ok(stream) => tokio::select! {
                    () = http_connections.serve(stream, peer, descriptor) => {}
                    // It has to go for another one.
                    () = leave.notified() => {}
                },
                Err(error) => tracing::warn!(%error, "a connection cannot be watched"),
            }
        });
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

/// Waits until the HTTP connection is to end: the server stops, or the client has said what is refused.
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
