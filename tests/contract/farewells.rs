//! Farewells: what ends a session and does nothing else, for a page that could not be heard when its person logged out.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::{Method, RequestBuilder};
use sha2::{Digest, Sha256};

use crate::harness::user::cookies;
use crate::harness::{Answer, Asks, Plan, Server, Socket, User};

const HEADER: &str = "chatterbox-farewell";

fn farewell(user: &User) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(user.token.as_bytes()))
}

fn leaves(server: &Server, farewell: &str) -> RequestBuilder {
    server.request(Method::POST, "/logout").header(HEADER, farewell)
}

#[tokio::test]
async fn a_farewell_ends_its_session_and_then_says_in_words_that_it_is_over() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let elsewhere = server.logs_in("ada").await;
    let mut socket = ada.arrives().await;
    Answer::to(leaves(&server, &farewell(&ada))).await.done();
    assert_eq!(socket.is_closed().await.0, 4001);
    ada.gets("/api/me").await.refused(401, "unauthorized");
    Answer::to(leaves(&server, &farewell(&ada))).await.refused(401, "unauthorized");
    for other in [elsewhere, grace] {
        other.gets("/api/me").await.ok();
    }
}

#[tokio::test]
async fn x06_a_farewell_opens_nothing_however_it_is_shown() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let farewell = farewell(&ada);
    for path in ["/users", "/api/me", "/api/sessions", "/api/rooms/1/messages"] {
        for (name, value) in [
            (HEADER, farewell.clone()),
            ("chatterbox-token", farewell.clone()),
            ("authorization", format!("Bearer {farewell}")),
            ("cookie", cookies("cb", &farewell)),
            ("cookie", format!("cb={}; cb-half={farewell}", ada.token)),
        ] {
            let answer = Answer::to(server.request(Method::GET, path).header(name, value)).await;
            answer.refused(401, "unauthorized");
        }
    }
    let path = format!("/ws?token={farewell}");
    assert!(Socket::try_open("ada", server.address, &path, &[]).await.is_none());
    assert!(Socket::try_open("ada", server.address, "/ws", &[(HEADER, &farewell)]).await.is_none());
}

#[tokio::test]
async fn x06_what_is_no_farewell_ends_nothing_and_never_reaches_the_log() {
    let mut server = Plan::new().talkative().start().await;
    let ada = server.register("ada").await;
    let right = farewell(&ada);
    for bad in ["", "null", &right[1..], &format!("{right}="), &"A".repeat(43), &"A".repeat(5_000), &ada.token] {
        Answer::to(leaves(&server, bad)).await.refused(401, "unauthorized");
        // What is meant and none is not made good by what comes after it.
        let shown = leaves(&server, bad).header("chatterbox-token", &ada.token);
        Answer::to(shown).await.refused(401, "unauthorized");
    }
    Answer::to(leaves(&server, &right).header(HEADER, &right)).await.refused(401, "unauthorized");
    ada.gets("/api/me").await.ok();
    Answer::to(leaves(&server, &right)).await.done();
    let log = server.stop().await;
    assert!(log.contains("listening") && !log.contains(&right), "the farewell is in the log");
}

#[tokio::test]
async fn who_has_signed_in_meanwhile_keeps_what_their_browser_holds() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let phone = server.logs_in("ada").await;
    let late = leaves(&server, &farewell(&ada)).header("cookie", cookies("cb", &grace.token));
    let shown = server.request(Method::POST, "/logout").header("chatterbox-token", &phone.token);
    for request in [late, shown.header("cookie", cookies("cb", &grace.token))] {
        let answer = Answer::to(request).await;
        answer.done();
        assert!(answer.set_cookies().is_empty(), "{answer:?}");
        assert!(answer.maybe_header("clear-site-data").is_none(), "{answer:?}");
    }
    grace.gets("/api/me").await.ok();
    // Somebody may be signing in at this very moment, whose cookies come before this answer.
    let answer = Answer::to(leaves(&server, &farewell(&grace)).header("cookie", "cb=noise")).await;
    answer.done();
    assert!(answer.set_cookies().is_empty() && answer.maybe_header("clear-site-data").is_none(), "{answer:?}");
}

#[tokio::test]
async fn x11_no_foreign_page_has_leave_to_say_a_farewell() {
    let server = Plan::new().with("--allowed-origins", "https://partner.example").start().await;
    for origin in ["https://evil.example", "https://partner.example"] {
        let request = server
            .request(Method::OPTIONS, "/logout")
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", HEADER);
        let answer = Answer::to(request).await;
        let allowed = answer.maybe_header("access-control-allow-headers").unwrap_or_default().to_ascii_lowercase();
        assert!(!allowed.contains(HEADER), "{origin}: {allowed}");
    }
}
