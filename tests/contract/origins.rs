//! Which pages may use the server, and what a stranger's page gets for trying.

use reqwest::Method;
use serde_json::json;

use crate::harness::doors::doors;
use crate::harness::raw::Wire;
use crate::harness::user::cookies;
use crate::harness::{Answer, Asks, PASSWORD, Plan, Server};

/// Whom the server at this address must take for a stranger.
fn strangers(server: &Server) -> Vec<String> {
    let (host, port) = (server.address, server.address.port());
    vec![
        "https://evil.example".to_owned(),
        "null".to_owned(),
        String::new(),
        "file://".to_owned(),
        format!("http://evil.{host}"),
        format!("http://{host}.evil.example"),
        format!("http://{host}@evil.example"),
        format!("http://evil.example@{host}"),
        format!("http://evil{host}"),
        "http://127.0.0.1".to_owned(),
        format!("http://127.0.0.1:{}", port ^ 1),
        format!("http://127.0.0.1:0{port}"),
        format!("http://127.0.0.11:{port}"),
        format!("http://localhost:{port}"),
        format!("ws://{host}"),
        format!("http://{host}/"),
        format!("http://{host} https://evil.example"),
        format!("{host}"),
    ]
}

async fn opens(server: &Server, path: &str, lines: &[&str]) -> String {
    let answer = Wire::connect(server.address).await.upgrade(path, lines).await;
    answer.split(' ').nth(1).unwrap().to_owned()
}

#[tokio::test]
async fn x10_no_page_of_a_foreign_origin_opens_a_socket() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let by_token = format!("/ws?token={}", ada.token);
    let cookie = format!("Cookie: {}", cookies("cb", &ada.token));
    let bearer = format!("Authorization: Bearer {}", ada.token);
    for origin in strangers(&server) {
        let origin = format!("Origin: {origin}");
        assert_eq!(opens(&server, &by_token, &[&origin]).await, "403", "{origin} with a token");
        assert_eq!(opens(&server, "/ws", &[&origin, &cookie]).await, "403", "{origin} with the cookie");
        assert_eq!(opens(&server, "/ws", &[&origin, &bearer]).await, "403", "{origin} with a bearer token");
    }
    assert_eq!(opens(&server, "/ws", &[&cookie]).await, "403", "the cookie without an origin");
    let own = format!("Origin: http://{}", server.address);
    let twice = opens(&server, &by_token, &[&own, "Origin: https://evil.example"]).await;
    assert_eq!(twice, "403", "two origins");
    assert_eq!(opens(&server, &by_token, &[&own]).await, "101");
    assert_eq!(opens(&server, "/ws", &[&own, &cookie]).await, "101");
    assert_eq!(opens(&server, &by_token, &[]).await, "101", "a program sends none");
}

#[tokio::test]
async fn x10_the_refusal_is_a_problem_that_says_why() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let request = server
        .request(Method::GET, &format!("/ws?token={}", ada.token))
        .header("origin", "https://evil.example")
        .header("upgrade", "websocket")
        .header("connection", "upgrade")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
    Answer::to(request).await.refused(403, "origin_refused");
}

#[tokio::test]
async fn x11_no_page_of_a_foreign_origin_changes_anything() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let cookie = cookies("cb", &ada.token);
    let body = json!({"username": "eve", "email": "eve@example.org", "password": PASSWORD});
    let login = json!({"username": "ada", "password": PASSWORD});
    let mut origins: Vec<Option<String>> = strangers(&server).into_iter().map(Some).collect();
    for origin in &origins {
        for (path, body) in [("/register", &body), ("/login", &login)] {
            let request = server.request(Method::POST, path).header("origin", origin.as_ref().unwrap()).json(body);
            let answer = Answer::to(request).await;
            answer.refused(403, "origin_refused");
            assert!(answer.set_cookies().is_empty());
        }
    }
    origins.push(None);
    for origin in &origins {
        for (method, path) in
            [(Method::POST, "/logout"), (Method::DELETE, "/api/sessions/1"), (Method::PATCH, "/api/users/2")]
        {
            let mut request = server.request(method, path).header("cookie", &cookie);
            if let Some(origin) = origin {
                request = request.header("origin", origin);
            }
            Answer::to(request).await.refused(403, "origin_refused");
        }
    }
    ada.gets("/api/me").await.ok();
    let own = server.request(Method::POST, "/logout").header("cookie", &cookie);
    Answer::to(own.header("origin", format!("http://{}", server.address))).await.done();
    ada.gets("/api/me").await.refused(401, "unauthorized");
}

