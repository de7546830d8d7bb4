//! `GET /metrics`: how much the server holds, for administrators alone.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::harness::{Asks, Plan, Server, User, database, within};

const PAGE: &str = include_str!("../../docs/operating.md");

type Figures = BTreeMap<String, f64>;

/// What the server holds and what it can hold, by the names of the things.
async fn measure(user: &User) -> (Figures, Figures) {
    let answer = user.gets("/metrics").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    let (mut held, mut max) = (Figures::new(), Figures::new());
    for line in answer.text().lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if line.starts_with("chatterbox_log_lines_lost_total ") {
            continue;
        }
        let (name, rest) = line.split_once("{what=\"").expect(line);
        let (what, figure) = rest.split_once("\"} ").expect(line);
        let figures = match name {
            "chatterbox_held" => &mut held,
            "chatterbox_held_max" => &mut max,
            _ => panic!("{line}"),
        };
        assert!(figures.insert(what.to_owned(), figure.parse().expect(line)).is_none(), "{line}");
    }
    (held, max)
}

#[tokio::test]
async fn x91_only_administrators_see_what_the_server_holds() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    server.gets("/metrics").await.refused(401, "unauthorized");
    for role in ["member", "guest", "bot"] {
        database::meddle(&server.database(), &format!("UPDATE users SET role = '{role}' WHERE id = {}", grace.id));
        grace.gets("/metrics").await.refused(403, "forbidden");
    }
    let shown = ada.gets("/metrics").await.text();
    for secret in ["ada", "grace", "127.0.0.1", &ada.token] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[tokio::test]
async fn a6_whatever_grows_with_what_others_do_is_measured_and_described() {
    let server = Server::start().await;
    let (ada, _) = server.ada_and_grace().await;
    let (held, max) = measure(&ada).await;
    for (what, max) in &max {
        assert!(held[what] <= *max, "{what}: {} of {max}", held[what]);
    }
    let (_, section) = PAGE.split_once("\n## Metrics\n").unwrap();
    let rows = section.lines().skip_while(|line| !line.starts_with("|---")).skip(1);
    let rows = rows.take_while(|line| line.starts_with('|')).map(|line| line.split('`').nth(1).unwrap().to_owned());
    assert_eq!(rows.collect::<BTreeSet<_>>(), held.keys().cloned().collect());
}

#[tokio::test]
async fn a6_what_is_held_is_let_go_of_when_its_users_leave() {
    let server = Plan::new().with_rate_limits().start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let counts = |held: &Figures| ["sockets", "users_with_sockets", "networks_with_sockets"].map(|what| held[what]);
    let (before, _) = measure(&ada).await;
    assert_eq!(counts(&before), [0.0, 0.0, 0.0]);
    let mut sockets = vec![ada.arrives().await, ada.arrives().await, grace.arrives().await];
    sockets[0].does(serde_json::json!({"type": "send", "text": "Hello."})).await;
    let (during, _) = measure(&ada).await;
    assert_eq!(counts(&during), [3.0, 2.0, 1.0]);
    assert_eq!((during["users_online"], during["users_reading_silently"]), (2.0, 2.0));
    assert!(during["connections"] >= 3.0 && during["room_log_bytes"] > 0.0, "{during:?}");
    assert_eq!(during["throttle_commands"], before["throttle_commands"] + 1.0);
    drop(sockets);
    within("nobody is left", async {
        while counts(&measure(&ada).await.0) != [0.0, 0.0, 0.0] {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
}
