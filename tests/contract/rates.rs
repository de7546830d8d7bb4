//! Rates, which every other test turns off: what happens too often waits, and nobody else has to.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use tokio::task::JoinSet;

use crate::harness::raw::frame;
use crate::harness::{Answer, Asks, PASSWORD, Plan, Server, Socket, database};

async fn fails_to_log_in(server: &Server, name: &str) {
    server.posts("/login", json!({"username": name, "password": "wrong"})).await.refused(401, "wrong_credentials");
}

async fn must_wait(server: &Server, name: &str, password: &str) -> u64 {
    let answer = server.posts("/login", json!({"username": name, "password": password})).await;
    answer.refused(429, "rate_limited")["retry_after"].as_u64().unwrap()
}

#[tokio::test]
async fn x01_after_five_failures_a_login_has_to_wait_whether_the_account_exists_or_not() {
    let server = Plan::new().with_rate_limits().start().await;
    let (_ada, grace) = server.ada_and_grace().await;
    for name in ["ada", "nobody"] {
        for _ in 0..5 {
            fails_to_log_in(&server, name).await;
        }
        for typed in [name.to_owned(), name.to_uppercase()] {
            let wait = must_wait(&server, &typed, PASSWORD).await;
            assert!((1..=30).contains(&wait), "{wait} s for {typed}");
        }
    }
    server.logs_in("grace").await;
    grace.gets("/api/me").await.ok();
}

#[tokio::test]
async fn x01_a_success_forgives_what_went_wrong_before() {
    let server = Plan::new().with_rate_limits().start().await;
    server.register("ada").await;
    for _ in 0..3 {
        for _ in 0..4 {
            fails_to_log_in(&server, "ada").await;
        }
        server.logs_in("ada").await;
    }
}

#[tokio::test]
async fn x01_x02_one_password_on_many_accounts_has_to_wait_and_forwarded_headers_do_not_help() {
    let server = Plan::new().with_rate_limits().start().await;
    let mut answers = Vec::new();
    for number in 0..31 {
        let request = server.request(Method::POST, "/login");
        let request =
            request.header("x-forwarded-for", format!("198.51.100.{number}")).header("x-real-ip", "192.0.2.1");
        let body = json!({"username": format!("user {number}"), "password": "summer 2026"});
        answers.push(Answer::to(request.json(&body)).await.status);
    }
    assert!(answers[..30].iter().all(|status| *status == 401), "{answers:?}");
    // On a slow machine one guess may have grown back by now.
    if answers[30] != 429 {
        assert_eq!(answers[30], 401);
        must_wait(&server, "user 31", "summer 2026").await;
    }
}

#[tokio::test]
async fn registrations_from_one_address_have_a_budget() {
    let server = Plan::new().with_rate_limits().start().await;
    let registers = async |number: u32| {
        let (name, email) = (format!("person {number}"), format!("{number}@example.org"));
        server.posts("/register", json!({"username": name, "email": email, "password": PASSWORD})).await
    };
    for number in 0..30 {
        registers(number).await.ok();
    }
    let wait = registers(30).await.refused(429, "rate_limited")["retry_after"].as_u64().unwrap();
    assert!((1..=60).contains(&wait), "{wait} s");
}

#[tokio::test]
async fn x75_commands_have_a_budget_over_all_sockets_of_a_user_and_it_grows_back() {
    let server = Plan::new().with_rate_limits().start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let (mut tab, mut phone, mut other) = (ada.arrives().await, ada.arrives().await, grace.arrives().await);
    for number in 0..15 {
        for socket in [&mut tab, &mut phone] {
            socket.say(json!({"type": "send", "text": "Spam!", "ref": number})).await;
        }
    }
    let mut refused = 0;
    for socket in [&mut tab, &mut phone] {
        for number in 0..15 {
            let answer = socket.hears_where("an answer", |event| event["ref"] == number).await;
            if answer["type"] == "error" {
                assert_eq!(answer["code"], "rate_limited");
                assert!(answer["retry_after"].as_u64().is_some_and(|wait| wait >= 1), "{answer}");
                refused += 1;
            }
        }
    }
    assert!((1..=10).contains(&refused), "{refused} of 30 were refused");
    other.says("I may.").await;
    // What is told to wait for is enough: this one does as it is told.
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    tab.does(json!({"type": "send", "text": "Sorry."})).await;
    let spam = ada.reads_texts().await.iter().filter(|text| *text == "Spam!").count();
    assert_eq!(spam, 30 - refused);
}

#[tokio::test]
async fn x75_whoever_goes_on_regardless_is_cut_off_with_4029_and_nobody_else() {
    let server = Plan::new().with_rate_limits().start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let mut other = grace.arrives().await;
    let mut flood = ada.arrives().await;
    for _ in 0..400 {
        if !flood.try_say(&json!({"type": "send", "text": "Spam!"})).await {
            break;
        }
    }
    assert_eq!(flood.is_closed().await.0, 4029);
    let refusals = flood.unasked().iter().filter(|event| event["code"] == "rate_limited").count();
    assert!(refusals > 100, "{refusals}");
    other.says("Quiet again.").await;
    let stored = grace.reads_texts().await.len();
    assert!((20..60).contains(&stored), "{stored} of 400 were stored");
}

#[tokio::test]
async fn x75_a_flood_of_slips_is_a_flood() {
    let server = Plan::new().with_rate_limits().start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let mut other = grace.arrives().await;
    let mut flood = ada.arrives().await;
    for _ in 0..400 {
        if !flood.try_say(&json!({"type": "send", "text": " "})).await {
            break;
        }
    }
    assert_eq!(flood.is_closed().await.0, 4029);
    let codes: Vec<_> = flood.unasked().iter().map(|event| event["code"].clone()).collect();
    let slips = codes.iter().filter(|code| **code == "invalid_field").count();
    assert!((20..60).contains(&slips), "{slips} of 400 were looked at");
    assert!(codes.iter().filter(|code| **code == "rate_limited").count() > 100, "{codes:?}");
    other.says("Quiet again.").await;
}

