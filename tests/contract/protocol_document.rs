//! `docs/protocol.md`, executed: each line of its ```chat blocks against a real server, in the order of the page.
//!
//! A number from 10¹² is a variable, which is bound where it first stands; times match times, the epoch any epoch, and
//! `seen_up_to` any number. `seen` events that the page does not tell, and `users` events that tell nothing new, pass.

use std::collections::HashMap;

use chatterbox_protocol::errors::ErrorCode;
use serde_json::Value;

use crate::harness::{Server, Socket, User, is_time};

const PAGE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/protocol.md"));

/// Everything below is an id, everything from here on a variable.
const VARIABLES_FROM: u64 = 1_000_000_000_000;

/// The lines of the page's conversations.
fn lines() -> Vec<&'static str> {
    let blocks = PAGE.split("```chat\n").skip(1).map(|rest| rest.split("```").next().expect("a block ends"));
    blocks.flat_map(str::lines).filter(|line| !line.is_empty()).collect()
}

#[derive(Default)]
struct Conversation {
    people: HashMap<String, User>,
    sockets: HashMap<String, Socket>,
    variables: HashMap<u64, u64>,
    /// What each was last told of who is online.
    online: HashMap<String, Value>,
}

impl Conversation {
    async fn plays(&mut self, line: &str) {
        if let Some((name, json)) = line.split_once("> ") {
            let mut command: Value = serde_json::from_str(json).unwrap_or_else(|_| panic!("no JSON: {line}"));
            self.put_in(&mut command);
            self.socket(name).say(command).await;
        } else if let Some((name, json)) = line.split_once("< ") {
            let expected: Value = serde_json::from_str(json).unwrap_or_else(|_| panic!("no JSON: {line}"));
            self.hears(name, &expected, line).await;
        } else if let Some(name) = line.strip_suffix(" connects with hello") {
            let socket = self.person(name).connects_for_more().await;
            self.sockets.insert(name.to_owned(), socket);
        } else if let Some(name) = line.strip_suffix(" leaves") {
            let socket = self.sockets.remove(name).unwrap_or_else(|| panic!("{name} is not connected"));
            socket.leaves().await;
        } else if let Some(name) = line.strip_suffix(" connects") {
            let socket = self.person(name).connects().await;
            self.sockets.insert(name.to_owned(), socket);
        } else {
            panic!("what does this line mean? {line}");
        }
    }

    fn person(&self, name: &str) -> &User {
        self.people.get(name).unwrap_or_else(|| panic!("who is {name}?"))
    }

    fn socket(&mut self, name: &str) -> &mut Socket {
        self.sockets.get_mut(name).unwrap_or_else(|| panic!("{name} is not connected"))
    }

    /// Puts the values of this run in the place of the page's.
    fn put_in(&self, command: &mut Value) {
        match command {
            Value::Object(fields) => fields.values_mut().for_each(|value| self.put_in(value)),
            Value::Array(values) => values.iter_mut().for_each(|value| self.put_in(value)),
            Value::Number(number) => {
                if let Some(bound) = number.as_u64().and_then(|number| self.variables.get(&number)) {
                    *command = (*bound).into();
                }
            }
            _ => {}
        }
    }

    async fn hears(&mut self, name: &str, expected: &Value, line: &str) {
        loop {
            let event = self.socket(name).next().await.unwrap_or_else(|| panic!("{name} was cut off before: {line}"));
            let before = match event["type"].as_str() {
                Some("users") => self.online.insert(name.to_owned(), event["users"].clone()),
                _ => None,
            };
            if self.matches(expected, &event, "") {
                return;
            }
            let tells_nothing_new = event["type"] == "users" && before.as_ref() == Some(&event["users"]);
            assert!(
                event["type"] == "seen" || tells_nothing_new,
                "the page says\n  {line}\nand {name} heard\n  {event}"
            );
        }
    }

    fn matches(&mut self, expected: &Value, found: &Value, field: &str) -> bool {
        match (expected, found) {
            _ if field == "epoch" => found.is_string(),
            _ if field == "seen_up_to" => found.is_u64(),
            (Value::Number(expected), Value::Number(found)) => match (expected.as_u64(), found.as_u64()) {
                (Some(variable), Some(found)) if variable >= VARIABLES_FROM => self.is_bound_to(variable, found),
                (expected, found) => expected == found,
            },
            (Value::String(_), Value::String(_)) if is_time(expected) => is_time(found),
            (Value::Array(expected), Value::Array(found)) => {
                expected.len() == found.len() && expected.iter().zip(found).all(|(e, f)| self.matches(e, f, ""))
            }
            (Value::Object(expected), Value::Object(found)) => {
                expected.len() == found.len()
                    && expected
                        .iter()
                        .all(|(name, value)| found.get(name).is_some_and(|found| self.matches(value, found, name)))
            }
            (expected, found) => expected == found,
        }
    }

