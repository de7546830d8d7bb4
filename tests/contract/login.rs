//! `POST /login`: the token, the cookie, and what somebody learns who guesses.

use std::collections::HashSet;

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::user::cookies;
use crate::harness::{Answer, Asks, PASSWORD, Plan, Server, database};

async fn logs_in(server: &Server, username: &str, password: &str) -> Answer {
    server.posts("/login", json!({"username": username, "password": password})).await
}

#[tokio::test]
async fn logging_in_answers_with_the_name_and_a_new_token_and_nothing_else() {
    let server = Server::start().await;
    server.register("ada").await;
    let mut tokens = HashSet::new();
    for _ in 0..3 {
        let answer = logs_in(&server, "ada", PASSWORD).await.ok();
        assert_eq!(answer["username"], "ada");
        assert_eq!(answer.as_object().unwrap().len(), 2, "{answer}");
        let token = answer["token"].as_str().unwrap();
        assert_eq!(token.len(), 43, "256 bits in base64");
        assert!(tokens.insert(token.to_owned()), "a token came twice");
    }
}

#[tokio::test]
async fn the_name_is_told_as_it_was_registered_however_it_was_typed() {
    let server = Server::start().await;
    server.register("Jose\u{301}").await;
    for typed in ["JOSÉ", "jose\u{301}", "José"] {
        assert_eq!(logs_in(&server, typed, PASSWORD).await.ok()["username"], "José");
    }
}

#[tokio::test]
async fn one_logs_in_with_the_address_too_and_with_stray_spaces_around_either() {
    let server = Server::start().await;
    server.register("ada").await;
    for typed in ["ada@example.org", "ADA@Example.org", " ada@example.org\n", " ada ", "Ada\u{a0}"] {
        assert_eq!(logs_in(&server, typed, PASSWORD).await.ok()["username"], "ada", "{typed:?}");
    }
    for typed in ["ada@example.com", "a da", "ada@example.org ada", "da@example.org"] {
        logs_in(&server, typed, PASSWORD).await.refused(401, "wrong_credentials");
    }
}

#[tokio::test]
async fn x01_guesses_at_an_account_by_its_address_are_counted_as_by_its_name() {
    let server = Plan::new().with_rate_limits().start().await;
    server.register("ada").await;
    // Whatever is typed, and whether or not it is anybody's, the sixth guess has to wait.
    for name in ["ada@example.org", "nobody@example.org", "ada", "nobody"] {
        for spaces in 0..5 {
            let typed = format!("{}{name}", " ".repeat(spaces));
            logs_in(&server, &typed, "wrong").await.refused(401, "wrong_credentials");
        }
        logs_in(&server, name, "wrong").await.refused(429, "rate_limited");
    }
}

#[tokio::test]
async fn x18_a_wrong_password_and_an_unknown_name_get_one_and_the_same_answer() {
    let server = Server::start().await;
    server.register("ada").await;
    let told = |answer: Answer| {
        answer.refused(401, "wrong_credentials");
        let mut headers = answer.headers.clone();
        headers.remove("date");
        (answer.text(), format!("{headers:?}"))
    };
    let wrong = told(logs_in(&server, "ada", "seven lazy heronz").await);
    assert_eq!(told(logs_in(&server, "ada@example.org", "seven lazy heronz").await), wrong);
    for name in ["grace", "grace@example.org", "", "ada\0", "' OR 1=1 --", &"x".repeat(5_000)] {
        assert_eq!(told(logs_in(&server, name, PASSWORD).await), wrong, "{name}");
    }
    for password in ["", "Seven lazy herons", "seven lazy herons ", "seven lazy herons\0", &"x".repeat(9_000)] {
        assert_eq!(told(logs_in(&server, "ada", password).await), wrong, "{password}");
    }
    assert!(logs_in(&server, "ada", "wrong").await.set_cookies().is_empty());
}

