//! From a request over HTTP to a socket, which is the gateway's from then on.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::Response;
use axum::routing::get;
use bytes::Bytes;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;

use super::screen::Screen;
use crate::app::App;
use crate::gateway::open::{self, Denied, Opening};
use crate::hub::arrival::Arrival;
use crate::websocket::handshake::{self, HandshakeRefusal};

/// The doors of sockets.
pub(super) fn doors() -> Router<Arc<App>> {
    Router::new().route("/ws", get(upgrade))
}

/// `GET /ws`: opens a socket for a live session.
pub(crate) async fn upgrade(State(app): State<Arc<App>>, mut request: Request) -> Result<Response<Body>, Denied> {
    let upgraded = request.extensions_mut().remove::<OnUpgrade>();
    let (request, _) = request.into_parts();
    let Opening { accept, visitor } = open::open(&app, &request).await?;
    let upgraded = upgraded.ok_or(HandshakeRefusal::NoUpgrade)?;
    let tasks = app.tasks.clone();
    tasks.spawn(async move {
        // The client may go away between the answer and the upgrade; then there is nothing to do.
        let Ok(upgraded) = upgraded.await else { return };
        let Ok(parts) = upgraded.downcast::<TokioIo<Screen>>() else { return };
        let (stream, unread) = parts.io.into_inner().into_parts();
        // Only what has arrived: the buffers that it lies in are 8 KiB, and would live as long as the socket.
        let first_bytes = [&parts.read_buf[..], &unread].concat();
        drop((parts.read_buf, unread));
        match stream.into_std() {
            Ok(stream) => {
                let stream = mio::net::TcpStream::from_std(stream);
                app.hub.take_in(Arrival { stream, answer: Bytes::new(), first_bytes, visitor });
            }
            Err(error) => tracing::warn!(%error, "a connection cannot be taken over"),
        }
    });
    Ok(handshake::switching_protocols(accept))
}