#[tokio::test]
async fn reading_marks_have_a_budget_of_their_own() {
    let server = Plan::new().with_rate_limits().start().await;
    let mut ada = server.register("ada").await.arrives().await;
    for number in 0..50 {
        ada.say(json!({"type": "read", "up_to": 1, "ref": number})).await;
        assert_eq!(ada.hears("ok").await["ref"], number);
    }
    ada.says("I may still talk.").await;
}

#[tokio::test]
async fn a2_one_user_may_hold_twenty_sockets() {
    let server = Plan::new().with_rate_limits().start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let mut sockets = Vec::new();
    for _ in 0..20 {
        sockets.push(ada.connects().await);
    }
    let path = format!("/ws?token={}", ada.token);
    assert!(Socket::try_open("ada", server.address, &path, &[]).await.is_none(), "the 21st");
    grace.arrives().await.says("There is room for me.").await;
    sockets.pop().unwrap().leaves().await;
    // The place is free once the server has taken note of the goodbye, a moment after having said its own.
    let begin = std::time::Instant::now();
    while Socket::try_open("ada", server.address, &path, &[]).await.is_none() {
        assert!(begin.elapsed() < crate::harness::PATIENCE, "the place is not given back");
    }
}

#[tokio::test]
async fn x02_behind_a_trusted_proxy_everybody_has_a_budget_of_their_own_however_their_address_is_written() {
    let server = Plan::new().with_rate_limits().with("--trusted-proxies", "::ffff:127.0.0.0/104").start().await;
    let guesses = async |addresses: &[&str], count: usize| {
        let mut last = 0;
        for number in 0..count {
            let request = server.request(reqwest::Method::POST, "/login");
            let request = request.header("x-forwarded-for", addresses[number % addresses.len()]);
            let body = json!({"username": format!("user {number} {}", addresses[0]), "password": "summer 2026"});
            last = crate::harness::Answer::to(request.json(&body)).await.status;
        }
        last
    };
    // More than one network may guess, as one and the same, whatever its proxy writes behind the address.
    let same = ["198.51.100.7:50123", "198.51.100.7", "6.6.6.6, 198.51.100.7:1", "[::ffff:198.51.100.7]:443"];
    assert_eq!(guesses(&same, 40).await, 429);
    for other in ["198.51.100.8:50123", "[2001:db8::1]:443", "[2001:db8:0:1::1]:443", "203.0.113.9"] {
        assert_eq!(guesses(&[other], 1).await, 401, "{other}");
    }
}

#[tokio::test]
async fn x75_who_floods_with_pings_or_pongs_is_told_and_then_cut_off_with_4029_and_nobody_else() {
    let server = Plan::new().with_rate_limits().start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let mut other = grace.arrives().await;
    for (opcode, answered) in [(0x89, 10), (0x8a, 0)] {
        let mut wire = ada.wire().await;
        wire.send(&frame(opcode, b"x").repeat(10)).await;
        for _ in 0..answered {
            assert_eq!(wire.answer().await.unwrap().first, 0x8a);
        }
        wire.send(&frame(opcode, b"x").repeat(5_000)).await;
        let (mut pongs, mut errors) = (0, Vec::new());
        let close = loop {
            let next = wire.answer().await.expect("a goodbye");
            match next.first {
                0x8a => pongs += 1,
                0x88 => break next.payload,
                _ => errors.push(next.event()),
            }
        };
        assert_eq!(close[..2], 4029_u16.to_be_bytes());
        assert!(errors.len() == 1 && errors[0]["code"] == "rate_limited", "{errors:?}");
        assert_eq!(errors[0]["retry_after"], 1);
        assert!(pongs < 100, "{pongs} pongs");
    }
    other.says("I am heard.").await;
    ada.arrives().await.says("So am I, if I behave.").await;
}

#[tokio::test]
async fn a7_one_write_a_second_serves_everybody_who_asks_whether_the_server_is_ready() {
    let server = Plan::new().with_rate_limits().start().await;
    let writes = || database::number(&server.database(), "SELECT count FROM probe");
    let (before, begin) = (writes(), std::time::Instant::now());
    for _ in 0..10 {
        let all: JoinSet<Answer> = (0..40).map(|_| Answer::to(server.request(Method::GET, "/readyz"))).collect();
        assert!(all.join_all().await.iter().all(|answer| answer.status == 200));
    }
    let (made, seconds) = (writes() - before, begin.elapsed().as_secs());
    assert!((1..=2 + i64::try_from(seconds).unwrap()).contains(&made), "{made} writes in {seconds} s");
}

#[tokio::test]
async fn what_strangers_cause_in_the_log_is_told_a_few_times_and_then_counted() {
    let mut server = Server::start().await;
    let begin = std::time::Instant::now();
    let registers = |number: u32| {
        let (name, email) = (format!("person {number}"), format!("{number}@example.org"));
        Answer::to(
            server
                .request(Method::POST, "/register")
                .json(&json!({"username": name, "email": email, "password": PASSWORD})),
        )
    };
    for number in 0..60 {
        registers(number).await.ok();
    }
    let seconds = begin.elapsed().as_secs() as usize;
    let log = server.stop().await;
    let told = log.lines().filter(|line| line.contains("\"registered\"")).count();
    assert!((30..=31 + seconds).contains(&told), "{told} lines of 60 in {seconds} s: {log}");
}
