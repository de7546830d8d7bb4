//! Names of people of all scripts, and those that deceive: as somebody registers and logs in with them.

use serde_json::json;

use crate::harness::{Answer, Asks, PASSWORD, Server};

async fn registers(server: &Server, name: &str, mailbox: &str) -> Answer {
    let email = format!("{mailbox}@example.org");
    server.posts("/register", json!({"username": name, "email": email, "password": PASSWORD})).await
}

#[tokio::test]
async fn people_of_all_scripts_register_and_log_in_as_they_write_themselves() {
    let server = Server::start().await;
    let names = ["မြို့", "བསྟན་འཛིན", "علی\u{200c}رضا", "ශ්\u{200d}රී", "ada❤\u{fe0f}", "김철수", "O’Brien", "Ада"];
    for (number, name) in names.iter().enumerate() {
        let registered = registers(&server, name, &number.to_string()).await.ok();
        assert_eq!(registered["username"], *name);
        assert_eq!(
            server.posts("/login", json!({"username": name, "password": PASSWORD})).await.ok()["username"],
            *name
        );
    }
}

#[tokio::test]
async fn x09_a_name_with_a_dot_or_a_letter_that_looks_the_same_is_not_another_one() {
    let server = Server::start().await;
    registers(&server, "admin", "0").await.ok();
    registers(&server, "admi\u{307}n", "1").await.refused_field(422, "invalid_field", "username");
    registers(&server, "ad\u{1d159}min", "2").await.refused_field(422, "invalid_field", "username");
    for (number, name) in ["adm\u{131}n", "ADM\u{130}N", "\u{ff41}dmin", "\u{430}\u{501}min"].iter().enumerate() {
        let status = registers(&server, name, &format!("a{number}")).await.status;
        assert!(status == 400 || status == 422, "{name}: {status}");
    }
    assert_eq!(
        server.posts("/login", json!({"username": "ADMIN", "password": PASSWORD})).await.ok()["username"],
        "admin"
    );
}

#[tokio::test]
async fn a_name_with_a_dotless_i_is_found_in_capitals_and_small() {
    let server = Server::start().await;
    registers(&server, "Işıl", "0").await.ok();
    for typed in ["Işıl", "IŞIL", "ışıl", "işil"] {
        assert_eq!(
            server.posts("/login", json!({"username": typed, "password": PASSWORD})).await.ok()["username"],
            "Işıl"
        );
    }
    registers(&server, "IŞIL", "1").await.refused(400, "username_taken");
}

#[tokio::test]
async fn x32_a_message_of_what_nobody_can_see_has_nothing_to_read() {
    let server = Server::start().await;
    let mut socket = server.register("ada").await.arrives().await;
    // Two: a third mistake may be one too many for a connection.
    for text in ["\u{1d159}", " \u{2800}\u{fe0f}\u{16fe4}"] {
        socket.is_denied(json!({"type": "send", "text": text}), "invalid_field").await;
    }
    for text in ["❤\u{fe0f}", "ශ්\u{200d}රී", "\u{301}"] {
        socket.says(text).await;
    }
}
