//! Sessions: what shows one, how long it lives, and what is left when it has ended.

use base64::Engine;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::user::cookies;
use crate::harness::{Answer, Asks, PASSWORD, Plan, Server, Socket, User, database, is_time};

/// Every call that needs a session.
const GATED: [(&str, &str); 9] = [
    ("GET", "/users"),
    ("PATCH", "/api/users/1"),
    ("GET", "/api/me"),
    ("GET", "/api/sessions"),
    ("DELETE", "/api/sessions"),
    ("DELETE", "/api/sessions/1"),
    ("POST", "/api/me/device-link"),
    ("GET", "/api/rooms/1/messages"),
    ("POST", "/logout"),
];

async fn asks_with(server: &Server, call: (&str, &str), header: (&str, &str)) -> Answer {
    let method = Method::from_bytes(call.0.as_bytes()).unwrap();
    Answer::to(server.request(method, call.1).header(header.0, header.1)).await
}

async fn is_locked_out(user: &User) {
    for (method, path) in GATED {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        Answer::to(user.request(method, path)).await.refused(401, "unauthorized");
    }
    let path = format!("/ws?token={}", user.token);
    assert!(Socket::try_open(&user.name, user.address, &path, &[]).await.is_none());
}

#[tokio::test]
async fn x06_nothing_but_a_live_token_opens_anything() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let token = &ada.token;
    let bad = [
        "",
        "null",
        "undefined",
        "1-",
        "0",
        &token[1..],
        &token[..42],
        &format!("{token}="),
        &format!("{token}x"),
        &format!("{token}\u{1}"),
        &token.to_ascii_uppercase(),
        &"A".repeat(43),
        &"A".repeat(5_000),
    ]
    .map(str::to_owned);
    for bad in &bad {
        for call in GATED {
            if let Ok(value) = reqwest::header::HeaderValue::from_str(&format!("Bearer {bad}")) {
                let value = value.to_str().unwrap();
                asks_with(&server, call, ("authorization", value)).await.refused(401, "unauthorized");
            }
        }
    }
    for call in GATED {
        Answer::to(server.request(Method::from_bytes(call.0.as_bytes()).unwrap(), call.1))
            .await
            .refused(401, "unauthorized");
        asks_with(&server, call, ("authorization", token)).await.refused(401, "unauthorized");
        asks_with(&server, call, ("authorization", &format!("Basic {token}"))).await.refused(401, "unauthorized");
    }
    ada.gets("/api/me").await.ok();
}

#[tokio::test]
async fn x03_a_token_counts_only_where_it_belongs_and_never_reaches_the_log() {
    let mut server = Plan::new().talkative().start().await;
    let ada = server.register("ada").await;
    let token = ada.token.clone();
    for (method, path) in GATED {
        let request = server.request(Method::from_bytes(method.as_bytes()).unwrap(), &format!("{path}?token={token}"));
        let answer = Answer::to(request).await;
        answer.refused(401, "unauthorized");
        assert!(!answer.text().contains(&token));
    }
    for cookie in ["token", "session", "CB", "xcb", "cb2", "__Host-cb"] {
        let answer = asks_with(&server, GATED[0], ("cookie", &cookies(cookie, &token))).await;
        answer.refused(401, "unauthorized");
    }
    let body = json!({"username": "ada", "password": "wrong", "token": token});
    server.posts("/login", body).await.refused(401, "wrong_credentials");
    ada.arrives().await.leaves().await;
    let log = server.stop().await;
    assert!(log.contains("listening") && !log.contains(&token), "the token is in the log");
}

#[tokio::test]
async fn the_bearer_token_goes_before_the_cookie() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let request = ada.request(Method::GET, "/api/me").header("cookie", format!("x=y; {}", cookies("cb", &grace.token)));
    assert_eq!(Answer::to(request).await.ok()["username"], "ada");
    let request =
        server.request(Method::GET, "/api/me").header("cookie", format!("x=y; {}; z", cookies("cb", &grace.token)));
    assert_eq!(
        Answer::to(request).await.ok(),
        json!({"id": grace.id, "username": "grace", "role": "member", "email": "grace@example.org"})
    );
    let request = server.request(Method::GET, "/api/me").header("authorization", format!("bEARER {}", ada.token));
    assert_eq!(
        Answer::to(request).await.ok(),
        json!({"id": ada.id, "username": "ada", "role": "owner", "email": "ada@example.org"})
    );
}

