//! Going: deactivated and coming back, and leaving for good.

use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::making_rooms::{follows, invites, makes, rooms_of};
use crate::harness::database::{self, meddle};
use crate::harness::{Answer, Asks, PASSWORD, Plan, Server, User};

async fn deletes(by: &User, whose: &User) -> Answer {
    by.deletes_at(&format!("/api/users/{}", whose.id)).await
}

async fn leaves_for_good(user: &User, password: &str) -> Answer {
    Answer::to(user.request(Method::DELETE, "/api/me").json(&json!({ "password": password }))).await
}

async fn stands(by: &User, whose: &User, standing: Value) -> Answer {
    Answer::to(by.request(Method::PATCH, &format!("/api/users/{}", whose.id)).json(&standing)).await
}

async fn opens_direct(by: &User, people: &[&User]) -> Answer {
    let people: Vec<u64> = people.iter().map(|user| user.id).collect();
    by.posts("/api/direct", json!({ "people": people })).await
}

async fn says_in(user: &User, room: u64, text: &str) {
    let mut socket = follows(user, &[room]).await;
    socket.does(json!({"type": "send", "room": room, "text": text})).await;
}

/// Who belongs to a room, and whether they moderate it.
async fn members(seen_by: &User, room: u64) -> Vec<(u64, bool)> {
    let page = seen_by.gets(&format!("/api/rooms/{room}/members")).await.ok();
    let members = page["members"].as_array().unwrap().iter();
    members.map(|member| (member["id"].as_u64().unwrap(), member["state"]["moderator"] == true)).collect()
}

#[tokio::test]
async fn who_is_deactivated_is_offered_nowhere_and_finds_rooms_and_marks_as_they_were_when_that_is_taken_back() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let linus = server.register("linus").await;
    let room = makes(&grace, json!({"name": "Attic", "kind": "closed", "people": [ada.id]})).await;
    let other = makes(&ada, json!({"name": "Cellar", "kind": "closed"})).await;
    says_in(&ada, room, "One.").await;
    says_in(&ada, room, "Two.").await;
    let mut reads = follows(&grace, &[room]).await;
    reads.does(json!({"type": "read", "room": room, "up_to": 3})).await;
    let before = rooms_of(&grace).await;
    stands(&ada, &grace, json!({"active": false})).await.done();
    assert_eq!(reads.is_closed().await.0, 4001);
    invites(&ada, other, &[grace.id]).await.refused(404, "not_found");
    opens_direct(&linus, &[&grace]).await.refused(404, "not_found");
    let made = json!({"name": "Garden", "people": [grace.id]});
    ada.posts("/api/rooms", made).await.refused(404, "not_found");
    // Where she alone has moderated, somebody else does as well.
    assert_eq!(members(&ada, room).await, [(ada.id, true), (grace.id, true)]);
    stands(&ada, &grace, json!({"active": true})).await.done();
    let back = server.logs_in("grace").await;
    let after = rooms_of(&back).await;
    let mark =
        |rooms: &[Value]| rooms.iter().map(|room| (room["id"].clone(), room["read_up_to"].clone())).collect::<Vec<_>>();
    assert_eq!(mark(&after), mark(&before));
    assert_eq!(after[1]["moderator"], true);
    invites(&ada, other, &[grace.id]).await.done();
}

#[tokio::test]
async fn whoever_can_no_longer_moderate_is_succeeded_and_counts_as_nobody_who_does() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let (linus, edsger) = (server.register("linus").await, server.register("edsger").await);
    let people = json!([linus.id, edsger.id, ada.id]);
    let room = makes(&grace, json!({"name": "Attic", "kind": "closed", "people": people})).await;
    let path = format!("/api/rooms/{room}/members/{}", linus.id);
    Answer::to(grace.request(Method::PATCH, &path).json(&json!({"moderator": true}))).await.done();
    // As a guest, Linus is no moderator: with Grace goes the last one who is.
    stands(&ada, &linus, json!({"role": "guest"})).await.done();
    let left = grace.deletes_at(&format!("/api/rooms/{room}/members/me")).await;
    left.done();
    assert_eq!(members(&ada, room).await, [(ada.id, true), (linus.id, true), (edsger.id, false)]);
}