#[tokio::test]
async fn x18_an_unknown_name_costs_the_server_a_hash_as_a_known_one_does() {
    let server = Server::start().await;
    server.register("ada").await;
    let cost = async |body: Value| {
        let before = server.processor_time();
        for _ in 0..25 {
            server.posts("/login", body.clone()).await;
        }
        server.processor_time() - before
    };
    let known = cost(json!({"username": "ada", "password": "seven lazy heronz"})).await;
    let unknown = cost(json!({"username": "grace", "password": "seven lazy heronz"})).await;
    let nowhere = cost(json!({"username": "grace@example.org", "password": "seven lazy heronz"})).await;
    let endless = cost(json!({"username": "ada", "password": "x".repeat(2_000)})).await;
    let malformed = cost(json!({"username": "ada"})).await;
    assert!(malformed * 4 < known, "{known} hundredths for a wrong password, {malformed} for no login at all");
    assert!(unknown * 2 > known, "{known} hundredths for a wrong password, {unknown} for an unknown name");
    assert!(nowhere * 2 > known, "{known} hundredths for a wrong password, {nowhere} for an unknown address");
    assert!(endless * 2 > known, "{known} hundredths for a wrong password, {endless} for an endless one");
}

#[tokio::test]
async fn x26_a_login_that_is_not_two_texts_is_refused() {
    let server = Server::start().await;
    server.register("ada").await;
    for wrong in [Value::Null, json!(7), json!(["ada"]), json!({"$gt": ""})] {
        let answer = server.posts("/login", json!({"username": wrong, "password": PASSWORD})).await;
        answer.refused_field(422, "invalid_field", "username");
        let answer = server.posts("/login", json!({"username": "ada", "password": wrong})).await;
        answer.refused_field(422, "invalid_field", "password");
    }
    for body in ["", "[]", "{", r#"{"username":"ada","username":"ada","password":"x"}"#] {
        server.posts_bytes("/login", body).await.refused(422, "malformed_json");
    }
    let body = json!({"username": "ada", "password": PASSWORD, "role": "owner", "remember": true});
    assert_eq!(server.posts("/login", body).await.ok()["username"], "ada");
}

#[tokio::test]
async fn of_the_two_cookies_one_is_for_http_alone_and_one_for_the_page_to_delete() {
    let server = Server::start().await;
    server.register("ada").await;
    let answer = logs_in(&server, "ada", PASSWORD).await;
    let token = answer.ok()["token"].as_str().unwrap().to_owned();
    let attributes = "Path=/; HttpOnly; SameSite=Strict; Max-Age=15552000";
    let [secret, half] = answer.set_cookies()[..] else { panic!("{answer:?}") };
    assert!(secret.starts_with("cb=") && secret.ends_with(&format!("; {attributes}")), "{secret}");
    let readable = attributes.replace("HttpOnly; ", "");
    assert!(half.starts_with("cb-half=") && half.ends_with(&format!("; {readable}")), "{half}");
    let [secret, half] = [secret, half].map(|cookie| cookie.split(';').next().unwrap());
    assert!(!secret.contains(&token) && !half.contains(&token), "neither is the token");
    let me = |cookie: String| Answer::to(server.request(Method::GET, "/api/me").header("cookie", cookie));
    assert_eq!(me(format!("{half}; x=y; {secret}")).await.ok()["username"], "ada");
    let again = logs_in(&server, "ada", PASSWORD).await;
    let of_another_pair = again.set_cookies()[1].split(';').next().unwrap().to_owned();
    for part in [secret, half, &format!("cb={token}"), &format!("{secret}; {of_another_pair}")] {
        me(part.to_owned()).await.refused(401, "unauthorized");
    }
}

