//! Which server a request is for: the names that this one goes by, the path that a proxy keeps for it, and what its own pages
//! may then do.

use reqwest::Method;
use serde_json::json;

use crate::harness::raw::Wire;
use crate::harness::user::cookies;
use crate::harness::{Answer, Asks, PASSWORD, Plan, Server, User};

/// The status of the answer to a request for a socket with these lines.
async fn opens(server: &Server, path: &str, lines: &[&str]) -> String {
    let answer = Wire::connect(server.address).await.upgrade(path, lines).await;
    answer.split(' ').nth(1).unwrap().to_owned()
}

/// What the server answers to somebody who takes it for this host: over HTTP, and to a request for a socket.
async fn answers_as(server: &Server, ada: &User, host: &str) -> bool {
    let answer = Answer::to(server.request(Method::GET, "/healthz").header("host", host)).await;
    let socket = opens(server, &format!("/ws?token={}", ada.token), &[&format!("Host: {host}")]).await;
    if answer.status == 200 {
        assert_eq!(socket, "101", "{host}");
        return true;
    }
    let told = answer.refused(421, "host_refused");
    assert!(told["detail"].as_str().unwrap().contains("--allowed-hosts"), "{told}");
    assert_eq!(answer.maybe_header("x-content-type-options"), Some("nosniff"));
    assert_eq!(socket, "421", "{host}");
    false
}

#[tokio::test]
async fn x12_a_name_that_nobody_has_configured_is_told_which_option_to_set() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let port = server.address.port();
    for host in ["localhost", "LocalHost:8000", "chat.localhost", "127.0.0.1", "192.0.2.7:80", "[::1]:1", "[fd00::7]"] {
        assert!(answers_as(&server, &ada, host).await, "{host}");
    }
    for host in ["chat.example.org", "evil.example:8000", "localhost.evil.example", "127.0.0.1.nip.io", "chat", "x"] {
        assert!(!answers_as(&server, &ada, host).await, "{host}");
        assert!(!answers_as(&server, &ada, &format!("{host}:{port}").replace(":8000:", ":")).await, "{host}");
    }
    for (method, path) in [(Method::POST, "/login"), (Method::GET, "/ui/chat.html"), (Method::GET, "/nothing")] {
        let answer = Answer::to(server.request(method, path).header("host", "evil.example")).await;
        answer.refused(421, "host_refused");
    }
}

#[tokio::test]
async fn x12_the_public_name_and_the_allowed_ones_are_answered_to_and_no_others() {
    let names = "chat, Chat.Local,xn--bcher-kva.example";
    let plan = Plan::new().with("--public-url", "http://chat.example.org:8080/").with("--allowed-hosts", names);
    let server = plan.start().await;
    let ada = server.register("ada").await;
    for host in
        ["chat.example.org:8080", "chat.example.org", "CHAT", "chat.local:9", "xn--bcher-kva.example", "127.0.0.1"]
    {
        assert!(answers_as(&server, &ada, host).await, "{host}");
    }
    for host in ["example.org", "a.chat.example.org", "chat.example.org.", "chat.example.org.evil.example", "hat"] {
        assert!(!answers_as(&server, &ada, host).await, "{host}");
    }
}

#[tokio::test]
async fn x12_a_forwarded_host_counts_from_a_trusted_proxy_alone() {
    let forwarded = async |server: &Server, host: &str| {
        Answer::to(server.request(Method::GET, "/healthz").header("x-forwarded-host", host)).await.status
    };
    let url = "https://chat.example.org";
    let stranger = Plan::new().with("--public-url", url).start().await;
    assert_eq!(forwarded(&stranger, "evil.example").await, 200);
    let behind = Plan::new().with("--public-url", url).with("--trusted-proxies", "127.0.0.0/8").start().await;
    for (host, status) in [
        ("chat.example.org", 200),
        ("evil.example, chat.example.org", 200),
        ("evil.example", 421),
        ("chat.example.org, evil.example", 421),
        ("", 421),
    ] {
        assert_eq!(forwarded(&behind, host).await, status, "{host}");
    }
}

