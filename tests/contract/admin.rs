//! `chatterbox admin`: what whoever holds the data may do with accounts, beside a running server and without one.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Output, Stdio};

use serde_json::json;

use super::making_rooms::{changes, follows, leaves, makes, rooms_of};
use crate::harness::server::bare_command;
use crate::harness::{Answer, Asks, PASSWORD, Plan, Server, database};

/// Runs the command with this on standard input.
fn told(data: &Path, words: &[&str], typed: &str) -> Output {
    let mut command = bare_command(&[]);
    command.arg("admin").args(words).arg("--data").arg(data).stdin(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(typed.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

/// What it prints on standard output.
fn does(data: &Path, words: &[&str], typed: &str) -> String {
    let output = told(data, words, typed);
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What it says on standard error if it refuses. It prints nothing then.
fn fails(data: &Path, words: &[&str], typed: &str) -> String {
    let output = told(data, words, typed);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{words:?}: {said}");
    said
}

async fn logs_in(server: &Server, name: &str, password: &str) -> Answer {
    server.posts("/login", json!({"username": name, "password": password})).await
}

fn role(server: &Server, name: &str) -> String {
    database::text(&server.database(), &format!("SELECT role FROM users WHERE username = '{name}'"))
}

fn is_made(password: &str) {
    assert_eq!(password.len(), 23, "four groups of five letters: {password}");
    assert!(password.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'8' | b'-')), "{password}");
}

#[tokio::test]
async fn z3_a_password_made_beside_a_running_server_turns_out_whoever_was_in_and_nobody_else() {
    let mut server = Plan::new().talkative().start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let (mut of_ada, mut of_grace) = (ada.arrives().await, grace.arrives().await);
    let printed = does(server.data(), &["password", "Ada@example.org"], "");
    let made = printed.trim_end();
    is_made(made);
    // Whoever is turned out hears nothing that comes after it, and not only once somebody looks.
    of_grace.says("I am still here.").await;
    assert_eq!(of_ada.is_closed().await.0, 4001);
    assert_eq!(of_ada.unasked(), Vec::<serde_json::Value>::new());
    ada.gets("/api/me").await.refused(401, "unauthorized");
    logs_in(&server, "ada", PASSWORD).await.refused(401, "wrong_credentials");
    logs_in(&server, "ada", made).await.ok();
    let again = does(server.data(), &["password", "ada"], "");
    assert_ne!(printed, again);
    logs_in(&server, "ada", made).await.refused(401, "wrong_credentials");
    let log = server.stop().await;
    assert!(log.contains("an account was changed"), "{log}");
    for made in [made, again.trim_end()] {
        assert!(!log.contains(made) && !database::holds(server.data(), made.as_bytes()), "the password is kept");
    }
}

#[tokio::test]
async fn a_password_from_standard_input_is_judged_and_in_force_when_the_server_starts() {
    let mut server = Server::start().await;
    let ada = server.register("ada").await;
    server.stop().await;
    for (typed, reason) in [
        ("short\n", "8 characters"),
        ("", "8 characters"),
        ("iloveyou\n", "guessed first"),
        (&format!("{}\n", "x".repeat(1_025)), "1024 bytes"),
    ] {
        let said = fails(server.data(), &["password", "ada", "--stdin"], typed);
        assert!(said.contains(reason), "{typed}: {said}");
    }
    let printed = does(server.data(), &["password", " ada", "--stdin"], "twelve busy otters\r\nand more\n");
    assert_eq!(printed, "");
    let server = server.again().await;
    ada.at(&server).gets("/api/me").await.refused(401, "unauthorized");
    logs_in(&server, "ada", PASSWORD).await.refused(401, "wrong_credentials");
    logs_in(&server, "ada", "twelve busy otters").await.ok();
}

#[tokio::test]
async fn z6_roles_are_given_and_taken_at_once_and_the_last_owner_stays_one() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let mut of_grace = grace.arrives().await;
    let administers = async |name: &str| server.logs_in(name).await.gets("/metrics").await.status == 200;
    assert!(!administers("grace").await);
    does(server.data(), &["role", "grace", "admin"], "");
    // Rights change with the session (Z8).
    assert_eq!(of_grace.is_closed().await.0, 4001);
    assert!(administers("grace").await);
    let mut of_ada = ada.arrives().await;
    for words in [&["role", "ada", "admin"][..], &["role", "ada", "member"], &["deactivate", "ada"]] {
        let said = fails(server.data(), words, "");
        assert!(said.contains("last owner"), "{said}");
    }
    does(server.data(), &["role", "ada", "owner"], "");
    of_ada.says("Nothing has happened.").await;
    does(server.data(), &["role", "grace", "owner"], "");
    does(server.data(), &["role", "ada", "member"], "");
    assert_eq!((role(&server, "ada"), role(&server, "grace")), ("member".to_owned(), "owner".to_owned()));
    assert_eq!(of_ada.is_closed().await.0, 4001);
    assert!(!administers("ada").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn z6_of_two_owners_who_are_turned_out_at_once_one_stays() {
    let server = Server::start().await;
    server.ada_and_grace().await;
    for round in 0..10 {
        for name in ["ada", "grace"] {
            does(server.data(), &["reactivate", name], "");
            does(server.data(), &["role", name, "owner"], "");
        }
        let turns_out = |words: [&'static str; 3], count: usize| {
            let data = server.data().to_owned();
            tokio::task::spawn_blocking(move || told(&data, &words[..count], "").status.success())
        };
        let first = turns_out(["deactivate", "ada", ""], 2);
        let second = turns_out(["role", "grace", "member"], 3);
        let done = [first.await.unwrap(), second.await.unwrap()];
        assert_eq!(done.iter().filter(|done| **done).count(), 1, "round {round}: {done:?}");
        let owners = "SELECT count(*) FROM users WHERE role = 'owner' AND active = 1";
        assert_eq!(database::number(&server.database(), owners), 1);
    }
}

#[tokio::test]
async fn p7_whoever_is_deactivated_is_out_at_once_and_in_again_when_that_is_taken_back() {
    let server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let (mut of_ada, mut of_grace) = (ada.arrives().await, grace.arrives().await);
    let kept = of_grace.says("Kept.").await;
    does(server.data(), &["deactivate", "grace"], "");
    assert_eq!(of_grace.is_closed().await.0, 4001);
    grace.gets("/api/me").await.refused(401, "unauthorized");
    let refused = logs_in(&server, "grace", PASSWORD).await;
    assert_eq!(refused.text(), logs_in(&server, "nobody", PASSWORD).await.text());
    of_ada.hears_message("Kept.").await;
    assert_eq!(ada.reads_all().await[0]["id"], kept["id"]);
    let again = json!({"username": "grace", "email": "other@example.org", "password": PASSWORD});
    server.posts("/register", again).await.refused(400, "username_taken");
    does(server.data(), &["reactivate", "grace@example.org"], "");
    grace.gets("/api/me").await.refused(401, "unauthorized");
    server.logs_in("grace").await.arrives().await.says("Back.").await;
}

#[tokio::test]
async fn what_cannot_be_done_is_told_and_leaves_nothing_behind() {
    let mut server = Server::start().await;
    server.register("ada").await;
    let said = fails(server.data(), &["deactivate", "grace"], "");
    assert!(said.contains("nobody has this name"), "{said}");
    let nowhere = server.data().join("nowhere");
    let said = fails(&nowhere, &["password", "ada"], "");
    assert!(said.contains("no database") && said.contains("--data"), "{said}");
    assert!(!nowhere.exists());
    // A password is no word of the command line, which everybody on the machine may read.
    assert_eq!(told(server.data(), &["password", "ada", "seven busy otters"], "").status.code(), Some(2));
    assert_eq!(told(server.data(), &["role", "ada", "bot"], "").status.code(), Some(2));

    let socket = server.data().join("chatterbox.sock");
    assert_eq!(socket.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    std::fs::remove_file(&socket).unwrap();
    let said = fails(server.data(), &["password", "ada"], "");
    assert!(said.contains(&format!("process {}", server.id())) && said.contains("could not be asked"), "{said}");
    logs_in(&server, "ada", PASSWORD).await.ok();
    server.kill();
    does(server.data(), &["role", "ada", "owner"], "");
}

#[tokio::test]
async fn a_killed_server_leaves_nothing_in_the_way_of_the_next_one() {
    let mut server = Server::start().await;
    server.register("ada").await;
    server.kill();
    assert!(server.data().join("chatterbox.sock").exists(), "it had no time to tidy up");
    does(server.data(), &["role", "ada", "owner"], "");
    let mut server = server.again().await;
    does(server.data(), &["role", "ada", "owner"], "");
    server.stop().await;
    assert!(!server.data().join("chatterbox.sock").exists());
}

#[tokio::test]
async fn a_closed_room_that_everybody_left_is_opened_by_whoever_holds_the_data_and_by_nobody_else() {
    let mut server = Server::start().await;
    let (ada, grace) = server.ada_and_grace().await;
    let left = makes(&grace, json!({"name": "Attic", "kind": "closed"})).await;
    let kept = makes(&grace, json!({"name": "Cellar", "kind": "closed"})).await;
    let open = makes(&grace, json!({"name": "Garden"})).await;
    let mut says = follows(&grace, &[]).await;
    says.does(json!({"type": "send", "room": left, "text": "Before."})).await;
    for room in [left, open] {
        leaves(&grace, room).await.done();
    }
    for user in [&ada, &grace] {
        changes(user, left, json!({"archived": false})).await.refused(404, "not_found");
    }
    assert_eq!(does(server.data(), &["room", "list"], ""), format!("{left}\tAttic\n"));
    for room in [kept, open, 1, 99] {
        let said = fails(server.data(), &["room", "open", &room.to_string(), "ada"], "");
        assert!(said.contains(if room == 99 { "no such room" } else { "everybody has left" }), "{room}: {said}");
    }
    does(server.data(), &["room", "open", &left.to_string(), "Ada@example.org"], "");
    let rooms = rooms_of(&ada).await;
    assert_eq!(
        (&rooms[1]["id"], &rooms[1]["moderator"], &rooms[1]["archived"]),
        (&json!(left), &json!(true), &json!(null))
    );
    let past = ada.gets(&format!("/api/rooms/{left}/messages")).await.ok();
    assert_eq!(past["messages"][0]["text"], "Before.");
    grace.gets(&format!("/api/rooms/{left}/messages")).await.refused(404, "not_found");
    fails(server.data(), &["room", "open", &left.to_string(), "grace"], "");
    // Without a server it is the same.
    leaves(&ada, left).await.done();
    let log = server.stop().await;
    assert!(log.contains("a room was opened"), "{log}");
    assert_eq!(does(server.data(), &["room", "list"], ""), format!("{left}\tAttic\n"));
    does(server.data(), &["room", "open", &left.to_string(), "grace"], "");
    assert_eq!(does(server.data(), &["room", "list"], ""), "");
    let server = server.again().await;
    let has: Vec<_> = rooms_of(&grace.at(&server)).await.iter().map(|room| room["id"].clone()).collect();
    assert!(has.contains(&json!(left)), "{has:?}");
}

#[tokio::test]
async fn who_may_register_is_said_by_whoever_holds_the_data_beside_a_running_server_and_without_one() {
    let mut server = Server::start().await;
    let ada = server.register("ada").await;
    let mut hears = follows(&ada, &[]).await;
    let comes = async |server: &Server, name: &str| {
        let body = json!({"username": name, "email": format!("{name}@example.org"), "password": PASSWORD});
        server.posts("/register", body).await
    };
    let says = |server: &Server, to: &str| does(server.data(), &["place", "--registration", to], "");
    assert_eq!(says(&server, "closed"), "Nobody can register any more at ChatterBox.\n");
    let heard = hears.hears_where("the place", |event| event["kind"] == "place").await;
    assert_eq!(heard["state"]["registration"], "closed");
    comes(&server, "grace").await.refused(403, "registration_closed");
    assert_eq!(says(&server, "invite"), "Whoever has an invitation can register at ChatterBox.\n");
    comes(&server, "grace").await.refused(403, "registration_closed");
    server.stop().await;
    assert_eq!(says(&server, "open"), "Whoever opens it can register at ChatterBox.\n");
    let server = server.again().await;
    comes(&server, "grace").await.ok();
    let strange = fails(server.data(), &["place", "--registration", "nobody"], "");
    assert!(strange.contains("expected `open` or `invite` or `closed`"), "{strange}");
}