#[tokio::test]
async fn behind_tls_the_cookies_are_for_tls_alone() {
    let server = Plan::new().with("--public-url", "https://chat.example.org").start().await;
    let ada = server.register("ada").await;
    let answer = logs_in(&server, "ada", PASSWORD).await;
    let token = answer.ok()["token"].as_str().unwrap().to_owned();
    let [secret, half] = answer.set_cookies()[..] else { panic!("{answer:?}") };
    assert!(secret.starts_with("__Host-cb=") && secret.contains("; Path=/; HttpOnly; SameSite=Strict"), "{secret}");
    assert!(half.starts_with("__Host-cb-half=") && half.contains("; Path=/; SameSite=Strict"), "{half}");
    assert!([secret, half].iter().all(|cookie| cookie.ends_with("; Secure")), "{answer:?}");
    let users = |cookie: String| Answer::to(server.request(Method::GET, "/users").header("cookie", cookie));
    users(cookies("__Host-cb", &token)).await.ok();
    users(cookies("cb", &token)).await.refused(401, "unauthorized");
    let goodbye = Answer::to(ada.request(Method::POST, "/logout")).await;
    let taken = goodbye.set_cookies();
    assert!(taken[0].starts_with("__Host-cb=; Path=/") && taken[1].starts_with("__Host-cb-half=; Path=/"), "{taken:?}");
    assert!(taken.len() == 2 && taken.iter().all(|cookie| cookie.contains("Max-Age=0; Secure")), "{taken:?}");
}

#[tokio::test]
async fn z9_a_password_is_right_however_the_keyboard_composes_it() {
    let server = Server::start().await;
    let body = json!({"username": "ada", "email": "ada@example.org", "password": "cafe\u{301} für zwölf ﬁnken"});
    server.posts("/register", body).await.ok();
    logs_in(&server, "ada", "caf\u{e9} fu\u{308}r zwölf finken").await.ok();
    logs_in(&server, "ada", "cafe für zwölf finken").await.refused(401, "wrong_credentials");
}

#[tokio::test]
async fn z9_an_old_hash_lets_its_owner_in_and_is_gone_afterwards() {
    let server = Server::start().await;
    server.ada_and_grace().await;
    let file = server.database();
    // SHA-256 of "password" in hex, as the original program stored it: what is too common today was good enough then.
    let old = "sha256$5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8";
    database::meddle(&file, &format!("UPDATE users SET password_hash = '{old}' WHERE username = 'grace'"));
    logs_in(&server, "grace", "Password").await.refused(401, "wrong_credentials");
    let hash = || database::text(&file, "SELECT password_hash FROM users WHERE username = 'grace'");
    assert_eq!(hash(), old, "a wrong password changes nothing");
    // From all their devices at once: whoever was looked at by the old hash is not wrong because another was quicker.
    let mut devices = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let body = json!({"username": "grace", "password": "password"});
        devices.spawn(Answer::to(server.request(Method::POST, "/login").json(&body)));
    }
    for answer in devices.join_all().await {
        answer.ok();
    }
    assert!(hash().starts_with("$argon2id$"), "{}", hash());
    logs_in(&server, "grace", "password").await.ok();
    logs_in(&server, "grace", PASSWORD).await.refused(401, "wrong_credentials");
}

#[tokio::test]
async fn i5_a_flood_of_logins_is_turned_away_and_harms_no_conversation() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let (mut ada, mut grace) = (ada.arrives().await, grace.arrives().await);
    let mut flood = tokio::task::JoinSet::new();
    for _ in 0..150 {
        let body = json!({"username": "ada", "password": "seven lazy heronz"});
        flood.spawn(Answer::to(server.request(Method::POST, "/login").json(&body)));
    }
    ada.says("Is it slow today?").await;
    grace.hears_message("Is it slow today?").await;
    let answers = flood.join_all().await;
    for answer in &answers {
        match answer.status {
            401 => answer.refused(401, "wrong_credentials"),
            _ => answer.refused(503, "overloaded"),
        };
    }
    let turned_away = answers.iter().filter(|answer| answer.status == 503).count();
    assert!((1..150).contains(&turned_away), "{turned_away} of 150 were turned away");
    logs_in(&server, "ada", PASSWORD).await.ok();
}
