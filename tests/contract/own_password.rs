//! One's own password, changed by oneself, and names that nobody gets.

use serde_json::json;

use crate::harness::{Answer, Asks, PASSWORD, Plan, Server, User};

const ANOTHER: &str = "eight busy otters";

async fn changes_password(user: &User, current: &str, new: &str) -> Answer {
    user.posts("/api/me/password", json!({"current": current, "new": new})).await
}

async fn logs_in(server: &Server, name: &str, password: &str) -> Answer {
    server.posts("/login", json!({"username": name, "password": password})).await
}

#[tokio::test]
async fn z3_another_password_ends_all_sessions_but_the_one_that_asks() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let phone = server.logs_in("ada").await;
    let (mut here, mut there) = (ada.arrives().await, phone.arrives().await);
    changes_password(&ada, PASSWORD, ANOTHER).await.done();
    assert_eq!(there.is_closed().await.0, 4001);
    phone.gets("/api/me").await.refused(401, "unauthorized");
    here.says("Still here.").await;
    assert_eq!(ada.gets("/api/sessions").await.ok().as_array().unwrap().len(), 1);
    logs_in(&server, "ada", PASSWORD).await.refused(401, "wrong_credentials");
    logs_in(&server, "ada", ANOTHER).await.ok();
}

#[tokio::test]
async fn a_password_is_changed_by_who_knows_it_into_one_that_may_be_and_not_otherwise() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    changes_password(&ada, "not the password", ANOTHER).await.refused_field(401, "wrong_credentials", "current");
    for bad in ["short", "ada@example.org", "password1"] {
        changes_password(&ada, PASSWORD, bad).await.refused(422, "password_refused");
    }
    ada.posts("/api/me/password", json!({"new": ANOTHER})).await.refused_field(422, "invalid_field", "current");
    let more = json!({"current": PASSWORD, "new": ANOTHER, "user": 1});
    ada.posts("/api/me/password", more).await.refused(422, "unknown_field");
    let stranger = json!({"current": PASSWORD, "new": ANOTHER});
    server.posts("/api/me/password", stranger).await.refused(401, "unauthorized");
    logs_in(&server, "ada", PASSWORD).await.ok();
}

#[tokio::test]
async fn x18_who_has_found_a_session_does_not_guess_the_password_by_it() {
    let server = Plan::new().with_rate_limits().start().await;
    let ada = server.register("ada").await;
    for _ in 0..5 {
        changes_password(&ada, "a wrong guess", ANOTHER).await.refused(401, "wrong_credentials");
    }
    changes_password(&ada, PASSWORD, ANOTHER).await.refused(429, "rate_limited");
}

#[tokio::test]
async fn names_that_mean_everybody_are_nobodys() {
    let server = Server::start().await;
    for name in ["room", "Here", "ALL", "everyone", "channel", "a\u{217c}l"] {
        let body = json!({"username": name, "email": "new@example.org", "password": PASSWORD});
        server.posts("/register", body).await.refused_field(422, "invalid_field", "username");
    }
}