#[tokio::test]
async fn x10_behind_tls_our_own_pages_without_it_open_no_socket_and_change_nothing() {
    let server = Plan::new().with("--public-url", "https://chat.example.org").start().await;
    let ada = server.register("ada").await;
    let cookie = cookies("__Host-cb", &ada.token);
    let revoke = async |host: &str, origin: &str| {
        let request = server.request(Method::DELETE, "/api/sessions/999").header("cookie", &cookie);
        Answer::to(request.header("host", host).header("origin", origin)).await.status
    };
    let plain = format!("http://{}", server.address);
    for (host, origin) in
        [("chat.example.org", "http://chat.example.org"), (plain.strip_prefix("http://").unwrap(), &plain)]
    {
        let lines = [format!("Host: {host}"), format!("Origin: {origin}"), format!("Cookie: {cookie}")];
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        assert_eq!(opens(&server, "/ws", &lines).await, "403", "{origin}");
        assert_eq!(revoke(host, origin).await, 403, "{origin}");
    }
    for host in ["chat.example.org", "chat.example.org:443", "127.0.0.1:8000"] {
        let lines = [&format!("Host: {host}"), "Origin: https://chat.example.org", &format!("Cookie: {cookie}")];
        assert_eq!(opens(&server, "/ws", &lines).await, "101", "{host}");
        assert_eq!(revoke(host, "https://chat.example.org").await, 404, "{host}");
    }
}

#[tokio::test]
async fn x11_a_page_of_an_allowed_origin_brings_a_token_for_the_cookie_counts_for_our_own_alone() {
    let server = Plan::new().with("--allowed-origins", "https://intranet.example/").start().await;
    let ada = server.register("ada").await;
    let (origin, cookie) = ("https://intranet.example", cookies("cb", &ada.token));
    let lines = [&format!("Origin: {origin}"), &*format!("Cookie: {cookie}")];
    assert_eq!(opens(&server, "/ws", &lines).await, "403", "the cookie");
    assert_eq!(opens(&server, &format!("/ws?token={}", ada.token), &lines[..1]).await, "101", "the token");
    let forged = server.request(Method::POST, "/logout").header("cookie", &cookie).header("origin", origin);
    Answer::to(forged).await.refused(403, "origin_refused");
    let body = json!({"username": "ada", "password": PASSWORD});
    Answer::to(server.request(Method::POST, "/login").header("origin", origin).json(&body)).await.ok();
    Answer::to(ada.request(Method::POST, "/logout").header("origin", origin)).await.done();
}

#[tokio::test]
async fn below_a_path_everything_is_where_the_pages_look_for_it_whether_the_proxy_takes_the_path_away_or_not() {
    let server = Plan::new().with("--public-url", "https://example.org/chat/").start().await;
    for (asked, found) in [("/", "/chat/ui/register.html"), ("/chat", "/chat/ui/register.html")] {
        assert_eq!(server.gets(asked).await.header("location"), found);
    }
    let ada = server.register("ada").await;
    for (asked, found) in
        [("/ui/", "/chat/ui/chat.html"), ("/chat/ui", "/chat/ui/chat.html"), ("/chat/", "/chat/ui/chat.html")]
    {
        assert_eq!(server.gets(asked).await.header("location"), found);
    }
    let body = json!({"username": "ada", "password": PASSWORD});
    for below in ["", "/chat"] {
        let login = server.posts(&format!("{below}/login"), body.clone()).await;
        let kept: Vec<&str> = login.set_cookies();
        let token = login.ok()["token"].as_str().unwrap().to_owned();
        let attributes = ["; Path=/chat/; HttpOnly", "; Path=/chat/"];
        for (cookie, attributes) in kept.iter().zip(attributes) {
            assert!(cookie.starts_with("__Secure-cb"), "{cookie}");
            assert!(cookie.ends_with(&format!("{attributes}; SameSite=Strict; Max-Age=15552000; Secure")), "{cookie}");
        }
        let cookie = cookies("__Secure-cb", &token);
        let me = server.request(Method::GET, &format!("{below}/api/me")).header("cookie", &cookie);
        Answer::to(me).await.ok();
        assert_eq!(server.gets(&format!("{below}/ui/login.html")).await.status, 200);
        let page = ada.gets(&format!("{below}/api/rooms/1/messages?limit=1")).await.ok();
        assert_eq!(page["more"], false);
        assert_eq!(opens(&server, &format!("{below}/ws?token={token}"), &[]).await, "101", "on the short way");
        let split = [&*format!("Cookie: {cookie}"), "Origin: https://example.org", "Content-Length: 0"];
        assert_eq!(opens(&server, &format!("{below}/ws"), &split).await, "101", "by way of HTTP");
    }
    for path in ["/chatter/healthz", "/chat/chat/healthz", "/CHAT/healthz", "/chat/nothing"] {
        server.gets(path).await.refused(404, "not_found");
    }
}
