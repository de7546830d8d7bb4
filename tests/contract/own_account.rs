//! One's own name and address, changed by oneself.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::database::meddle;
use crate::harness::{Answer, Asks, PASSWORD, Plan, Server, User};

async fn changes(user: &User, changes: Value) -> Answer {
    Answer::to(user.request(Method::PATCH, "/api/me").json(&changes)).await
}

async fn logs_in(server: &Server, name: &str, password: &str) -> Answer {
    server.posts("/login", json!({"username": name, "password": password})).await
}

#[tokio::test]
async fn another_name_is_that_of_all_one_has_said_and_nobody_else_ever_gets_the_old_one() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let mut grace_says = grace.arrives().await;
    grace_says.says("Before.").await;
    let mut ada_hears = ada.arrives().await;
    changes(&grace, json!({"username": "Hopper", "email": "hopper@example.org"})).await.done();
    assert_eq!(ada.reads_all().await[0]["user"], "Hopper");
    grace_says.says("After.").await;
    assert_eq!(ada_hears.hears_message("After.").await["user"], "Hopper");
    ada_hears.hears_users(&["Hopper", "ada"]).await;
    let users = ada.gets("/users").await.ok();
    assert_eq!((&users[1]["username"], &users[1]["email"]), (&json!("Hopper"), &json!("hopper@example.org")));
    logs_in(&server, "grace", PASSWORD).await.refused(401, "wrong_credentials");
    logs_in(&server, "hopper@example.org", PASSWORD).await.ok();
    // By fold and by look, however it is asked for, and across a restart.
    let server = server.again().await;
    for name in ["grace", "GRACE", "gr\u{430}ce"] {
        let body = json!({"username": name, "email": "new@example.org", "password": PASSWORD});
        let answer = server.posts("/register", body).await;
        assert!([400, 422].contains(&answer.status), "{name}: {}", answer.text());
        let taken = changes(&ada.at(&server), json!({"username": name})).await;
        assert!([400, 422].contains(&taken.status), "{name}: {}", taken.text());
    }
    let body = json!({"username": "grace2", "email": "grace@example.org", "password": PASSWORD});
    server.posts("/register", body).await.ok();
    // To whom it was, it is free.
    changes(&grace.at(&server), json!({"username": "Grace"})).await.done();
    changes(&ada.at(&server), json!({"username": "hopper"})).await.refused(400, "username_taken");
}

#[tokio::test]
async fn nobody_takes_the_name_or_the_address_of_another() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    changes(&grace, json!({"username": "ADA"})).await.refused_field(400, "username_taken", "username");
    changes(&grace, json!({"email": "ADA@example.org"})).await.refused_field(400, "email_taken", "email");
    changes(&grace, json!({"username": "a\u{430}"})).await.refused_field(422, "invalid_field", "username");
    changes(&grace, json!({"email": "nowhere"})).await.refused_field(422, "invalid_field", "email");
    // All of it or nothing.
    let both = json!({"username": "hopper", "email": "ada@example.org", "bio": "Counts."});
    changes(&grace, both).await.refused(400, "email_taken");
    assert_eq!(ada.gets("/users").await.ok()[1]["username"], "grace");
    changes(&grace, json!({"username": "GRACE", "email": "grace@example.org"})).await.done();
}

#[tokio::test]
async fn x92_a_name_or_an_address_needs_a_login_of_the_last_quarter_of_an_hour_and_a_profile_does_not() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    meddle(&server.database(), "UPDATE sessions SET created_at = created_at - 16 * 60 * 1000 WHERE user_id = 2");
    let server = server.again().await;
    let (ada, grace) = (ada.at(&server), grace.at(&server));
    for change in [json!({"username": "hopper"}), json!({"email": "hopper@example.org"})] {
        changes(&grace, change).await.refused(403, "login_too_old");
    }
    changes(&grace, json!({"bio": "Counts."})).await.done();
    assert_eq!(ada.gets("/users").await.ok()[1]["username"], "grace");
}

#[tokio::test]
async fn x09_x18_who_tries_name_after_name_has_to_wait() {
    let server = Plan::new().with_rate_limits().start().await;
    let (ada, grace) = server.ada_and_grace().await;
    for number in 0..9 {
        changes(&grace, json!({"email": format!("{number}@example.org")})).await.done();
    }
    changes(&grace, json!({"username": "ada"})).await.refused(400, "username_taken");
    changes(&grace, json!({"username": "hopper"})).await.refused(429, "rate_limited");
    changes(&ada, json!({"username": "lovelace"})).await.done();
    changes(&grace, json!({"bio": "Counts."})).await.done();
}