#[tokio::test]
async fn x05_a_token_from_before_the_login_is_not_the_one_after_it() {
    let server = Server::start().await;
    server.register("ada").await;
    let planted = "p".repeat(43);
    let request = server.request(Method::POST, "/login").header("cookie", cookies("cb", &planted));
    let body = json!({"username": "ada", "password": PASSWORD});
    let answer = Answer::to(request.json(&body)).await;
    assert_ne!(answer.ok()["token"], planted.as_str());
    assert!(!answer.set_cookies().concat().contains(&planted));
}

#[tokio::test]
async fn after_logging_out_nothing_is_left_of_the_session() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let elsewhere = server.logs_in("ada").await;
    let mut socket = ada.arrives().await;
    let mut other = elsewhere.arrives().await;
    let answer = Answer::to(ada.request(Method::POST, "/logout")).await;
    answer.done();
    let gone = ["cb=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0", "cb-half=; Path=/; SameSite=Strict; Max-Age=0"];
    assert_eq!(answer.set_cookies(), gone);
    assert_eq!(answer.header("clear-site-data"), "\"cache\", \"cookies\", \"storage\"");
    assert_eq!(socket.is_closed().await.0, 4001);
    is_locked_out(&ada).await;
    other.says("Still here.").await;
    assert_eq!(database::number(&server.database(), "SELECT count(*) FROM sessions"), 1);
}

#[tokio::test]
async fn one_sees_and_ends_ones_own_sessions() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let phone = server.logs_in("ada").await;
    let mut socket = phone.arrives().await;
    let sessions = ada.gets("/api/sessions").await.ok();
    let sessions = sessions.as_array().unwrap();
    assert_eq!(sessions.len(), 2, "{sessions:?}");
    for session in sessions {
        let fields: Vec<&String> = session.as_object().unwrap().keys().collect();
        assert_eq!(fields, ["created", "current", "expires", "from", "id", "used"]);
        assert_eq!(session["from"], "127.0.0.0/24");
        assert!(["created", "used", "expires"].iter().all(|field| is_time(&session[field])), "{session}");
    }
    let current: Vec<&Value> = sessions.iter().map(|session| &session["current"]).collect();
    assert_eq!(current, [&json!(true), &json!(false)]);
    let path = format!("/api/sessions/{}", sessions[1]["id"]);
    grace.deletes_at(&path).await.refused(404, "not_found");
    phone.gets("/api/me").await.ok();
    ada.deletes_at(&path).await.done();
    assert_eq!(socket.is_closed().await.0, 4001);
    is_locked_out(&phone).await;
    ada.deletes_at(&path).await.refused(404, "not_found");
    assert_eq!(ada.gets("/api/sessions").await.ok().as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_session_tells_by_what_it_was_begun_in_the_servers_words_and_from_which_network() {
    let server = Plan::new().with("--trusted-proxies", "127.0.0.1").start().await;
    let ada = server.register("ada").await;
    let canary = "canary-7f3a";
    for (agent, from) in [
        ("Mozilla/5.0 (iPhone) Version/18.0 Safari/604.1 canary-7f3a", "2001:db8:1:2::3"),
        ("canary-7f3a", "198.51.100.77"),
    ] {
        let request =
            server.request(Method::POST, "/login").header("user-agent", agent).header("x-forwarded-for", from);
        Answer::to(request.json(&json!({"username": "ada", "password": PASSWORD}))).await.ok();
    }
    let listed = ada.gets("/api/sessions").await;
    assert!(!listed.text().contains(canary) && !database::holds(server.data(), canary.as_bytes()));
    let listed = listed.ok();
    assert_eq!((&listed[1]["agent"], &listed[1]["from"]), (&json!("Safari on iPhone"), &json!("2001:db8:1::/48")));
    assert_eq!((&listed[2]["agent"], &listed[2]["from"]), (&Value::Null, &json!("198.51.100.0/24")));
    assert!(!database::holds(server.data(), b"198.51.100.77"), "the address is stored");
}

#[tokio::test]
async fn z3_all_other_sessions_end_at_once_and_nobody_elses() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let (phone, tablet) = (server.logs_in("ada").await, server.logs_in("ada").await);
    let (mut here, mut there) = (ada.arrives().await, phone.arrives().await);
    ada.deletes_at("/api/sessions").await.done();
    assert_eq!(there.is_closed().await.0, 4001);
    is_locked_out(&phone).await;
    is_locked_out(&tablet).await;
    here.says("Still here.").await;
    let left = ada.gets("/api/sessions").await.ok();
    assert_eq!((left.as_array().unwrap().len(), &left[0]["current"]), (1, &json!(true)));
    grace.gets("/api/me").await.ok();
    ada.deletes_at("/api/sessions").await.done();
}