    fn is_bound_to(&mut self, variable: u64, value: u64) -> bool {
        let is_elsewhere = self.variables.iter().any(|(other, bound)| *other != variable && *bound == value);
        value >= VARIABLES_FROM && !is_elsewhere && *self.variables.entry(variable).or_insert(value) == value
    }
}

#[tokio::test]
async fn every_conversation_of_the_page_takes_place_as_it_stands_there() {
    let server = Server::start().await;
    let mut conversation = Conversation::default();
    for name in ["ada", "grace", "linus"] {
        conversation.people.insert(name.to_owned(), server.register(name).await);
    }
    let lines = lines();
    assert!(lines.len() > 20, "where have the conversations gone?");
    for line in &lines {
        conversation.plays(line).await;
    }
    // Nobody was told anything that the page keeps quiet about.
    let Conversation { mut sockets, online, .. } = conversation;
    for (name, socket) in &mut sockets {
        let more = socket.hears_until_now().await;
        assert_eq!(more, Vec::<Value>::new(), "{name} heard more than the page tells, with {online:?} online");
    }
}

#[test]
fn every_command_event_and_error_code_is_on_the_page() {
    let declared = chatterbox_protocol::typescript::declarations();
    let kinds = |of: &str| -> Vec<String> {
        let union = declared.split(&format!("type {of} = ")).nth(1).expect("it is declared");
        let union = union.split(";\n").next().expect("it ends");
        union.split("\"type\": \"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
    };
    let (commands, events) = (kinds("Command"), kinds("Event"));
    assert!(commands.len() >= 5 && events.len() >= 9, "{commands:?} {events:?}");
    for (arrow, kinds) in [("> ", commands), ("< ", events)] {
        for kind in kinds {
            let is_shown = lines().iter().any(|line| line.contains(&format!("{arrow}{{\"type\":\"{kind}\"")));
            assert!(is_shown, "no example shows `{kind}`");
        }
    }
    let section = PAGE.split("## Error codes").nth(1).expect("there is a section on them");
    for code in ErrorCode::ALL {
        let row = section.lines().find(|line| line.starts_with('|') && line.contains(&format!("`{}`", code.as_str())));
        let row = row.unwrap_or_else(|| panic!("`{}` is not in the table", code.as_str()));
        assert!(row.contains(&format!("| {} |", code.status())), "{row} has another status than {}", code.status());
    }
}

#[test]
fn every_call_and_close_code_is_on_the_page() {
    for call in [
        "POST /register",
        "POST /login",
        "POST /logout",
        "GET /users",
        "PATCH /api/users/{id}",
        "DELETE /api/users/{id}",
        "GET /api/me",
        "DELETE /api/me",
        "PATCH /api/me",
        "PUT /api/me/availability",
        "POST /api/me/password",
        "PUT /api/me/order",
        "GET /api/sessions",
        "DELETE /api/sessions/{id}",
        "GET /api/rooms/{room}/messages",
        "GET /api/rooms?search=TEXT&after=ID&limit=N",
        "POST /api/rooms",
        "PATCH /api/rooms/{id}",
        "GET /api/rooms/{id}/members?after=ID&limit=N",
        "POST /api/rooms/{id}/members",
        "PUT /api/rooms/{id}/members/me",
        "DELETE /api/rooms/{id}/members/me",
        "PATCH /api/rooms/{id}/members/{user}",
        "DELETE /api/rooms/{id}/members/{user}",
        "POST /api/direct",
        "DELETE /api/direct/{id}",
        "GET /metrics",
        "GET /healthz",
        "GET /readyz",
        "GET /ws?token=TOKEN",
    ] {
        assert!(PAGE.contains(&format!("`{call}")), "{call}");
    }
    for code in ["1002", "1003", "1007", "1008", "1009", "1012", "4001", "4008", "4029"] {
        assert!(PAGE.lines().any(|line| line.starts_with("| ") && line.contains(code)), "{code}");
    }
}
