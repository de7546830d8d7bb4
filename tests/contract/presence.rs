//! Who is online: sent on connecting and whenever the set changes, at most once a second, and always true in the end.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::{PATIENCE, Server, Socket, User};

#[tokio::test]
async fn who_connects_is_told_who_is_online_and_so_is_everybody_else() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let mut ada_hears = ada.connects().await;
    let first = ada_hears.next().await.unwrap();
    assert_eq!(first, json!({"type": "users", "users": ["ada"]}));
    let mut grace_hears = grace.connects().await;
    assert_eq!(grace_hears.next().await.unwrap(), json!({"type": "users", "users": ["ada", "grace"]}));
    ada_hears.hears_users(&["ada", "grace"]).await;
    grace_hears.leaves().await;
    ada_hears.hears_users(&["ada"]).await;
}

#[tokio::test]
async fn somebody_with_two_tabs_is_online_once_until_the_last_one_closes() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let (first, second) = (ada.arrives().await, ada.arrives().await);
    let mut grace_hears = grace.connects().await;
    grace_hears.hears_users(&["ada", "grace"]).await;
    first.leaves().await;
    // A new person makes the server tell the set again: Ada must be in it still.
    let linus = server.register("linus").await.arrives().await;
    grace_hears.hears_users(&["ada", "grace", "linus"]).await;
    second.leaves().await;
    grace_hears.hears_users(&["grace", "linus"]).await;
    linus.leaves().await;
    grace_hears.hears_users(&["grace"]).await;
}

#[tokio::test]
async fn i3_somebody_whose_connection_is_reset_goes_offline() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let mut ada_hears = ada.arrives().await;
    let wire = grace.wire().await;
    ada_hears.hears_users(&["ada", "grace"]).await;
    wire.reset();
    ada_hears.hears_users(&["ada"]).await;
}

#[tokio::test]
async fn the_admin_page_needs_no_more_than_users() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let mut admin = ada.connects().await;
    admin.hears_users(&["ada"]).await;
    let mut grace_says = grace.arrives().await;
    grace_says.says("Hello.").await;
    admin.hears_users(&["ada", "grace"]).await;
    drop(grace_says);
    admin.hears_users(&["ada"]).await;
}

#[tokio::test]
async fn a_storm_of_connects_is_told_at_most_once_a_second_and_ends_in_the_true_set() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let linus = server.register("linus").await;
    let mut listener = ada.connects().await;
    let listening = tokio::spawn(async move {
        let mut heard: Vec<(Instant, Value)> = Vec::new();
        loop {
            let event = tokio::time::timeout(PATIENCE, listener.receive_patiently()).await.unwrap().unwrap();
            assert_eq!(event["type"], "users", "{event}");
            heard.push((Instant::now(), event["users"].clone()));
            // Linus comes last and only once, so this is the true set in the end.
            if heard.last().unwrap().1 == json!(["ada", "linus"]) {
                return (listener, heard);
            }
        }
    });
    for _ in 0..30 {
        grace.connects().await.leaves().await;
    }
    let _stays = linus.arrives().await;
    let (mut listener, heard) = listening.await.unwrap();
    assert!(heard[0].1.as_array().unwrap().contains(&json!("ada")), "{heard:?}");
    for pair in heard.windows(2) {
        // What comes over the loopback device may bunch a little; a second is told apart from a storm all the same.
        let apart = pair[1].0 - pair[0].0;
        assert!(apart > Duration::from_millis(900), "two events within {apart:?}: {heard:?}");
    }
    listener.hears_nothing().await;
}

/// A socket that follows the logs that this user may, and no room.
async fn follows(user: &User) -> Socket {
    let mut socket = user.connects_for_more().await;
    socket.say(json!({"type": "hello", "follow": []})).await;
    socket
}

/// The next event that tells who is online, in whatever spelling.
async fn told(socket: &mut Socket) -> Value {
    let is_told = |event: &Value| ["users", "presence", "people"].iter().any(|kind| event["type"] == *kind);
    socket.hears_where("who is online", is_told).await
}

#[tokio::test]
async fn who_follows_the_house_is_told_the_whole_set_by_id_once_and_then_each_change() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let mut hears = follows(&ada).await;
    let online = |ids: &[u64]| -> Vec<Value> { ids.iter().map(|id| json!({"id": id, "state": "online"})).collect() };
    assert_eq!(told(&mut hears).await, json!({"type": "people", "reset": true, "people": online(&[ada.id])}));
    // Whoever has just registered has a card before they are there.
    let linus = server.register("linus").await;
    let card = hears.hears_where("a card", |event| event["kind"] == "card").await;
    assert_eq!(card["id"], json!(linus.id));
    let mut linus_hears = follows(&linus).await;
    assert_eq!(told(&mut hears).await, json!({"type": "people", "people": online(&[linus.id])}));
    assert_eq!(
        told(&mut linus_hears).await,
        json!({"type": "people", "reset": true, "people": online(&[ada.id, linus.id])})
    );
    // Beside them the two other spellings go on.
    let mut old = grace.connects().await;
    assert_eq!(told(&mut old).await, json!({"type": "users", "users": ["ada", "grace", "linus"]}));
    for socket in [&mut hears, &mut linus_hears] {
        assert_eq!(told(socket).await, json!({"type": "people", "people": online(&[grace.id])}));
    }
    let mut plain = ada.connects_for_more().await;
    plain.say(json!({"type": "hello", "rooms": {}})).await;
    assert_eq!(told(&mut plain).await, json!({"type": "users", "users": ["ada", "grace", "linus"]}));
    linus_hears.leaves().await;
    assert_eq!(told(&mut plain).await, json!({"type": "presence", "online": [], "offline": ["linus"]}));
    old.hears_users(&["ada", "grace"]).await;
    // By id they stay for half a minute.
    let gone = json!({"type": "people", "people": [{"id": linus.id, "state": "offline"}]});
    let heard = tokio::time::timeout(Duration::from_secs(60), hears.receive_patiently()).await.unwrap();
    assert_eq!(heard.unwrap(), gone);
}
