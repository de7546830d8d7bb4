//! Muting: one does not hear somebody any more, on all of one's devices, and they never learn it.

use reqwest::Method;
use serde_json::json;

use super::guests::becomes_guest;
use crate::harness::database::open;
use crate::harness::{Answer, Asks, Plan, Server, Socket, User};

/// Mutes somebody, or no longer.
async fn mutes(user: &User, whom: u64, is_muted: bool) -> Answer {
    let method = if is_muted { Method::PUT } else { Method::DELETE };
    Answer::to(user.request(method, &format!("/api/me/muted/{whom}"))).await
}

/// Opens a socket that follows its user's own log and the house's, and answers the page of the former.
async fn follows(user: &User) -> (Socket, serde_json::Value) {
    let mut socket = user.connects_for_more().await;
    socket.say(json!({"type": "hello", "follow": [{"room": 1}], "own": 0, "house": 0})).await;
    let own =
        socket.hears_where("the own log", |event| event["type"] == "states" && event.get("house").is_none()).await;
    socket.hears_where("who is here", |event| event["type"] == "people").await;
    (socket, own)
}

#[tokio::test]
async fn p2_all_of_ones_devices_learn_whom_one_has_muted_and_nobody_else_does() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let ((mut phone, _), (mut laptop, _)) = (follows(&ada).await, follows(&ada).await);
    let ((mut muted, _), mut old) = (follows(&grace).await, grace.arrives().await);
    mutes(&ada, grace.id, true).await.done();
    for device in [&mut phone, &mut laptop] {
        let told = device.hears_where("the mute", |event| event["kind"] == "mute").await;
        assert_eq!((&told["id"], &told["state"], told.get("house")), (&json!(grace.id), &json!({}), None));
    }
    mutes(&ada, grace.id, true).await.done();
    // What they say comes as before: only whoever draws it knows.
    old.says("Do you hear me?").await;
    phone.hears_where("it", |event| event["type"] == "message" && event["text"] == "Do you hear me?").await;
    let (_, own) = follows(&ada).await;
    let kinds = own["states"].as_array().unwrap().iter().filter(|entry| entry["kind"] == "mute");
    assert_eq!(kinds.count(), 1);
    mutes(&ada, grace.id, false).await.done();
    let told = laptop.hears_where("the end of it", |event| event["kind"] == "mute").await;
    assert_eq!((told["gone"].as_bool(), told.get("state")), (Some(true), None));
    let heard = json!([muted.hears_until_now().await, old.hears_until_now().await]).to_string();
    assert!(heard.contains("Do you hear me?") && !heard.contains("mute"), "{heard}");
}

#[tokio::test]
async fn p2_by_muting_nobody_learns_who_there_is() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let guest = server.register("guest").await;
    let guest = becomes_guest(&server, &ada, &guest).await;
    for whom in [grace.id, 99, 9_007_199_254_740_991] {
        mutes(&guest, whom, true).await.done();
        mutes(&guest, whom, false).await.done();
    }
    mutes(&ada, ada.id, true).await.refused(403, "forbidden");
    let path = "/api/me/muted/0";
    Answer::to(ada.request(Method::PUT, path)).await.refused_field(422, "invalid_field", "id");
    Answer::to(server.request(Method::PUT, "/api/me/muted/1")).await.refused(401, "unauthorized");
}

#[tokio::test]
async fn nobody_mutes_more_than_five_hundred_people_or_all_the_time() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let values: Vec<_> = (1_000..1_500).map(|whom| format!("({}, {whom}, 1, {whom})", ada.id)).collect();
    let rows = format!("INSERT INTO mutes (user_id, muted_id, is_muted, changed_seq) VALUES {}", values.join(", "));
    assert_eq!(open(&server.database()).execute(&rows, []), Ok(500));
    mutes(&ada, grace.id, true).await.refused(409, "too_many");
    mutes(&ada, 1_000, true).await.done();
    mutes(&ada, 1_000, false).await.done();
    mutes(&ada, grace.id, true).await.done();
    let limited = Plan::new().with_rate_limits().start().await;
    let linus = limited.register("linus").await;
    let mut refused = 0;
    for number in 0..70 {
        refused += u32::from(mutes(&linus, 5, number % 2 == 0).await.status == 429);
    }
    assert!((8..=10).contains(&refused), "{refused}");
}
