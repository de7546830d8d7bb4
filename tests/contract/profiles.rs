//! What people say of themselves: everybody who has their card is told of it, and nobody says it for them.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, Asks, Plan, Server, Socket, User};

/// Says something of oneself.
async fn says(user: &User, changes: Value) -> Answer {
    Answer::to(user.request(Method::PATCH, "/api/me").json(&changes)).await
}

/// Opens a socket that follows its user's own log and the house's. Answers their pages as well.
async fn follows(user: &User) -> (Socket, [Value; 2]) {
    let mut socket = user.connects_for_more().await;
    socket.say(json!({"type": "hello", "follow": []})).await;
    socket.hears("hello").await;
    let own = socket.hears("states").await;
    let house = socket.hears("states").await;
    (socket, [own, house])
}

/// The state of a card in a page of the house's log.
fn card<'a>(house: &'a Value, user: &User) -> &'a Value {
    let cards = house["states"].as_array().unwrap().iter();
    &cards.into_iter().find(|card| card["id"] == user.id).expect("everybody has a card")["state"]
}

#[tokio::test]
async fn what_somebody_says_of_themselves_is_on_their_card_and_in_their_account_at_once_and_for_good() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let ((mut hears, [_, before]), (mut own, _)) = (follows(&ada).await, follows(&grace).await);
    assert_eq!(card(&before, &grace).get("profile"), None, "who says nothing says nothing");
    let mut old = ada.arrives().await;
    let until = "2026-11-23T15:04:05.123Z";
    let status = json!({"emoji": "🌴", "text": "At  the beach", "until": until});
    let all = json!({"name": " Grace  Hopper ", "bio": "Counts.", "pronouns": "she", "time_zone": "europe/berlin"});
    says(&grace, all).await.done();
    says(&grace, json!({"status": status})).await.done();
    let mut profile =
        json!({"name": "Grace Hopper", "bio": "Counts.", "pronouns": "she", "time_zone": "Europe/Berlin"});
    let first = hears.hears("state").await;
    let told = json!({"username": "grace", "role": "member", "active": true, "profile": profile});
    assert_eq!((&first["house"], &first["kind"], &first["state"]), (&json!(true), &json!("card"), &told));
    // Nothing happens when it ends, so it is told whole, and whoever draws it looks at the clock.
    profile["status"] = json!({"emoji": "🌴", "text": "At the beach", "until": until});
    assert_eq!(hears.hears("state").await["state"]["profile"], profile);
    // Of oneself one hears in both logs, in no order between them.
    for _ in 0..2 {
        own.hears_where("the card", |event| event["kind"] == "card").await;
    }
    let account = |event: &Value| event["kind"] == "account" && event["state"]["profile"] == profile;
    own.hears_where("the whole account", account).await;
    old.hears_nothing().await;
    let (_, [account, _]) = follows(&grace).await;
    let (_, [_, house]) = follows(&ada).await;
    assert_eq!((&account["states"][0]["state"]["profile"], &card(&house, &grace)["profile"]), (&profile, &profile));
    says(&grace, json!({"name": "", "bio": "\u{200b}", "pronouns": "", "time_zone": "", "status": null})).await.done();
    assert_eq!(hears.hears("state").await["state"], json!({"username": "grace", "role": "member", "active": true}));
    says(&grace, json!({"bio": "", "status": {"text": " "}})).await.done();
    hears.hears_nothing().await;
}

#[tokio::test]
async fn a_profile_that_cannot_be_shown_is_refused_whole() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    for (field, bad) in [
        ("name", json!("x".repeat(61))),
        ("name", json!("a\u{202e}b")),
        ("bio", json!("x".repeat(251))),
        ("pronouns", json!("x".repeat(41))),
        ("time_zone", json!("Mars/Phobos")),
        ("status", json!({"text": "x".repeat(101)})),
        ("status", json!({"emoji": "away"})),
        ("status", json!({"text": "x", "until": "soon"})),
        ("status", json!({"text": "x", "more": true})),
    ] {
        let mut body = json!({"pronouns": "she"});
        body[field] = bad;
        says(&ada, body).await.refused_field(422, "invalid_field", field);
    }
    says(&ada, json!({})).await.refused(422, "invalid_field");
    says(&ada, json!({"role": "owner"})).await.refused(422, "unknown_field");
    let (_, [account, _]) = follows(&ada).await;
    assert_eq!(account["states"][0]["state"].get("profile"), None);
}

#[tokio::test]
async fn who_changes_a_profile_all_the_time_has_to_wait() {
    let server = Plan::new().with_rate_limits().start().await;
    let ada = server.register("ada").await;
    let mut refused = 0;
    for number in 0..25 {
        let answer = says(&ada, json!({"bio": format!("{number}")})).await;
        refused += u32::from(answer.status == 429);
    }
    assert!((4..=5).contains(&refused), "{refused}");
}