#[tokio::test]
async fn x20_x25_a_foreign_or_impossible_session_cannot_be_ended() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let of_ada = ada.gets("/api/sessions").await.ok()[0]["id"].to_string();
    let foreign = grace.deletes_at(&format!("/api/sessions/{of_ada}")).await;
    let missing = grace.deletes_at("/api/sessions/987654").await;
    assert_eq!(foreign.refused(404, "not_found"), missing.refused(404, "not_found"), "Z7: they must look the same");
    for id in ["0", "-1", "1e3", "1.0", "abc", "%31%00", "9007199254740992", "18446744073709551616", "+1"] {
        grace.deletes_at(&format!("/api/sessions/{id}")).await.refused(422, "invalid_field");
    }
    ada.gets("/api/me").await.ok();
}

#[tokio::test]
async fn z8_sessions_survive_a_restart() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    grace.logs_out().await;
    let server = server.again().await;
    let mut socket = ada.at(&server).arrives().await;
    socket.says("Where were we?").await;
    is_locked_out(&grace.at(&server)).await;
}

#[tokio::test]
async fn z8_no_file_and_no_log_holds_a_token_that_opens_anything() {
    let mut server = Plan::new().talkative().start().await;
    let ada = server.register("ada").await;
    let mut socket = ada.arrives().await;
    socket.says("Where is my token?").await;
    ada.gets("/users").await.ok();
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(&ada.token).unwrap();
    assert_eq!(bytes.len(), 32, "256 bits");
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    for _ in 0..2 {
        assert!(database::holds(server.data(), b"Where is my token?"), "the search finds what is there");
        for secret in [ada.token.as_bytes(), &bytes, hex.as_bytes()] {
            assert!(!database::holds(server.data(), secret), "the token is in a file");
        }
        if server.database().with_extension("db-wal").exists() {
            let log = server.stop().await;
            assert!(!log.contains(&ada.token) && !log.contains(PASSWORD) && !log.contains("ada@example.org"));
            assert!(!log.contains("Where is my token?"), "P4: the log tells what was said");
        }
    }
}

#[tokio::test]
async fn a_session_ends_when_it_expires_and_lives_on_while_it_is_used() {
    const DAY_MS: i64 = 86_400_000;
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let file = server.database();
    let now = database::number(&file, "SELECT used_at FROM sessions");
    let expires = || database::number(&file, "SELECT expires_at FROM sessions");
    assert_eq!(expires() - now, 30 * DAY_MS);
    let set = |created: i64, used: i64, expires: i64| {
        let sql = format!("UPDATE sessions SET created_at = {created}, used_at = {used}, expires_at = {expires}");
        database::meddle(&file, &sql);
    };
    set(now - 40 * DAY_MS, now - 20 * DAY_MS, now + 10 * DAY_MS);
    ada.gets("/api/me").await.ok();
    server.readiness().await;
    assert!(expires() >= now + 30 * DAY_MS, "a use did not prolong the session");
    set(now - 170 * DAY_MS, now - 20 * DAY_MS, now + 10 * DAY_MS);
    ada.gets("/api/me").await.ok();
    server.readiness().await;
    assert_eq!(expires(), now + 10 * DAY_MS, "no session lives longer than 180 days");
    set(now - 40 * DAY_MS, now - 30 * DAY_MS, now - 1);
    is_locked_out(&ada).await;
}

