//! What people do for themselves alone: their own devices hear of it, and nobody else, not even whoever shares a room with them
//! or is what it is about. Whoever adds such a feature adds a line to [`FEATURES`].

use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use super::canaries::{CANARY, Doing, Outsider, is_clean};
use super::guests::becomes_guest;
use super::making_rooms::{follows, makes};
use crate::harness::{Answer, Asks, Server, Socket, User};

/// Somebody, and the room and the person that it is about.
struct Alone<'a> {
    user: &'a User,
    about: &'a User,
    room: u64,
    /// A socket of theirs.
    says: Socket,
}

impl Alone<'_> {
    async fn asks(&self, method: Method, path: &str) {
        Answer::to(self.user.request(method, path)).await.done();
    }
}

/// What somebody does: its name, the kind of what their other devices hear of it, and doing it.
type Feature = (&'static str, Option<&'static str>, for<'a> fn(&'a mut Alone<'_>) -> Doing<'a>);

const FEATURES: &[Feature] = &[
    ("puts rooms in an order", Some("order"), |alone| {
        Box::pin(async move {
            let order = json!({"pinned": [alone.room], "folded": [format!("{CANARY}-{}", alone.about.name)]});
            Answer::to(alone.user.request(Method::PUT, "/api/me/order").json(&order)).await.done();
        })
    }),
    ("mutes somebody", Some("mute"), |alone| {
        Box::pin(async move { alone.asks(Method::PUT, &format!("/api/me/muted/{}", alone.about.id)).await })
    }),
    ("mutes them no longer", Some("mute"), |alone| {
        Box::pin(async move { alone.asks(Method::DELETE, &format!("/api/me/muted/{}", alone.about.id)).await })
    }),
    ("watches how somebody is there", None, |alone| {
        Box::pin(async move {
            alone.says.does(json!({"type": "watch", "people": [alone.about.id]})).await;
            alone.says.hears_where("how they are there", |event| event["type"] == "people").await;
        })
    }),
];

#[tokio::test]
async fn p2_what_somebody_does_for_themselves_alone_is_heard_by_their_own_devices_and_by_nobody_else() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let (linus, guest) = (server.register("linus").await, server.register("guest").await);
    let room = makes(&ada, json!({"name": "Attic", "kind": "closed", "people": [grace.id, guest.id]})).await;
    let guest = becomes_guest(&server, &ada, &guest).await;
    let mut device = follows(&grace, &[]).await;
    for about in [&ada, &linus, &guest] {
        let mut alone = Alone { user: &grace, about, room, says: follows(&grace, &[room]).await };
        let mut others = Vec::new();
        for (who, user) in [("the owner, who is in the room", &ada), ("a member", &linus), ("a guest", &guest)] {
            others.push(Outsider::new(who, user, &[room]).await);
        }
        // Who is there is told once a second at the most, and it stays like that.
        tokio::time::sleep(Duration::from_millis(2_500)).await;
        for other in &mut others {
            other.hears().await;
        }
        for (name, kind, does) in FEATURES {
            does(&mut alone).await;
            if let Some(kind) = kind {
                device.hears_where(name, |event| event["kind"] == *kind).await;
            }
            for other in &mut others {
                let heard = other.hears().await;
                assert_eq!(heard, "", "{}: {name}", other.who);
            }
        }
        for other in &others {
            is_clean(&other.looks(&[room]).await, CANARY, other.who);
        }
    }
}
