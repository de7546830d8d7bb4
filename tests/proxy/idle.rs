//! Proxies cut off whoever says nothing for long; the server's pings keep its sockets.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio::time::{Instant, timeout_at};
use tokio_websockets::Message;

use crate::front::{Below, Front, IDLE_SECONDS, Kind};
use crate::harness::{Plan, within};
use crate::visitor::{ada_logs_in, opens};

/// A socket on which nobody says anything for longer than the proxy waits is still one.
async fn outlives_silence(kind: Kind) {
    let Some(front) = Front::start(kind, Below::Nothing, Plan::new()).await else { return };
    let cookies = ada_logs_in(&front).await;
    let mut socket = opens(&front, &cookies, &front.origin()).await.expect("the socket opens");
    let until = Instant::now() + Duration::from_secs(IDLE_SECONDS + 5);
    // Reading is what answers the pings.
    while let Ok(message) = timeout_at(until, socket.next()).await {
        message.expect("the socket lives").unwrap();
    }
    socket.send(Message::text(json!({"type": "send", "text": "Still here."}).to_string())).await.unwrap();
    let heard = async {
        while !socket
            .next()
            .await
            .expect("the socket lives")
            .unwrap()
            .as_text()
            .is_some_and(|text| text.contains("Still"))
        {}
    };
    within("one's own message", heard).await;
}

#[tokio::test]
async fn a_socket_that_idles_outlives_the_patience_of_nginx() {
    outlives_silence(Kind::Nginx).await;
}

#[tokio::test]
async fn a_socket_that_idles_outlives_the_patience_of_haproxy() {
    outlives_silence(Kind::Haproxy).await;
}