#[tokio::test]
async fn z3_a_session_that_expires_takes_its_sockets_along() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    // Neither is due to be written down as used, so that neither is prolonged by its socket.
    let expires_soon = "UPDATE sessions SET expires_at = CAST(unixepoch('subsec') * 1000 AS INTEGER) + 3000";
    database::meddle(&server.database(), &format!("{expires_soon} WHERE user_id = {}", ada.id));
    let (mut of_ada, mut of_grace) = (ada.arrives().await, grace.arrives().await);
    assert_eq!(of_ada.is_closed().await.0, 4001);
    is_locked_out(&ada).await;
    of_grace.says("Still here.").await;
}

#[tokio::test]
async fn z3_a_session_that_is_used_meanwhile_keeps_its_sockets() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let file = server.database();
    let soon = "expires_at = CAST(unixepoch('subsec') * 1000 AS INTEGER) + 2000";
    // Its use is due to be written down, but not before its socket has heard that it ends soon.
    database::meddle(&file, &format!("UPDATE sessions SET {soon}, used_at = used_at - 400000"));
    let mut socket = ada.arrives().await;
    tokio::time::sleep(std::time::Duration::from_secs(4)).await;
    socket.says("Still here.").await;
    assert!(database::number(&file, "SELECT expires_at - used_at FROM sessions") > 1_000_000_000);
}

#[tokio::test]
async fn z3_the_session_that_a_login_pushes_out_takes_its_sockets_along() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let mut socket = ada.arrives().await;
    let fill = format!(
        "WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 999) \
        INSERT INTO sessions (user_id, token_hash, created_at, used_at, expires_at) \
        SELECT {}, randomblob(32), created_at, used_at, expires_at FROM number, sessions WHERE user_id = {}",
        ada.id, ada.id
    );
    assert_eq!(database::open(&server.database()).execute(&fill, []).unwrap(), 999);
    socket.says("The first of a thousand.").await;
    server.logs_in("ada").await;
    grace.arrives().await.says("Who is left?").await;
    assert_eq!(socket.is_closed().await.0, 4001);
    assert_eq!(socket.unasked(), Vec::<Value>::new(), "what was said after the login");
    is_locked_out(&ada).await;
}

#[tokio::test]
async fn z3_an_end_that_nobody_has_told_of_is_noticed_within_a_minute() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let (mut of_ada, mut of_grace) = (ada.arrives().await, grace.arrives().await);
    database::meddle(&server.database(), &format!("DELETE FROM sessions WHERE user_id = {}", ada.id));
    database::meddle(&server.database(), &format!("UPDATE users SET active = 0 WHERE id = {}", grace.id));
    let ends =
        async { while of_ada.receive_patiently().await.is_some() || of_grace.receive_patiently().await.is_some() {} };
    tokio::time::timeout(std::time::Duration::from_secs(62), ends).await.expect("they are cut off within a minute");
    assert_eq!((of_ada.is_closed().await.0, of_grace.is_closed().await.0), (4001, 4001));
}

#[tokio::test]
async fn x04_a_change_of_a_users_rights_counts_at_once_on_open_sockets_too() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let (mut ada_says, mut grace_says) = (ada.arrives().await, grace.arrives().await);
    let message = ada_says.says("Mine.").await;
    grace_says.is_denied(json!({"type": "delete", "id": message["id"]}), "forbidden").await;
    let file = server.database();
    database::meddle(&file, "UPDATE users SET role = 'admin' WHERE username = 'grace'");
    assert_eq!(grace.gets("/users").await.ok()[0]["email"], "ada@example.org");
    grace_says.deletes(&message).await;
    let message = ada_says.says("Mine again.").await;
    database::meddle(&file, "UPDATE users SET role = 'guest' WHERE username = 'grace'");
    grace.gets("/users").await.refused(403, "forbidden");
    // Nobody has put her into the Lobby: as a guest she does not see it.
    grace_says.is_denied(json!({"type": "delete", "id": message["id"]}), "not_found").await;
    database::meddle(&file, "UPDATE users SET active = 0 WHERE username = 'grace'");
    is_locked_out(&grace).await;
    grace_says.is_denied(json!({"type": "send", "text": "And me?"}), "unauthorized").await;
    assert_eq!(grace_says.is_closed().await.0, 4001);
    let body = json!({"username": "grace", "password": PASSWORD});
    server.posts("/login", body).await.refused(401, "wrong_credentials");
}
