//! Secrets in the memory of the process: gone once they were used, wherever libraries have copied them to.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use crate::harness::{Asks, PATIENCE, Server, memory};

/// What must not be found, and would be if it were there. The escapes lead it through every way that JSON has.
const CANARY: &str = "canary-Vb9wq-heron";

#[tokio::test]
async fn p4_no_password_and_no_token_stays_in_memory_after_a_login() {
    let server = Server::start().await;
    let password = format!("\"q\" {CANARY} \u{e9}\\");
    let body = json!({"username": "ada-of-the-canaries", "email": "ada@example.org", "password": password});
    server.posts("/register", body).await.ok();
    let login = json!({"username": "ada-of-the-canaries", "password": password});
    let token = server.posts("/login", login).await.ok()["token"].as_str().unwrap().to_owned();
    let wrong = json!({"username": "ada-of-the-canaries", "password": format!("{CANARY} mistyped")});
    server.posts("/login", wrong).await.refused(401, "wrong_credentials");
    let malformed = format!("{{\"username\":\"ada-of-the-canaries\",\"password\":\"{CANARY}\",");
    server.posts_bytes("/login", malformed).await.refused(422, "malformed_json");
    let data = server.data().to_str().unwrap().as_bytes();
    assert!(!memory::places(server.id(), data).is_empty(), "the search finds what is there");
    let bytes = URL_SAFE_NO_PAD.decode(&token).unwrap();
    for (what, secret) in [("password", CANARY.as_bytes()), ("token", token.as_bytes()), ("token's bytes", &bytes)] {
        let begin = std::time::Instant::now();
        // The answer is here before the server has let go of the connection.
        loop {
            let places = memory::places(server.id(), secret);
            if places.is_empty() {
                break;
            }
            assert!(begin.elapsed() < PATIENCE, "the {what} is at {places:?}");
        }
    }
}