#[tokio::test]
async fn p7_who_leaves_for_good_is_somebody_who_left_and_what_they_said_stays() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let mut hears = follows(&ada, &[]).await;
    let attic = makes(&grace, json!({"name": "Attic", "kind": "closed", "people": [ada.id]})).await;
    let alone = makes(&grace, json!({"name": "Cellar", "kind": "closed"})).await;
    let direct = opens_direct(&grace, &[&ada]).await.ok()["id"].as_u64().unwrap();
    says_in(&grace, 1, "Kept.").await;
    says_in(&grace, direct, "Between us.").await;
    let mut phone = server.logs_in("grace").await.arrives().await;
    leaves_for_good(&grace, "not the password").await.refused_field(401, "wrong_credentials", "password");
    leaves_for_good(&grace, PASSWORD).await.done();
    assert_eq!(phone.is_closed().await.0, 4001);
    grace.gets("/api/me").await.refused(401, "unauthorized");
    let name = format!("Somebody who left ({})", grace.id);
    let card = hears.hears_where("a card", |event| event["kind"] == "card" && event["state"]["gone"] == true).await;
    let told = json!({"username": name, "role": "guest", "active": false, "gone": true});
    assert_eq!((&card["id"], &card["state"]), (&json!(grace.id), &told));
    // In the contract's view, too, in which nobody has a card.
    let said = ada.reads_all().await;
    assert_eq!((&said[0]["text"], &said[0]["user"], &said[0]["by"]), (&json!("Kept."), &json!(name), &json!(grace.id)));
    assert_eq!(ada.gets("/users").await.ok().as_array().unwrap().len(), 1);
    // Her rooms have gone on without her, or are put away.
    assert_eq!(members(&ada, attic).await, [(ada.id, true)]);
    let archived = format!("SELECT archived FROM rooms WHERE id = {alone}");
    assert_eq!(database::number(&server.database(), &archived), 1);
    let mut writes = follows(&ada, &[direct]).await;
    writes.is_denied(json!({"type": "send", "room": direct, "text": "Hello?"}), "nobody_there").await;
    assert_eq!(ada.gets(&format!("/api/rooms/{direct}/messages")).await.ok()["messages"][0]["text"], "Between us.");
    // Nobody gets the name, neither the old one nor the new one, nor comes in by one; nothing brings her back.
    for (typed, status) in [("grace", 400), ("GRACE", 400), (name.as_str(), 422), ("somebody who left", 422)] {
        let body = json!({"username": typed, "email": "new@example.org", "password": PASSWORD});
        assert_eq!(server.posts("/register", body).await.status, status, "{typed}");
    }
    for typed in ["grace", &name, "grace@example.org"] {
        for password in [PASSWORD, ""] {
            let body = json!({"username": typed, "password": password});
            server.posts("/login", body).await.refused(401, "wrong_credentials");
        }
    }
    stands(&ada, &grace, json!({"active": true})).await.refused(404, "not_found");
    deletes(&ada, &grace).await.refused(404, "not_found");
    invites(&ada, attic, &[grace.id]).await.refused(404, "not_found");
    let body = json!({"username": "hopper", "email": "grace@example.org", "password": PASSWORD});
    server.posts("/register", body).await.ok();
}

