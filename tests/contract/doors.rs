//! The doors of the server: what a refused request costs at each, and whose place it takes.

use std::collections::BTreeSet;
use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::harness::doors::doors;
use crate::harness::{Answer, Asks, PASSWORD, Plan, Server};

const PAGE: &str = include_str!("../../docs/operating.md");

/// A password that takes long to judge.
const DEAR: &str = "qwErty1qaz2wsx3edc4rfv5tgb6yhn7u";

/// A server that believes what tests say about where they come from.
async fn start() -> Server {
    Plan::new().with_rate_limits().with("--trusted-proxies", "127.0.0.1").start().await
}

/// The address of so many strangers.
fn address(number: u32) -> String {
    format!("10.{}.{}.{}", number >> 16, number >> 8 & 0xff, number & 0xff)
}

async fn posts_from(server: &Server, from: &str, path: &str, body: &Value) -> Answer {
    Answer::to(server.request(Method::POST, path).header("x-forwarded-for", from).json(body)).await
}

fn login(name: &str, password: &str) -> Value {
    json!({"username": name, "password": password})
}

fn registration(number: u32, password: &str) -> Value {
    json!({"username": format!("person {number}"), "email": format!("{number}@example.org"), "password": password})
}

/// So many requests at once. Comes back when the first of them has been turned away, for want of a place or of budget.
async fn flood(server: &Arc<Server>, count: u32, asks: impl Fn(u32) -> (String, &'static str, Value)) -> JoinSet<u16> {
    let mut flood = JoinSet::new();
    for number in 0..count {
        let (from, path, body) = asks(number);
        let request = server.request(Method::POST, path).header("x-forwarded-for", from).json(&body);
        // However long they may have to wait.
        flood.spawn(async move { request.send().await.expect("an answer").status().as_u16() });
    }
    while !matches!(flood.join_next().await.expect("nobody was turned away").expect("an answer"), 429 | 503) {}
    flood
}

/// Strangers from addresses that have never come before log in and register.
async fn flood_from_everywhere(server: &Arc<Server>, round: u32) -> JoinSet<u16> {
    flood(server, 150, |number| {
        let person = round * 1_000 + number;
        let (path, body) = match number % 5 {
            0 => ("/register", registration(person, PASSWORD)),
            1 => ("/login", login("ada", "wrong")),
            _ => ("/login", login(&format!("person {person}"), "wrong")),
        };
        (address(person), path, body)
    })
    .await
}

#[tokio::test]
async fn x01_while_ever_other_addresses_flood_whoever_is_known_or_logged_in_still_gets_in() {
    let server = Arc::new(start().await);
    let (ada, home) = (server.register("ada").await, "192.0.2.1");
    posts_from(&server, home, "/login", &login("ada", PASSWORD)).await.ok();
    for round in 0..2 {
        let strangers = flood_from_everywhere(&server, round).await;
        posts_from(&server, home, "/login", &login("ada", PASSWORD)).await.ok();
        ada.gets("/api/me").await.ok();
        ada.arrives().await.says("I am in.").await;
        strangers.join_all().await;
    }
}

#[tokio::test]
async fn x01_after_a_restart_whoever_comes_back_by_a_session_is_known_there() {
    let server = start().await;
    let ada = server.register("ada").await;
    let server = Arc::new(server.again().await);
    let (ada, home) = (ada.at(&server), "192.0.2.7");
    let path = format!("/ws?token={}", ada.token);
    let opened = crate::harness::Socket::try_open("ada", server.address, &path, &[("x-forwarded-for", home)]).await;
    opened.expect("the session lives").leaves().await;
    let strangers = flood_from_everywhere(&server, 0).await;
    posts_from(&server, home, "/login", &login("ada", PASSWORD)).await.ok();
    strangers.join_all().await;
}

#[tokio::test]
async fn i5_one_address_takes_the_places_of_no_other() {
    let server = Arc::new(start().await);
    server.register("ada").await;
    // One with an account, whose logins all succeed, and one who registers.
    for (from, is_login) in [("192.0.2.1", true), ("192.0.2.2", false)] {
        let one = flood(&server, 100, |number| {
            let (path, body) =
                if is_login { ("/login", login("ada", PASSWORD)) } else { ("/register", registration(number, DEAR)) };
            (from.to_owned(), path, body)
        });
        let one = one.await;
        let mut others = JoinSet::new();
        for number in 0..10 {
            let (server, from) = (server.clone(), address(number + 100 * u32::from(is_login)));
            others.spawn(async move { posts_from(&server, &from, "/login", &login(&from, "wrong")).await });
        }
        for answer in others.join_all().await {
            answer.refused(401, "wrong_credentials");
        }
        one.join_all().await;
    }
}

#[tokio::test]
async fn a_registration_that_is_refused_for_nothing_takes_no_place() {
    let server = Arc::new(start().await);
    let mut refused = JoinSet::new();
    for number in 0..200 {
        let server = server.clone();
        let password = if number % 2 == 0 { "short".to_owned() } else { format!("{number}@example.org") };
        refused.spawn(async move { server.posts("/register", registration(number, &password)).await });
    }
    for answer in refused.join_all().await {
        answer.refused(422, "password_refused");
    }
    server.register("ada").await;
}

#[test]
fn every_door_has_its_row_in_the_table_of_what_a_refusal_costs() {
    let (_, section) = PAGE.split_once("\n## What a refusal costs\n").unwrap();
    let rows = section.lines().skip_while(|line| !line.starts_with("|---")).skip(1);
    let cells = rows.take_while(|line| line.starts_with('|')).map(|line| line.split('|').nth(1).unwrap());
    let named = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>());
    assert_eq!(named.collect::<BTreeSet<_>>(), doors().iter().map(ToString::to_string).collect());
}

#[tokio::test]
async fn no_door_does_dear_work_for_whoever_it_refuses() {
    let server = start().await;
    server.register("ada").await;
    // One address that has used up what it may try: what grows back meanwhile is little.
    for (path, body) in [("/login", login("person", "wrong")), ("/register", registration(0, "password"))] {
        let mut tries = 0;
        while server.posts(path, body.clone()).await.status != 429 {
            tries += 1;
            assert!(tries < 60, "{path} has no limit");
        }
    }
    let hash = {
        let before = server.processor_time();
        for number in 0..40 {
            let name = format!("person {number}");
            posts_from(&server, &address(number), "/login", &login(&name, "wrong"))
                .await
                .refused(401, "wrong_credentials");
        }
        server.processor_time() - before
    };
    for door in doors() {
        let (before, mut limited) = (server.processor_time(), 0);
        for _ in 0..40 {
            let request = server.request(door.method.parse().unwrap(), &door.path_of("1"));
            let request = match door.path.as_str() {
                "/register" => request.json(&registration(0, "password")),
                "/login" => request.json(&login("person", "wrong")),
                _ => request.bearer_auth("x".repeat(43)),
            };
            limited += u32::from(Answer::to(request).await.status == 429);
        }
        let is_limited = matches!(door.path.as_str(), "/register" | "/login");
        assert!(!is_limited || limited > 35, "{door}: {limited} of 40 were refused");
        let cost = server.processor_time() - before;
        assert!(cost * 4 < hash, "{door}: {cost} hundredths of a second for 40 refusals, {hash} for 40 hashes");
    }
}
