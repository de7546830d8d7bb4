//! What passes through a proxy, and what does not.

use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio_websockets::Message;

use crate::front::{Front, WAYS};
use crate::harness::{Plan, within};
use crate::visitor::{ada_logs_in, asks, opens, says, shown};

#[tokio::test]
async fn pages_calls_and_sockets_work_behind_a_proxy_with_a_path_and_without() {
    for (kind, below) in WAYS {
        let Some(front) = Front::start(kind, below, Plan::new()).await else { return };
        let (path, way) = (front.path, format!("{kind:?} {below:?}"));
        let door = asks(&front, 2, "GET /", &[], "").await;
        assert_eq!(door.field("location"), Some(&*format!("{path}/ui/register.html")), "{way}: {door:?}");
        let cookies = ada_logs_in(&front).await;
        let name = if path.is_empty() { "__Host-cb" } else { "__Secure-cb" };
        assert_eq!(cookies.len(), 2, "{way}: {cookies:?}");
        for cookie in &cookies {
            assert!(cookie.starts_with(name) && cookie.contains(&format!("; Path={path}/;")), "{way}: {cookie}");
            assert!(cookie.ends_with("; Secure"), "{way}: {cookie}");
        }
        let door = asks(&front, 2, "GET /ui/", &[], "").await;
        assert_eq!(door.field("location"), Some(&*format!("{path}/ui/chat.html")), "{way}");
        let page = asks(&front, 2, "GET /ui/chat.html", &[], "").await;
        assert_eq!((page.status, page.field("strict-transport-security").is_some()), (200, true), "{way}: {page:?}");
        for file in page.text.split("\"./").skip(1).map(|rest| rest.split('"').next().unwrap()) {
            assert_eq!(asks(&front, 2, &format!("GET /ui/{file}"), &[], "").await.status, 200, "{way}: {file}");
        }
        let shown = shown(&cookies);
        let me = asks(&front, 2, "GET /api/me", &[("Cookie", &*shown)], "").await;
        assert_eq!(me.json()["username"], "ada", "{way}");
        let mut socket = opens(&front, &cookies, &front.origin()).await.expect("the socket opens");
        socket.send(Message::text(json!({"type": "send", "text": "Through."}).to_string())).await.unwrap();
        let heard = async {
            loop {
                let message = socket.next().await.expect("the socket lives").unwrap();
                if message.as_text().is_some_and(|text| text.contains("Through.")) {
                    return;
                }
            }
        };
        within("one's own message", heard).await;
    }
}

#[tokio::test]
async fn x10_x12_a_proxy_in_front_makes_no_stranger_one_of_us() {
    for (kind, below) in WAYS {
        let Some(front) = Front::start(kind, below, Plan::new()).await else { return };
        let way = format!("{kind:?} {below:?}");
        let cookies = ada_logs_in(&front).await;
        let shown = shown(&cookies);
        let twin = front.origin().replace("https:", "http:");
        for origin in [&*twin, "https://evil.example", "https://example.org", "null"] {
            assert!(opens(&front, &cookies, origin).await.is_none(), "{way}: {origin}");
            let revoke =
                asks(&front, 2, "DELETE /api/sessions/999", &[("Cookie", &*shown), ("Origin", origin)], "").await;
            assert_eq!((revoke.status, &revoke.json()["code"]), (403, &json!("origin_refused")), "{way}: {origin}");
        }
        let fields = [("Cookie", &*shown), ("Origin", &*front.origin())];
        let revoke = asks(&front, 2, "DELETE /api/sessions/999", &fields, "").await;
        assert_eq!(revoke.status, 404, "{way}: {revoke:?}");
        let foreign = asks(&front, 2, "GET /healthz", &[("Host", "evil.example")], "").await;
        assert_eq!((foreign.status, &foreign.json()["code"]), (421, &json!("host_refused")), "{way}");
        let foreign = asks(&front, 2, "GET /healthz", &[("X-Forwarded-Host", "evil.example")], "").await;
        assert_eq!(foreign.status, 421, "{way}: {foreign:?}");
    }
}

#[tokio::test]
async fn x02_each_address_behind_a_proxy_has_a_budget_of_its_own_whatever_it_claims() {
    for (kind, below) in WAYS {
        let Some(front) = Front::start(kind, below, Plan::new().with_rate_limits()).await else { return };
        let way = format!("{kind:?} {below:?}");
        let guess = async |from: u8, number: usize| {
            let body = json!({"username": format!("user {number}"), "password": "summer 2026"}).to_string();
            let claimed = format!("198.51.100.{number}");
            asks(&front, from, "POST /login", &[("X-Forwarded-For", &claimed)], &body).await.status
        };
        let mut refused = 0;
        for number in 0..40 {
            refused += usize::from(guess(2, number).await == 429);
        }
        assert!(refused > 0, "{way}: one address may guess for ever");
        assert_eq!(guess(3, 99).await, 401, "{way}: another one has to wait for it");
    }
}

#[tokio::test]
async fn x15_two_readers_of_one_request_read_the_same() {
    let smuggled = "0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
    for (kind, below) in WAYS {
        let Some(front) = Front::start(kind, below, Plan::new()).await else { return };
        let (path, host) = (front.path, front.host());
        for fields in [
            "Content-Length: 6\r\nTransfer-Encoding: chunked",
            "Transfer-Encoding: chunked\r\nContent-Length: 6",
            "Content-Length: 6\r\nContent-Length: 0",
            "Content-Length: +6",
            "Transfer-Encoding: xchunked",
            "Transfer-Encoding: chunked, identity",
            "Transfer-Encoding: identity",
            "Transfer-Encoding : chunked",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
            "Host: localhost",
        ] {
            let head = format!("POST {path}/login HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{fields}\r\n\r\n");
            let answer = says(&front, 2, format!("{head}{smuggled}").as_bytes()).await;
            assert!(!answer.text.contains("alive"), "{kind:?} {below:?} {fields}: {answer:?}");
            assert!(!(200..400).contains(&answer.status), "{kind:?} {below:?} {fields}: {answer:?}");
        }
    }
}
