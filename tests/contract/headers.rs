//! Headers and methods: every answer, whatever it is, says how it may be used, and nothing about the server's make.

use reqwest::Method;
use serde_json::json;

use crate::harness::raw::Wire;
use crate::harness::{Answer, Asks, Plan, Server};

const EVERY_ANSWER: [(&str, &str); 6] = [
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("x-frame-options", "DENY"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), microphone=(), geolocation=()"),
];

fn without_hashes(rule: &str) -> String {
    rule.split(' ').filter(|source| !source.starts_with("'sha256-")).collect::<Vec<_>>().join(" ")
}

fn is_protected(answer: &Answer, what: &str) {
    for (name, value) in EVERY_ANSWER {
        assert_eq!(answer.maybe_header(name), Some(value), "{name} of {what}");
    }
    let policy = answer.header("content-security-policy");
    for rule in [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "object-src 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    ] {
        assert!(policy.split("; ").any(|found| without_hashes(found) == rule), "{rule} is missing in {policy}");
    }
    assert!(!policy.contains("unsafe") && !policy.contains('*'), "{policy}");
    for name in ["server", "x-powered-by", "strict-transport-security"] {
        assert!(answer.maybe_header(name).is_none(), "{name} of {what}");
    }
}

#[tokio::test]
async fn x14_every_kind_of_answer_carries_the_headers_that_protect_it() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let body = json!({"username": "ada", "email": "a@example.org", "password": "seven lazy herons"});
    let login = json!({"username": "ada", "password": "seven lazy herons"});
    let answers = [
        ("a success", 200, ada.gets("/users").await),
        ("a login", 200, server.posts("/login", login.clone()).await),
        ("a name that is taken", 400, server.posts("/register", body).await),
        ("no session", 401, server.gets("/users").await),
        ("a wrong password", 401, server.posts("/login", json!({"username": "ada", "password": "x"})).await),
        ("nothing there", 404, server.gets("/nothing").await),
        ("no such page", 404, server.gets("/ui/nothing.html").await),
        ("no such room", 404, ada.gets("/api/rooms/7/messages").await),
        ("another method", 405, server.gets("/login").await),
        ("too large", 413, server.posts_bytes("/login", vec![b' '; 16 * 1024 + 1]).await),
        ("malformed", 422, server.posts_bytes("/login", "{").await),
        ("not a handshake", 400, ada.gets("/ws").await),
        ("health", 200, server.gets("/healthz").await),
        ("readiness", 200, server.readiness().await),
        ("the front door", 307, server.gets("/").await),
        ("a page", 200, server.gets("/ui/chat.html").await),
        ("a logout", 204, Answer::to(ada.request(Method::POST, "/logout")).await),
    ];
    for (what, status, answer) in answers {
        assert_eq!(answer.status, status, "{what}: {}", answer.text());
        is_protected(&answer, what);
        if what != "a page" {
            assert_eq!(answer.header("cache-control"), "no-store", "{what}");
        }
    }
    // Whatever is configured.
    let options = [("--public-url", "http://chat.example.org"), ("--allowed-origins", "https://intranet.example")];
    for (option, value) in options {
        let configured = Plan::new().with(option, value).start().await;
        is_protected(&configured.gets("/ui/chat.html").await, option);
        is_protected(&configured.gets("/users").await, option);
    }
    let refused = server.request(Method::POST, "/login").header("origin", "https://evil.example").json(&login);
    is_protected(&Answer::to(refused).await, "a foreign page's login");
}

#[tokio::test]
async fn behind_tls_browsers_are_told_to_stay_there() {
    let server = Plan::new().with("--public-url", "https://chat.example.org/").start().await;
    for path in ["/users", "/", "/ui/login.html", "/healthz"] {
        let value = server.gets(path).await.header("strict-transport-security").to_owned();
        assert_eq!(value, "max-age=63072000; includeSubDomains");
    }
}

