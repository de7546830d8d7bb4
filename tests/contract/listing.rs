//! The order in which somebody has their rooms: the same on all of their devices, and nobody else's matter.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, Asks, Plan, Server, Socket, User};

/// Puts one's rooms in an order.
async fn puts(user: &User, order: Value) -> Answer {
    Answer::to(user.request(Method::PUT, "/api/me/order").json(&order)).await
}

/// Opens a socket that follows its user's own log. Answers what that has as well.
async fn follows(user: &User) -> (Socket, Vec<Value>) {
    let mut socket = user.connects_for_more().await;
    socket.say(json!({"type": "hello", "follow": [], "house": 0})).await;
    socket.hears("hello").await;
    let own =
        socket.hears_where("one's own log", |event| event["type"] == "states" && event.get("house").is_none()).await;
    let house = socket.hears_where("the house's", |event| event["type"] == "states" && event["house"] == true).await;
    assert_eq!((&own["live"], &house["live"]), (&json!(true), &json!(true)));
    (socket, own["states"].as_array().unwrap().clone())
}

/// The orders among entries.
fn orders(entries: &[Value]) -> Vec<&Value> {
    entries.iter().filter(|entry| entry["kind"] == "order").map(|entry| &entry["state"]).collect()
}

#[tokio::test]
async fn an_order_is_told_to_all_of_ones_devices_and_to_nobody_else_and_lasts() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let ((mut phone, before), (mut desk, _), (mut hers, _)) =
        (follows(&ada).await, follows(&ada).await, follows(&grace).await);
    assert_eq!(orders(&before), Vec::<&Value>::new(), "who has put nothing in order has no order");
    // Rooms that are not there, or not Ada's, are nobody's concern but the page's that draws the list.
    let order = json!({"pinned": [99, 1], "rooms": [12, 9], "folded": ["direct"]});
    puts(&ada, order.clone()).await.done();
    for device in [&mut phone, &mut desk] {
        let told = device.hears("state").await;
        assert_eq!((&told["kind"], &told["id"], &told["state"]), (&json!("order"), &json!(ada.id), &order));
    }
    // Of two devices that know an old order, the one that is heard last has its way.
    puts(&ada, json!({"pinned": [1]})).await.done();
    assert_eq!(phone.hears("state").await["state"], json!({"pinned": [1]}));
    puts(&ada, json!({"pinned": [1]})).await.done();
    phone.hears_nothing().await;
    hers.hears_nothing().await;
    let (_, after) = follows(&ada).await;
    assert_eq!(orders(&after), [&json!({"pinned": [1]})]);
    assert_eq!(orders(&follows(&grace).await.1), Vec::<&Value>::new());
}

#[tokio::test]
async fn an_order_that_cannot_be_drawn_is_refused_whole() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let many: Vec<u64> = (1..=501).collect();
    for (field, bad) in [
        ("pinned", json!({})),
        ("pinned", json!({"pinned": null})),
        ("pinned", json!({"pinned": [0]})),
        ("rooms", json!({"pinned": [1, 1]})),
        ("rooms", json!({"pinned": [1], "rooms": [1]})),
        ("rooms", json!({"pinned": many})),
        ("rooms", json!({"pinned": [], "rooms": ["1"]})),
        ("folded", json!({"pinned": [], "folded": ["Direct"]})),
        ("folded", json!({"pinned": [], "folded": ["x".repeat(41)]})),
    ] {
        puts(&ada, bad).await.refused_field(422, "invalid_field", field);
    }
    puts(&ada, json!({"pinned": [], "more": 1})).await.refused(422, "unknown_field");
    assert_eq!(orders(&follows(&ada).await.1), Vec::<&Value>::new());
    puts(&ada, json!({"pinned": many[..500]})).await.done();
}

#[tokio::test]
async fn who_orders_rooms_all_the_time_has_to_wait() {
    let server = Plan::new().with_rate_limits().start().await;
    let ada = server.register("ada").await;
    let mut refused = 0;
    for number in 1..=65 {
        refused += u32::from(puts(&ada, json!({"pinned": [number]})).await.status == 429);
    }
    assert!((1..=5).contains(&refused), "{refused}");
}