#[tokio::test]
async fn p7_of_who_has_left_neither_name_nor_address_is_in_the_data_any_more() {
    let mut server = Plan::new().start().await;
    let ada = server.register("ada").await;
    let quilla = server.register("quillabartholomew").await;
    for change in [json!({"username": "wrenhildegard"}), json!({"email": "zz@quokka.example", "name": "Jacarandine"})] {
        Answer::to(quilla.request(Method::PATCH, "/api/me").json(&change)).await.done();
    }
    says_in(&quilla, 1, "Kept.").await;
    let traces = ["quillabartholomew", "wrenhildegard", "quokka", "Jacarandine"];
    assert!(traces[1..].iter().all(|trace| database::holds(server.data(), trace.as_bytes())), "the search finds them");
    leaves_for_good(&quilla, PASSWORD).await.done();
    ada.gets("/users").await.ok();
    server.stop().await;
    for trace in traces {
        assert!(!database::holds(server.data(), trace.as_bytes()), "{trace} is in a file");
    }
    let tables = ["marks", "sessions"];
    for table in tables {
        let of_her = format!("SELECT count(*) FROM {table} WHERE user_id = {}", quilla.id);
        assert_eq!(database::number(&server.database(), &of_her), 0, "{table}");
    }
}

#[tokio::test]
async fn z1_others_are_deleted_by_owners_who_have_just_logged_in_and_the_last_owner_by_nobody() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let linus = server.register("linus").await;
    stands(&ada, &grace, json!({"role": "admin"})).await.done();
    let admin = server.logs_in("grace").await;
    deletes(&admin, &linus).await.refused(403, "forbidden");
    deletes(&linus, &ada).await.refused(403, "forbidden");
    // One's own goes by the password alone.
    deletes(&ada, &ada).await.refused(403, "forbidden");
    leaves_for_good(&ada, PASSWORD).await.refused(409, "last_owner");
    for body in [json!({}), json!({"password": 7}), json!({"password": PASSWORD, "user": 2})] {
        assert_eq!(Answer::to(ada.request(Method::DELETE, "/api/me").json(&body)).await.status, 422);
    }
    let aged = format!("UPDATE sessions SET created_at = created_at - 16 * 60 * 1000 WHERE user_id = {}", ada.id);
    meddle(&server.database(), &aged);
    let server = server.again().await;
    deletes(&ada.at(&server), &linus).await.refused(403, "login_too_old");
    let fresh = server.logs_in("ada").await;
    deletes(&fresh, &linus).await.done();
    fresh.deletes_at("/api/users/99").await.refused(404, "not_found");
}

#[tokio::test]
async fn x18_who_has_found_a_session_does_not_guess_the_password_by_leaving() {
    let server = Plan::new().with_rate_limits().start().await;
    let ada = server.register("ada").await;
    for _ in 0..5 {
        leaves_for_good(&ada, "a wrong guess").await.refused(401, "wrong_credentials");
    }
    leaves_for_good(&ada, PASSWORD).await.refused(429, "rate_limited");
}

#[tokio::test(flavor = "multi_thread")]
async fn z6_of_two_owners_who_turn_out_demote_or_delete_one_another_fifty_times_one_stays() {
    let server = Server::start().await;
    let mut owner = server.register("ada").await;
    for round in 0..50 {
        let other = server.register(&format!("heir {round}")).await;
        stands(&owner, &other, json!({"role": "owner"})).await.done();
        let (id, mut other) = (other.id, server.logs_in(&other.name).await);
        other.id = id;
        let mut acts = JoinSet::new();
        for (by, whose) in [(owner.clone(), other.clone()), (other.clone(), owner.clone())] {
            acts.spawn(async move {
                let answer = match round % 3 {
                    0 => stands(&by, &whose, json!({"active": false})).await,
                    1 => stands(&by, &whose, json!({"role": "member"})).await,
                    _ => deletes(&by, &whose).await,
                };
                (answer.status, by)
            });
        }
        let (done, refused): (Vec<_>, Vec<_>) =
            acts.join_all().await.into_iter().partition(|(status, _)| *status == 204);
        assert_eq!((done.len(), refused[0].0), (1, 401), "round {round}");
        let owners = "SELECT count(*) FROM users WHERE role = 'owner' AND active = 1";
        assert_eq!(database::number(&server.database(), owners), 1);
        owner = done[0].1.clone();
    }
}
