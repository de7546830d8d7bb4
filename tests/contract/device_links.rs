//! Links by which somebody signs in on another device: who makes one, whom it lets in, and how all of their devices learn of it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::guests::becomes_guest;
use crate::harness::checker::number;
use crate::harness::database::{self, meddle};
use crate::harness::{Answer, Asks, PASSWORD, Plan, Server, Socket, User, is_time};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

async fn asks_for_link(user: &User, password: &str) -> Answer {
    user.posts("/api/me/device-link", json!({"password": password})).await
}

/// Somebody makes a link. Answers its code.
async fn makes_link(user: &User) -> String {
    let made = asks_for_link(user, PASSWORD).await;
    assert_eq!(made.status, 201, "{}", made.text());
    made.json()["code"].as_str().unwrap().to_owned()
}

async fn looks(server: &Server, code: &str) -> Answer {
    server.posts("/login/device/look", json!({"code": code})).await
}

async fn signs_in(server: &Server, code: &str) -> Answer {
    let request = server.request(Method::POST, "/login/device").header("user-agent", FIREFOX);
    Answer::to(request.json(&json!({"code": code}))).await
}

/// A code in the form of this one, for the same user, that nobody has made.
fn invented(code: &str) -> String {
    let mut bytes = URL_SAFE_NO_PAD.decode(code).unwrap();
    bytes[31] ^= 1;
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Whoever has this token.
async fn who(server: &Server, token: &Value) -> Answer {
    let token = token.as_str().unwrap();
    Answer::to(server.request(Method::GET, "/api/me").header("authorization", format!("Bearer {token}"))).await
}

/// A socket that hears what is one's own, and what it was told of that at first.
async fn follows_own_log(user: &User) -> (Socket, Value) {
    let mut socket = user.connects_for_more().await;
    socket.say(json!({"type": "hello", "follow": []})).await;
    socket.hears("hello").await;
    let states = socket.hears("states").await;
    (socket, states)
}

async fn sessions(user: &User) -> Vec<Value> {
    user.gets("/api/sessions").await.ok().as_array().unwrap().clone()
}

#[tokio::test]
async fn x08_of_fifty_who_use_a_link_at_once_one_is_signed_in_and_to_look_uses_nothing_up() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let made = asks_for_link(&ada, PASSWORD).await.json();
    // No address is made of what a request says of its host.
    assert_eq!(made.as_object().unwrap().keys().collect::<Vec<_>>(), ["code", "expires"]);
    assert!(is_time(&made["expires"]), "{made}");
    let code = made["code"].as_str().unwrap();
    let random = &URL_SAFE_NO_PAD.decode(code).unwrap()[8..];
    assert!(random.len() * 8 >= 128, "{code}");
    for _ in 0..20 {
        let page = server.gets("/ui/device.html").await;
        assert_eq!((page.status, page.header("referrer-policy")), (200, "no-referrer"));
        assert_eq!(looks(&server, code).await.ok(), json!({"place": "ChatterBox", "username": "ada"}));
    }
    let mut ways = JoinSet::new();
    for _ in 0..50 {
        ways.spawn(Answer::to(server.request(Method::POST, "/login/device").json(&json!({"code": code}))));
    }
    let answers = ways.join_all().await;
    let lucky: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
    assert_eq!(lucky.len(), 1);
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        answer.refused(404, "not_found");
        assert_eq!(answer.body, looks(&server, code).await.body);
    }
    let answer = lucky[0].json();
    assert_eq!((&answer["username"], lucky[0].set_cookies().len()), (&json!("ada"), 2));
    assert_eq!(who(&server, &answer["token"]).await.ok()["username"], "ada");
    assert_eq!(database::number(&server.database(), "SELECT count(*) FROM sessions"), 2);
    assert!(!database::holds(server.data(), code.as_bytes()), "the code is stored");
    assert!(!database::holds(server.data(), random), "the code is stored");
}

/// A link of somebody else each, dead for a reason of its own; and whoever has invented one.
async fn dead_links(server: &Server, owner: &User) -> Vec<(&'static str, String)> {
    let mut dead = Vec::new();
    let mut people = Vec::new();
    for name in ["grace", "linus", "barbara", "donald", "edsger", "tony"] {
        let user = server.register(name).await;
        people.push((makes_link(&user).await, user));
    }
    let [used_up, replaced, logged_out, another, away, gone] = &people[..] else { unreachable!("six came") };
    signs_in(server, &used_up.0).await.ok();
    dead.push(("used up", used_up.0.clone()));
    makes_link(&replaced.1).await;
    dead.push(("replaced", replaced.0.clone()));
    logged_out.1.logs_out().await;
    dead.push(("its session has ended", logged_out.0.clone()));
    let body = json!({"current": PASSWORD, "new": "eight busy otters"});
    another.1.posts("/api/me/password", body).await.done();
    dead.push(("there is another password", another.0.clone()));
    let path = format!("/api/users/{}", away.1.id);
    Answer::to(owner.request(Method::PATCH, &path).json(&json!({"active": false}))).await.done();
    dead.push(("its maker is not active", away.0.clone()));
    Answer::to(gone.1.request(Method::DELETE, "/api/me").json(&json!({"password": PASSWORD}))).await.done();
    dead.push(("its maker is gone", gone.0.clone()));
    let late = makes_link(owner).await;
    meddle(&server.database(), &format!("UPDATE device_links SET expires_at = 1 WHERE user_id = {}", owner.id));
    dead.push(("expired", late.clone()));
    dead.push(("invented", invented(&late)));
    dead.push(("no code at all", "not a code at all".to_owned()));
    dead.push(("a token", owner.token.clone()));
    dead
}

