//! `PATCH /api/users/{id}`: who may change whose account, and what it is for whoever it is about.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::user::cookies;
use crate::harness::{Answer, Asks, PASSWORD, Plan, Server, User, database};

async fn changes(by: &User, id: u64, body: &Value) -> Answer {
    Answer::to(by.request(Method::PATCH, &format!("/api/users/{id}")).json(body)).await
}

/// The role of somebody and whether they may log in, as the list of everybody has it.
async fn standing(seen_by: &User, name: &str) -> (String, bool) {
    let users = seen_by.gets("/users").await.ok();
    let user = users.as_array().unwrap().iter().find(|user| user["username"] == name).expect("a user").clone();
    (user["role"].as_str().unwrap().to_owned(), user["active"].as_bool().unwrap())
}

fn meddle(server: &Server, sql: &str) {
    database::meddle(&server.database(), sql);
}

#[tokio::test]
async fn z1_an_account_is_changed_by_owners_and_by_administrators_if_no_owner_is_about_and_never_ones_own() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let linus = server.register("linus").await;
    let edsger = server.register("edsger").await;
    let (admin, member) = (json!({"role": "admin"}), json!({"role": "member"}));
    changes(&ada, grace.id, &admin).await.done();
    let grace_again = server.logs_in("grace").await;
    for (by, id, body) in [
        (&grace_again, ada.id, &member),
        (&grace_again, ada.id, &json!({"active": false})),
        (&grace_again, linus.id, &json!({"role": "owner"})),
        (&grace_again, grace.id, &json!({"active": false})),
        (&ada, ada.id, &json!({"role": "owner"})),
        (&edsger, linus.id, &admin),
        (&edsger, edsger.id, &admin),
        // Who may change nobody does not learn either who there is.
        (&edsger, 999, &admin),
    ] {
        changes(by, id, body).await.refused(403, "forbidden");
    }
    changes(&grace_again, 999, &admin).await.refused(404, "not_found");
    changes(&grace_again, linus.id, &admin).await.done();
    changes(&ada, linus.id, &json!({"role": "owner", "active": true})).await.done();
    changes(&grace_again, linus.id, &member).await.refused(403, "forbidden");
    changes(&ada, linus.id, &json!({"role": "member", "active": false})).await.done();
    let expected = [("ada", "owner", true), ("grace", "admin", true), ("linus", "member", false)];
    for (name, role, active) in expected {
        assert_eq!(standing(&edsger, name).await, (role.to_owned(), active), "{name}");
    }
}

#[tokio::test]
async fn z3_whoever_is_deactivated_is_out_at_once_and_in_again_when_that_is_taken_back() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let (mut of_ada, mut of_grace) = (ada.arrives().await, grace.arrives().await);
    let kept = of_grace.says("Kept.").await;
    changes(&ada, grace.id, &json!({"active": false})).await.done();
    of_ada.says("Nothing that Grace hears.").await;
    let (code, _) = of_grace.is_closed().await;
    assert_eq!((code, of_grace.unasked()), (4001, Vec::<Value>::new()));
    grace.gets("/api/me").await.refused(401, "unauthorized");
    let login = json!({"username": "grace", "password": PASSWORD});
    server.posts("/login", login).await.refused(401, "wrong_credentials");
    assert_eq!(ada.reads_all().await[0]["id"], kept["id"]);
    changes(&ada, grace.id, &json!({"active": true})).await.done();
    grace.gets("/api/me").await.refused(401, "unauthorized");
    let mut of_grace = server.logs_in("grace").await.arrives().await;
    of_grace.says("Back.").await;
    // What is so already ends nothing.
    changes(&ada, grace.id, &json!({"active": true, "role": "member"})).await.done();
    of_grace.says("Still here.").await;
}

#[tokio::test]
async fn z8_another_role_is_another_session_and_holds_from_the_first_moment() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let said = ada.arrives().await.says("Delete me if you may.").await;
    let mut of_grace = grace.arrives().await;
    let delete = json!({"type": "delete", "id": said["id"]});
    of_grace.is_denied(delete.clone(), "forbidden").await;
    changes(&ada, grace.id, &json!({"role": "admin"})).await.done();
    assert_eq!(of_grace.is_closed().await.0, 4001);
    let grace = server.logs_in("grace").await;
    assert_eq!(grace.gets("/api/me").await.ok()["role"], "admin");
    let mut of_grace = grace.arrives().await;
    changes(&ada, 2, &json!({"role": "member"})).await.done();
    assert_eq!(of_grace.is_closed().await.0, 4001);
    let mut of_grace = server.logs_in("grace").await.arrives().await;
    of_grace.is_denied(delete, "forbidden").await;
}