#[tokio::test]
async fn x16_an_address_takes_its_own_methods_and_no_others() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    for (path, allowed) in [
        ("/register", "POST"),
        ("/login", "POST"),
        ("/logout", "POST"),
        ("/users", "GET,HEAD"),
        ("/api/users/1", "PATCH,DELETE"),
        ("/ws", "GET,HEAD"),
        ("/api/me", "GET,HEAD,PATCH,DELETE"),
        ("/api/me/order", "PUT"),
        ("/api/me/availability", "PUT"),
        ("/api/me/password", "POST"),
        ("/api/me/device-link", "POST"),
        ("/login/device", "POST"),
        ("/login/device/look", "POST"),
        ("/api/sessions", "GET,HEAD,DELETE"),
        ("/api/sessions/1", "DELETE"),
        ("/api/rooms/1/messages", "GET,HEAD"),
        ("/metrics", "GET,HEAD"),
        ("/healthz", "GET,HEAD"),
        ("/readyz", "GET,HEAD"),
        ("/", "GET,HEAD"),
        ("/ui/", "GET,HEAD"),
        ("/ui/chat.html", "GET,HEAD"),
    ] {
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW", "PROPFIND"] {
            if allowed.split(',').any(|allowed| allowed == method) {
                continue;
            }
            let answer = Answer::to(ada.request(Method::from_bytes(method.as_bytes()).unwrap(), path)).await;
            assert_eq!(answer.status, 405, "{method} {path}");
            assert_eq!(answer.header("allow"), allowed, "{method} {path}");
            if method != "HEAD" {
                answer.refused(405, "method_not_allowed");
            }
        }
    }
    ada.gets("/api/me").await.ok();
}

#[tokio::test]
async fn x16_connect_goes_nowhere() {
    let server = Server::start().await;
    let mut wire = Wire::connect(server.address).await;
    wire.send(b"CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n").await;
    let answer = wire.head().await;
    assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
}

#[tokio::test]
async fn head_answers_as_get_does_without_the_body() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    for path in ["/users", "/api/me", "/healthz", "/ui/chat.html", "/"] {
        let (get, head) = (ada.gets(path).await, Answer::to(ada.request(Method::HEAD, path)).await);
        assert_eq!((head.status, head.body.len()), (get.status, 0), "{path}");
        for name in ["content-type", "content-length", "cache-control", "etag", "location"] {
            assert_eq!(head.maybe_header(name), get.maybe_header(name), "{name} of {path}");
        }
    }
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let server = Server::start().await;
    for path in [
        "/nothing",
        "/UI/chat.html",
        "/ui/chat",
        "/ui/.env",
        "/ui/../Cargo.toml",
        "/ui/%2e%2e/%2e%2e/etc/passwd",
        "/ui/..%2f..%2fetc/passwd",
        "/ui/chat.html.br",
        "/ui/chat.html.gz",
        "/ui/chat.html%00",
        "//users",
        "/users/",
        "/api",
        "/api/users",
        "/debug",
        "/admin",
        "/register/x",
        "/ui/%ff",
    ] {
        let mut wire = Wire::connect(server.address).await;
        wire.send(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").as_bytes()).await;
        let answer = wire.rest().await;
        let status = answer.split(' ').nth(1).unwrap_or_default();
        assert!(matches!(status, "404" | "400"), "{path}: {answer}");
        assert!(!answer.contains("root:") && !answer.contains("[workspace]"));
    }
}

#[tokio::test]
async fn x15_a_request_that_can_be_read_in_two_ways_is_refused() {
    let server = Server::start().await;
    let body = r#"{"username":"x","password":"y"}"#;
    let smuggled = "0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
    for head in [
        format!("Content-Length: {}\r\nContent-Length: 3\r\n\r\n{body}", body.len()),
        format!("Content-Length: {0}, {0}\r\n\r\n{body}", body.len()),
        format!("Content-Length: +{}\r\n\r\n{body}", body.len()),
        format!("Transfer-Encoding: xchunked\r\n\r\n{smuggled}"),
        format!("Transfer-Encoding : chunked\r\n\r\n{smuggled}"),
        format!("X: y\r\n folded: z\r\nContent-Length: {}\r\n\r\n{body}", body.len()),
    ] {
        let mut wire = Wire::connect(server.address).await;
        let request = format!("POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{head}");
        wire.send(request.as_bytes()).await;
        let answer = wire.rest().await;
        assert!(answer.starts_with("HTTP/1.1 4") && !answer.contains("alive"), "{head}: {answer}");
    }
    let both = format!("Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n{smuggled}");
    let mut wire = Wire::connect(server.address).await;
    wire.send(
        format!("POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{both}").as_bytes(),
    )
    .await;
    let answer = wire.head().await;
    assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
}
