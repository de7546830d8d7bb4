//! Whoever loses a power while they use it: what they did before stands, what comes behind is refused, and never both.

use reqwest::Method;
use serde_json::{Value, json};

use super::making_rooms::{follows, invites, makes, removes};
use crate::harness::checker::number;
use crate::harness::{Answer, Asks, Server, User, database};

async fn gets_role(owner: &User, user: u64, role: &str) -> Answer {
    Answer::to(owner.request(Method::PATCH, &format!("/api/users/{user}")).json(&json!({"role": role}))).await
}

async fn moderates(by: &User, room: u64, user: u64, moderator: bool) -> Answer {
    let path = format!("/api/rooms/{room}/members/{user}");
    Answer::to(by.request(Method::PATCH, &path).json(&json!({"moderator": moderator}))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn x81_z4_of_two_admins_who_demote_each_other_at_once_one_stays() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let linus = server.register("linus").await;
    for round in 0..10 {
        let mut admins = Vec::new();
        for user in [&grace, &linus] {
            gets_role(&ada, user.id, "member").await.done();
            gets_role(&ada, user.id, "admin").await.done();
            admins.push(server.logs_in(&user.name).await);
        }
        let (first, second) =
            tokio::join!(gets_role(&admins[0], linus.id, "member"), gets_role(&admins[1], grace.id, "member"));
        let mut statuses = [first.status, second.status];
        statuses.sort_unstable();
        assert_eq!(statuses[0], 204, "round {round}: {statuses:?}");
        assert!(matches!(statuses[1], 401 | 403), "round {round}: {statuses:?}");
        let left = "SELECT count(*) FROM users WHERE role = 'admin'";
        assert_eq!(database::number(&server.database(), left), 1, "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn x81_z4_whoever_is_demoted_moderates_nothing_behind_the_number_of_it() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let linus = server.register("linus").await;
    let room = makes(&ada, json!({"name": "Attic", "kind": "closed", "people": [grace.id, linus.id]})).await;
    let mut hears = follows(&ada, &[room]).await;
    let mut done = [0, 0];
    for round in 0..40 {
        moderates(&ada, room, grace.id, true).await.done();
        let (demoted, removed) = if round % 2 == 0 {
            tokio::join!(moderates(&ada, room, grace.id, false), removes(&grace, room, linus.id))
        } else {
            let (removed, demoted) =
                tokio::join!(removes(&grace, room, linus.id), moderates(&ada, room, grace.id, false));
            (demoted, removed)
        };
        demoted.done();
        let becomes = |user: &User, change: &'static str| {
            let id = user.id;
            move |event: &Value| event["kind"] == "member" && event["id"] == id && event["state"]["change"] == change
        };
        let heard = hears.hears_until_now().await;
        let at =
            |fits: &dyn Fn(&Value) -> bool| heard.iter().find(|event| fits(event)).map(|event| number(event, "seq"));
        let demotion = at(&becomes(&grace, "demoted")).expect("it is told");
        match removed.status {
            204 => {
                let removal = at(&becomes(&linus, "removed")).expect("it is told");
                assert!(removal < demotion, "round {round}: removed at {removal}, demoted at {demotion}");
                invites(&ada, room, &[linus.id]).await.done();
            }
            _ => {
                removed.refused(403, "forbidden");
                assert_eq!(at(&becomes(&linus, "removed")), None, "round {round}");
            }
        }
        done[usize::from(removed.status == 204)] += 1;
    }
    println!("refused and done: {done:?}");
}