#[tokio::test]
async fn x08_x18_whatever_is_the_matter_with_a_link_it_is_all_the_same_answer() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let dead = dead_links(&server, &ada).await;
    let sessions = database::number(&server.database(), "SELECT count(*) FROM sessions");
    let seen = |answer: &Answer| {
        let mut headers = answer.headers.clone();
        headers.remove("date");
        (answer.status, headers, answer.body.clone())
    };
    let mut answers = Vec::new();
    for (why, code) in &dead {
        let (look, login) = (looks(&server, code).await, signs_in(&server, code).await);
        look.refused(404, "not_found");
        answers.push((why, seen(&look), seen(&login)));
    }
    for (why, look, login) in &answers {
        assert_eq!((look, login), (&answers[0].1, &answers[0].1), "{why}");
    }
    assert_eq!(database::number(&server.database(), "SELECT count(*) FROM sessions"), sessions);
    // Whoever comes back does not bring an old link back.
    let away = json!({"active": true});
    Answer::to(ada.request(Method::PATCH, "/api/users/6").json(&away)).await.done();
    signs_in(&server, &dead[4].1).await.refused(404, "not_found");
}

#[tokio::test]
async fn x08_a_link_ends_five_minutes_after_it_was_made() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    makes_link(&ada).await;
    let now = "CAST(unixepoch('subsec') * 1000 AS INTEGER)";
    let left = database::number(&server.database(), &format!("SELECT expires_at - {now} FROM device_links"));
    assert!((270_000..=300_000).contains(&left), "{left} ms");
}

#[tokio::test]
async fn x18_whoever_has_found_a_session_makes_no_link_by_that_and_does_not_guess_the_password_by_it() {
    let server = Plan::new().with_rate_limits().start().await;
    let ada = server.register("ada").await;
    server.posts("/api/me/device-link", json!({"password": PASSWORD})).await.refused(401, "unauthorized");
    ada.posts("/api/me/device-link", json!({})).await.refused_field(422, "invalid_field", "password");
    for _ in 0..5 {
        asks_for_link(&ada, "a wrong guess").await.refused_field(401, "wrong_credentials", "password");
    }
    asks_for_link(&ada, PASSWORD).await.refused(429, "rate_limited");
    assert_eq!(database::number(&server.database(), "SELECT count(*) FROM device_links"), 0);
}

#[tokio::test]
async fn x01_links_that_sign_nobody_in_count_as_logins_that_fail_and_those_that_do_count_not() {
    let server = Plan::new().with_rate_limits().start().await;
    let ada = server.register("ada").await;
    let mut code = String::new();
    for _ in 0..20 {
        code = makes_link(&ada).await;
        looks(&server, &code).await.ok();
        signs_in(&server, &code).await.ok();
    }
    let mut count = 0;
    while looks(&server, &invented(&code)).await.status != 429 {
        count += 1;
        assert!(count < 100, "there is no limit");
    }
    assert!((20..=40).contains(&count), "{count}");
    let link = makes_link(&ada).await;
    signs_in(&server, &link).await.refused(429, "rate_limited");
}

#[tokio::test]
async fn x08_all_devices_hear_of_a_new_one_and_each_of_them_ends_it() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let (mut first, mut other) = (follows_own_log(&ada).await.0, follows_own_log(&grace).await.0);
    let code = makes_link(&ada).await;
    let answer = signs_in(&server, &code).await.ok();
    let told = first.hears_where("the new device", |event| event["kind"] == "device").await;
    let session = number(&told["state"], "session");
    assert_eq!((&told["id"], told["house"].is_null(), told["room"].is_null()), (&json!(ada.id), true, true), "{told}");
    assert!(is_time(&told["state"]["time"]) && told["state"].as_object().unwrap().len() == 2, "{told}");
    let listed = sessions(&ada).await;
    let new = listed.iter().find(|each| each["id"] == session).expect("it is listed");
    assert_eq!((&new["agent"], &new["from"]), (&json!("Firefox on Linux"), &json!("127.0.0.0/24")));
    // Whoever was away learns it, too, and nobody else at all.
    let states = follows_own_log(&ada).await.1;
    let entry = states["states"].as_array().unwrap().iter().find(|entry| entry["kind"] == "device").unwrap().clone();
    assert_eq!((&entry["seq"], &entry["state"]), (&told["seq"], &told["state"]));
    assert!(other.hears_until_now().await.iter().all(|event| event["kind"] != "device"));
    ada.deletes_at(&format!("/api/sessions/{session}")).await.done();
    who(&server, &answer["token"]).await.refused(401, "unauthorized");
    // The newest takes the place of the one before.
    signs_in(&server, &makes_link(&ada).await).await.ok();
    let again = first.hears_where("the next device", |event| event["kind"] == "device").await;
    assert!(number(&again, "seq") > number(&told, "seq") && number(&again["state"], "session") > session, "{again}");
}

#[tokio::test]
async fn guests_sign_in_by_links_as_well() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let guest = becomes_guest(&server, &ada, &grace).await;
    let answer = signs_in(&server, &makes_link(&guest).await).await.ok();
    assert_eq!(who(&server, &answer["token"]).await.ok()["role"], "guest");
}

#[tokio::test]
async fn p4_the_code_of_a_link_is_in_no_log() {
    let mut server = Plan::new().talkative().start().await;
    let ada = server.register("ada").await;
    let code = makes_link(&ada).await;
    looks(&server, &code).await.ok();
    let token = signs_in(&server, &code).await.ok()["token"].as_str().unwrap().to_owned();
    signs_in(&server, &code).await.refused(404, "not_found");
    let log = server.stop().await;
    assert!(log.contains("/login/device"), "the log tells of requests");
    assert!(![&code, &token, PASSWORD].iter().any(|secret| log.contains(secret)), "a secret is in the log");
}