#[tokio::test]
async fn x23_a_change_has_the_documented_fields_and_no_others() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    for (body, code) in [
        (json!({}), "invalid_field"),
        (json!({"role": null}), "invalid_field"),
        (json!({"role": "Owner"}), "invalid_field"),
        (json!({"role": "bot"}), "invalid_field"),
        (json!({"role": ["admin"]}), "invalid_field"),
        (json!({"active": "false"}), "invalid_field"),
        (json!({"active": 0}), "invalid_field"),
        (json!({"active": false, "username": "x"}), "unknown_field"),
        (json!({"role": "admin", "password": "seven lazy herons"}), "unknown_field"),
        (json!([]), "malformed_json"),
    ] {
        changes(&ada, grace.id, &body).await.refused(422, code);
    }
    for id in ["0", "-1", "+2", "2.0", "grace"] {
        let request = ada.request(Method::PATCH, &format!("/api/users/{id}")).json(&json!({"role": "admin"}));
        Answer::to(request).await.refused(422, "invalid_field");
    }
    grace.gets("/api/me").await.ok();
    assert_eq!(standing(&ada, "grace").await, ("member".to_owned(), true));
}

#[tokio::test]
async fn x92_who_logged_in_more_than_a_quarter_of_an_hour_ago_logs_in_anew_to_change_an_account() {
    let mut server = Plan::new().talkative().start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let phone = server.logs_in("ada").await;
    for session in 1..=3 {
        meddle(&server, &format!("UPDATE sessions SET created_at = created_at - 16 * 60000 WHERE id = {session}"));
    }
    let deactivated = json!({"active": false});
    for by in [&ada, &phone] {
        changes(by, grace.id, &deactivated).await.refused(403, "login_too_old");
    }
    // Nobody is asked for a password and refused all the same.
    changes(&grace, ada.id, &deactivated).await.refused(403, "forbidden");
    changes(&ada, ada.id, &deactivated).await.refused(403, "forbidden");
    grace.gets("/api/me").await.ok();
    let fresh = server.logs_in("ada").await;
    // The other sessions are as old as they were.
    changes(&phone, grace.id, &deactivated).await.refused(403, "login_too_old");
    changes(&fresh, grace.id, &deactivated).await.done();
    let log = server.stop().await;
    assert!(log.contains("an account was changed"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn z6_of_two_owners_who_turn_one_another_out_one_stays() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    for round in 0..10 {
        for id in [ada.id, grace.id] {
            meddle(&server, &format!("UPDATE users SET role = 'owner', active = 1 WHERE id = {id}"));
        }
        let (as_ada, as_grace) = (server.logs_in("ada").await, server.logs_in("grace").await);
        let body = if round % 2 == 0 { json!({"active": false}) } else { json!({"role": "member"}) };
        let (one, other) = tokio::join!(changes(&as_ada, grace.id, &body), changes(&as_grace, ada.id, &body));
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [204, 401], "round {round}");
        let owners = "SELECT count(*) FROM users WHERE role = 'owner' AND active = 1";
        assert_eq!(database::number(&server.database(), owners), 1);
    }
}

#[tokio::test]
async fn pages_of_allowed_origins_have_leave_to_change_accounts_and_cookies_alone_do_not_do_it() {
    let friend = "https://friend.example";
    let server = Plan::new().with("--allowed-origins", friend).start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let path = format!("/api/users/{}", grace.id);
    let asks = server.request(Method::OPTIONS, &path).header("origin", friend);
    let leave = Answer::to(asks.header("access-control-request-method", "PATCH")).await;
    assert!(leave.header("access-control-allow-methods").split(',').any(|method| method == "PATCH"));
    let deactivated = json!({"active": false});
    let by_cookies = server.request(Method::PATCH, &path).header("cookie", cookies("cb", &ada.token));
    let foreign = by_cookies.try_clone().unwrap().header("origin", friend).json(&deactivated);
    Answer::to(foreign).await.refused(403, "origin_refused");
    let own = by_cookies.header("origin", format!("http://{}", server.address)).json(&deactivated);
    Answer::to(own).await.done();
}