#[tokio::test]
async fn x11_what_a_form_can_send_is_not_taken() {
    let server = Server::start().await;
    server.register("ada").await;
    let register = json!({"username": "eve", "email": "eve@example.org", "password": PASSWORD}).to_string();
    let login = json!({"username": "ada", "password": PASSWORD}).to_string();
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/json",
        "",
        "application/jsonp",
        "application/json-seq",
        "text/plain; application/json",
        "image/png",
    ] {
        for (path, body) in [("/register", &register), ("/login", &login)] {
            let request = server.request(Method::POST, path).header("content-type", kind).body(body.clone());
            Answer::to(request).await.refused(422, "unsupported_media_type");
        }
    }
    for kind in ["application/json", "application/json; charset=utf-8", "Application/JSON"] {
        let request = server.request(Method::POST, "/login").header("content-type", kind).body(login.clone());
        Answer::to(request).await.ok();
    }
}

#[tokio::test]
async fn x11_nothing_is_changed_by_asking() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    for path in ["/logout", "/login", "/register", "/api/sessions/1"] {
        for method in [Method::GET, Method::HEAD] {
            assert_eq!(Answer::to(ada.request(method, path)).await.status, 405, "{path}");
        }
    }
    ada.gets("/api/me").await.ok();
}

#[tokio::test]
async fn without_a_setting_no_other_origin_may_read_an_answer() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    for origin in ["https://evil.example", "null"] {
        let answer = Answer::to(ada.request(Method::GET, "/users").header("origin", origin)).await;
        assert!(answer.maybe_header("access-control-allow-origin").is_none());
        let preflight = server
            .request(Method::OPTIONS, "/users")
            .header("origin", origin)
            .header("access-control-request-method", "GET");
        assert!(Answer::to(preflight).await.maybe_header("access-control-allow-origin").is_none());
    }
}

#[tokio::test]
async fn a_configured_origin_is_one_of_ours_and_only_that_one() {
    let server =
        Plan::new().with("--allowed-origins", "https://Intranet.example/, http://other.example:81").start().await;
    let ada = server.register("ada").await;
    let path = format!("/ws?token={}", ada.token);
    for (origin, status) in [
        ("https://intranet.example", "101"),
        ("http://other.example:81", "101"),
        ("http://intranet.example", "403"),
        ("http://other.example", "403"),
        ("https://x.intranet.example", "403"),
        ("https://intranet.example:444", "403"),
    ] {
        assert_eq!(opens(&server, &path, &[&format!("Origin: {origin}")]).await, status, "{origin}");
        let preflight = server
            .request(Method::OPTIONS, "/users")
            .header("origin", origin)
            .header("access-control-request-method", "GET")
            .header("access-control-request-headers", "authorization");
        let answer = Answer::to(preflight).await;
        let allowed = (status == "101").then_some(origin);
        assert_eq!(answer.maybe_header("access-control-allow-origin"), allowed, "{origin}");
        assert!(answer.maybe_header("access-control-allow-credentials").is_none(), "cookies stay at home");
    }
}

#[tokio::test]
async fn pages_of_allowed_origins_have_leave_to_knock_at_every_door() {
    let friend = "https://friend.example";
    let server = Plan::new().with("--allowed-origins", friend).start().await;
    for door in doors() {
        let asks = server.request(Method::OPTIONS, &door.path_of("1")).header("origin", friend);
        let leave = Answer::to(asks.header("access-control-request-method", &door.method)).await;
        let methods = leave.header("access-control-allow-methods");
        assert!(methods.split(',').any(|method| method == door.method), "{door}: {methods}");
    }
}
