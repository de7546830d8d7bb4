//! A proxy that asks for a name and a password of its own before it lets anybody through: `Authorization` is then its own,
//! and a browser sends it with everything.

use futures_util::StreamExt;
use serde_json::json;
use tokio_websockets::ClientBuilder;

use crate::front::{Below, Front, Kind, NAME_AND_PASSWORD};
use crate::harness::{PASSWORD, Plan, within};
use crate::visitor::{Said, asks, connect, shown};

/// What a browser adds once somebody has told it the proxy's password.
fn basic() -> String {
    use base64::Engine;
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(NAME_AND_PASSWORD))
}

/// Ada registers and logs in through the guarded proxy. Returns her token and how her browser shows her cookies.
async fn ada_logs_in(front: &Front) -> (String, String) {
    let (basic, origin) = (basic(), front.origin());
    let fields = [("Authorization", &*basic), ("Origin", &*origin)];
    let body = json!({"username": "ada", "email": "ada@example.org", "password": PASSWORD}).to_string();
    assert_eq!(asks(front, 2, "POST /register", &fields, &body).await.status, 200);
    let body = json!({"username": "ada", "password": PASSWORD}).to_string();
    let login = asks(front, 2, "POST /login", &fields, &body).await;
    (login.json()["token"].as_str().unwrap().to_owned(), shown(&login.set_cookies()))
}

fn is_refused_by_the_proxy(said: &Said) -> bool {
    said.status == 401 && said.field("content-type") == Some("text/html")
}

#[tokio::test]
async fn behind_a_proxy_that_wants_a_password_calls_and_sockets_are_those_of_the_session() {
    let Some(front) = Front::start(Kind::GuardedNginx, Below::Nothing, Plan::new()).await else { return };
    let (token, cookie) = ada_logs_in(&front).await;
    let basic = basic();
    let page = [("Authorization", &*basic), ("Chatterbox-Token", &*token)];
    for call in ["GET /api/me", "GET /users", "GET /api/rooms/1/messages?before=9", "GET /api/sessions"] {
        assert_eq!(asks(&front, 2, call, &page, "").await.status, 200, "{call}");
        let old_page = [("Authorization", &*basic), ("Cookie", &*cookie)];
        assert_eq!(asks(&front, 2, call, &old_page, "").await.status, 200, "{call} by the cookie");
        let program = [("Authorization", &*format!("Bearer {token}"))];
        assert!(is_refused_by_the_proxy(&asks(&front, 2, call, &program, "").await), "{call}");
        assert!(is_refused_by_the_proxy(&asks(&front, 2, call, &page[1..], "").await), "{call}");
    }
    let address = format!("wss://{}/ws?token={token}", front.host());
    let builder = ClientBuilder::new().uri(&address).unwrap();
    let builder = builder.add_header("authorization".parse().unwrap(), basic.parse().unwrap()).unwrap();
    let (mut socket, _) = within("the handshake", builder.connect_on(connect(&front, 2).await)).await.unwrap();
    assert_eq!(asks(&front, 2, "POST /logout", &page, "").await.status, 204);
    let end = async {
        loop {
            let message = socket.next().await.expect("it says why it ends").unwrap();
            if let Some((code, _)) = message.as_close() {
                return u16::from(code);
            }
        }
    };
    assert_eq!(within("the end of the socket", end).await, 4001);
    let over = asks(&front, 2, "GET /api/me", &page, "").await;
    assert_eq!((over.status, over.field("content-type")), (401, Some("application/problem+json")));
    assert_eq!(over.json()["code"], "unauthorized");
}
