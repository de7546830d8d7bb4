//! `GET /users`: who is registered, and who may see whose address.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::user::cookies;
use crate::harness::{Answer, Asks, Server, User, database};

async fn addresses(user: &User) -> Vec<String> {
    let users = user.gets("/users").await.ok();
    let address = |user: &Value| user["email"].as_str().unwrap().to_owned();
    users.as_array().unwrap().iter().map(address).collect()
}

#[tokio::test]
async fn all_registered_users_are_listed_with_the_contracts_fields() {
    let server = Server::start().await;
    let (ada, _) = server.ada_and_grace().await;
    let expected = json!([
        {"id": 1, "username": "ada", "email": "ada@example.org", "role": "owner", "active": true},
        {"id": 2, "username": "grace", "email": "grace@example.org", "role": "member", "active": true},
    ]);
    assert_eq!(ada.gets("/users").await.ok(), expected);
}

#[tokio::test]
async fn p1_strangers_do_not_learn_who_is_registered() {
    let server = Server::start().await;
    server.register("ada").await;
    let answer = server.gets("/users").await;
    answer.refused(401, "unauthorized");
    assert!(!answer.text().contains("ada"));
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[tokio::test]
async fn p1_addresses_go_to_administrators_alone() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let all = ["ada@example.org", "grace@example.org"];
    for (role, seen) in [("owner", all), ("admin", all), ("member", ["", ""])] {
        database::meddle(&server.database(), &format!("UPDATE users SET role = '{role}' WHERE id = {}", grace.id));
        assert_eq!(addresses(&grace).await, seen, "{role}");
    }
    for role in ["guest", "bot"] {
        database::meddle(&server.database(), &format!("UPDATE users SET role = '{role}' WHERE id = {}", grace.id));
        grace.gets("/users").await.refused(403, "forbidden");
    }
    assert_eq!(addresses(&ada).await, all);
}

#[tokio::test]
async fn the_admin_pages_plain_fetch_works_by_the_cookies_alone() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    // A browser sends no Origin with a GET of the same origin.
    let request = server.request(Method::GET, "/users").header("cookie", cookies("cb", &ada.token));
    assert_eq!(Answer::to(request).await.ok()[0]["username"], "ada");
}

#[tokio::test]
async fn p1_an_address_leaves_the_server_by_no_other_door() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let mut socket = ada.arrives().await;
    socket.says("Hello!").await;
    let mut heard = grace.connects_with_hello().await;
    let mut told: Vec<Value> = Vec::new();
    for _ in 0..3 {
        told.push(heard.next().await.unwrap());
    }
    for path in ["/users", "/api/sessions", "/api/rooms/1/messages"] {
        told.push(grace.gets(path).await.ok());
    }
    let answer = server.posts("/register", json!({"username": "ada", "email": "x@x.org", "password": "none"})).await;
    told.push(answer.json());
    assert_eq!(grace.gets("/api/me").await.ok()["email"], "grace@example.org", "to whom it belongs");
    assert!(!json!(told).to_string().contains("example.org"), "{told:?}");
}
