//! Direct rooms: a set of people has one, which is there for the others once something is said.

use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::making_rooms::{follows, invites, joins, leaves, rooms_of};
use crate::harness::checker::number;
use crate::harness::{Answer, Asks, Server, User};

async fn opens(user: &User, people: &[u64]) -> u64 {
    let opened = user.request(Method::POST, "/api/direct").json(&json!({ "people": people }));
    number(&Answer::to(opened).await.ok(), "id")
}

fn ids(rooms: &[Value]) -> Vec<u64> {
    rooms.iter().map(|room| number(room, "id")).collect()
}

#[tokio::test]
async fn people_have_one_direct_room_whoever_opens_it_and_however_often_at_once() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let mut openings = JoinSet::new();
    for number in 0..50 {
        let (user, other) = if number % 2 == 0 { (ada.clone(), grace.id) } else { (grace.clone(), ada.id) };
        openings.spawn(async move { opens(&user, &[other]).await });
    }
    let opened = openings.join_all().await;
    assert!(opened.iter().all(|id| *id == opened[0]), "{opened:?}");
    // Named twice, or with oneself, it is the same set; a larger one is another room, and so is one's own.
    assert_eq!(opens(&ada, &[grace.id, grace.id, ada.id]).await, opened[0]);
    let linus = server.register("linus").await;
    let larger = opens(&ada, &[grace.id, linus.id]).await;
    let own = opens(&ada, &[]).await;
    assert!(larger != opened[0] && own != larger && own != opened[0]);
    assert_eq!(opens(&linus, &[grace.id, ada.id]).await, larger);
}

#[tokio::test]
async fn a_direct_room_appears_to_the_others_with_its_first_message_and_comes_back_with_the_next() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let mut hears = follows(&grace, &[]).await;
    let room = opens(&ada, &[grace.id]).await;
    assert_eq!((ids(&rooms_of(&ada).await), ids(&rooms_of(&grace).await)), (vec![1, room], vec![1]));
    let mut says = follows(&ada, &[room]).await;
    says.does(json!({"type": "send", "room": room, "text": "Psst."})).await;
    let mark = hears.hears_where("a mark", |event| event["kind"] == "mark").await;
    assert_eq!((&mark["id"], &mark["state"]), (&json!(room), &json!({"up_to": 0, "listed": true})));
    let direct = &rooms_of(&grace).await[1];
    let expected = (&json!(room), &json!("direct"), &json!([ada.id, grace.id]));
    assert_eq!((&direct["id"], &direct["kind"], &direct["people"]), expected);
    // Put away, it is out of her list, and what is said brings it back, unread.
    let away = Answer::to(grace.request(Method::DELETE, &format!("/api/direct/{room}"))).await;
    away.done();
    assert_eq!(ids(&rooms_of(&grace).await), [1]);
    assert_eq!(ids(&rooms_of(&ada).await), [1, room]);
    says.does(json!({"type": "send", "room": room, "text": "Still there?"})).await;
    assert_eq!(ids(&rooms_of(&grace).await), [1, room]);
    // Nobody comes, and nobody goes.
    let linus = server.register("linus").await;
    invites(&ada, room, &[linus.id]).await.refused(403, "forbidden");
    leaves(&ada, room).await.refused(403, "forbidden");
    joins(&linus, room).await.refused(404, "not_found");
    assert_eq!(linus.gets("/api/rooms").await.ok()["rooms"].as_array().unwrap().len(), 1);
    linus.gets(&format!("/api/rooms/{room}/messages")).await.refused(404, "not_found");
}

#[tokio::test]
async fn a_direct_room_whose_others_are_all_gone_is_read_and_nothing_is_said_there() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let (room, notes) = (opens(&ada, &[grace.id]).await, opens(&ada, &[]).await);
    let mut says = follows(&ada, &[room]).await;
    let taken_back = says.does(json!({"type": "send", "room": room, "text": "For now."})).await;
    let farewell = says.does(json!({"type": "send", "room": room, "text": "Farewell."})).await;
    let gone = ada.request(Method::PATCH, &format!("/api/users/{}", grace.id)).json(&json!({"active": false}));
    Answer::to(gone).await.done();
    says.is_denied(json!({"type": "send", "room": room, "text": "Hello?"}), "nobody_there").await;
    says.is_denied(json!({"type": "edit", "id": farewell["id"], "text": "Hello?"}), "nobody_there").await;
    // What one has said oneself may go all the same.
    says.does(json!({"type": "delete", "id": taken_back["id"]})).await;
    assert_eq!(ada.gets(&format!("/api/rooms/{room}/messages")).await.ok()["messages"][0]["text"], "Farewell.");
    says.does(json!({"type": "send", "room": notes, "text": "Notes are for oneself."})).await;
    // With somebody who is gone, nobody begins to talk.
    let linus = server.register("linus").await;
    let opened = linus.request(Method::POST, "/api/direct").json(&json!({"people": [grace.id]}));
    Answer::to(opened).await.refused(404, "not_found");
    assert_eq!(opens(&ada, &[grace.id]).await, room, "one that is there is opened still");
    let many: Vec<u64> = (1..=10).collect();
    let opened = linus.request(Method::POST, "/api/direct").json(&json!({ "people": many }));
    Answer::to(opened).await.refused_field(422, "invalid_field", "people");
}
