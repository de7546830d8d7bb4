//! The ways to show a session's token: which of them counts, and that none makes a request somebody's whom it does not mean.

use reqwest::{Method, RequestBuilder};
use serde_json::json;

use crate::harness::raw::Wire;
use crate::harness::user::cookies;
use crate::harness::{Answer, Asks, PASSWORD, Plan, Server};

const HEADER: &str = "chatterbox-token";

/// As a browser shows a proxy a name and a password, whatever is asked.
const BASIC: &str = "Basic bWVtYmVyczpjb21lIGlu";

#[tokio::test]
async fn the_header_goes_before_the_bearer_token_and_that_before_the_cookie() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let linus = server.register("linus").await;
    let bearer = format!("Bearer {}", grace.token);
    let own = format!("Origin: http://{}", server.address);
    for header in [None, Some(&*ada.token), Some("nobody"), Some("")] {
        for authorization in [None, Some(&*bearer), Some("Bearer nobody"), Some("Bearer"), Some(BASIC), Some("Digest")]
        {
            for cookie in [None, Some(&*linus.token), Some("nobody")] {
                let who = match (header, authorization, cookie) {
                    (Some(header), ..) => (header == ada.token).then_some("ada"),
                    (_, Some(value), _) if value.starts_with("Bearer") => (value == bearer).then_some("grace"),
                    (.., cookie) => (cookie == Some(&linus.token)).then_some("linus"),
                };
                let cookie = cookie.map(|token| cookies("cb", token));
                let shown = [(HEADER, header), ("authorization", authorization), ("cookie", cookie.as_deref())];
                let shown = shown.into_iter().filter_map(|(name, value)| Some((name, value?))).collect::<Vec<_>>();
                let case = format!("{shown:?}");
                let ask = |request: RequestBuilder| {
                    shown.iter().fold(request, |request, (name, value)| request.header(*name, *value))
                };
                let me = Answer::to(ask(server.request(Method::GET, "/api/me"))).await;
                match who {
                    Some(who) => assert_eq!(me.ok()["username"], who, "{case}"),
                    None => drop(me.refused(401, "unauthorized")),
                }
                let lines: Vec<String> = shown.iter().map(|(name, value)| format!("{name}: {value}")).collect();
                let lines: Vec<&str> = lines.iter().map(String::as_str).chain([&*own]).collect();
                let head = Wire::connect(server.address).await.upgrade("/ws", &lines).await;
                let status = if who.is_some() { "101" } else { "401" };
                assert_eq!(head.split(' ').nth(1), Some(status), "{case}");
            }
        }
    }
}

#[tokio::test]
async fn what_is_shown_twice_is_shown_to_nobody() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let cookie = cookies("cb", &ada.token);
    for (name, first, second) in [
        (HEADER, ada.token.clone(), ada.token.clone()),
        (HEADER, ada.token.clone(), grace.token.clone()),
        ("authorization", format!("Bearer {}", ada.token), format!("Bearer {}", ada.token)),
        ("authorization", BASIC.to_owned(), format!("Bearer {}", ada.token)),
    ] {
        let request = server.request(Method::GET, "/api/me").header(name, first).header(name, second);
        Answer::to(request.header("cookie", &cookie)).await.refused(401, "unauthorized");
    }
}

#[tokio::test]
async fn a_page_acts_as_whom_it_shows_whoever_has_signed_in_meanwhile() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let logout = server.request(Method::POST, "/logout").header(HEADER, &ada.token);
    let logout = logout.header("cookie", cookies("cb", &grace.token)).header("authorization", BASIC);
    Answer::to(logout).await.done();
    ada.gets("/api/me").await.refused(401, "unauthorized");
    grace.gets("/api/me").await.ok();
}

#[tokio::test]
async fn x11_a_password_for_a_proxy_makes_no_foreign_page_one_of_ours() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    for (method, path) in
        [(Method::POST, "/logout"), (Method::DELETE, "/api/sessions/1"), (Method::PATCH, "/api/users/2")]
    {
        for origin in ["https://evil.example", "null", ""] {
            let request = server.request(method.clone(), path).header("cookie", cookies("cb", &ada.token));
            let request = request.header("authorization", BASIC).header("origin", origin);
            Answer::to(request).await.refused(403, "origin_refused");
        }
    }
    ada.gets("/api/me").await.ok();
}

/// What a browser asks before a foreign page may send the header, and the headers that the answer allows.
async fn asks_leave(server: &Server, origin: &str) -> Option<String> {
    let request = server
        .request(Method::OPTIONS, "/logout")
        .header("origin", origin)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", HEADER);
    let answer = Answer::to(request).await;
    answer.maybe_header("access-control-allow-origin")?;
    answer.maybe_header("access-control-allow-headers").map(str::to_ascii_lowercase)
}

#[tokio::test]
async fn x11_no_foreign_page_has_leave_to_send_the_header() {
    let server = Server::start().await;
    let partner = Plan::new().with("--allowed-origins", "https://partner.example").start().await;
    for origin in ["https://evil.example", "null", "https://x.partner.example"] {
        assert_eq!(asks_leave(&server, origin).await, None, "{origin}");
        assert_eq!(asks_leave(&partner, origin).await, None, "{origin}");
    }
    let allowed = asks_leave(&partner, "https://partner.example").await.expect("it is configured");
    assert!(allowed.split(',').any(|name| name.trim() == HEADER), "{allowed}");
}

#[tokio::test]
async fn x03_a_token_in_the_header_never_reaches_the_log() {
    let mut server = Plan::new().talkative().start().await;
    let ada = server.register("ada").await;
    for call in ["/api/me", "/nowhere"] {
        Answer::to(server.request(Method::GET, call).header(HEADER, &ada.token)).await;
    }
    let body = json!({"username": "ada", "password": PASSWORD});
    Answer::to(server.request(Method::POST, "/login").header(HEADER, &ada.token).json(&body)).await.ok();
    let log = server.stop().await;
    assert!(log.contains("listening") && !log.contains(&ada.token), "the token is in the log");
}
