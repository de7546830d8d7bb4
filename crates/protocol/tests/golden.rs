//! The wire as it is: each file of `golden/` has one thing that travels, in its least form and with all that it may hold, byte
//! for byte. The pages' tests read the same files (`web/src/lib/protocol/golden.test.ts`).

#![expect(clippy::unwrap_used, reason = "In a test's helpers a panic is a failed test, too.")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use chatterbox_protocol::availability::Availability;
use chatterbox_protocol::commands::{Called, encode};
use chatterbox_protocol::errors::Problem;
use chatterbox_protocol::events::{Event, Me};
use chatterbox_protocol::messages::MessagePage;
use chatterbox_protocol::order::Order;
use chatterbox_protocol::profiles::OwnChanges;
use chatterbox_protocol::sessions::Session;
use chatterbox_protocol::users::{LoggedIn, Login, Registered, Registration, User, UserPatch};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

fn folder(kind: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden").join(kind)
}

fn lines(kind: &str, name: &str) -> Vec<String> {
    let path = folder(kind).join(format!("{name}.jsonl"));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert!(text.ends_with('\n') && !text.contains("\n\n"), "{}: one thing a line", path.display());
    text.lines().map(str::to_owned).collect()
}

fn names(kind: &str) -> BTreeSet<String> {
    let files = fs::read_dir(folder(kind)).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    files.map(|file| file.strip_suffix(".jsonl").unwrap().to_owned()).collect()
}

/// The words between backticks behind `opening`: how an error lists what there is.
fn listed(message: &str, opening: &str) -> BTreeSet<String> {
    let (_, list) = message.split_once(opening).unwrap_or_else(|| panic!("no list in {message}"));
    list.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn every_command_is_read_and_written_as_it_always_was() {
    let unknown = Called::decode(br#"{"type":""}"#).command.unwrap_err().message;
    assert_eq!(names("commands"), listed(&unknown, "must be one of"));
    for name in names("commands") {
        for line in lines("commands", &name) {
            let called = Called::decode(line.as_bytes());
            let command = called.command.unwrap_or_else(|refusal| panic!("{line}: {}", refusal.message));
            assert_eq!(encode(&command, called.reference.as_ref()), line);
            assert!(line.starts_with(&format!(r#"{{"type":"{name}","#)), "{name}: {line}");
        }
    }
}

#[test]
fn every_event_is_read_and_written_as_it_always_was() {
    let unknown = serde_json::from_str::<Event>(r#"{"type":""}"#).unwrap_err().to_string();
    assert_eq!(names("events"), listed(&unknown, "expected one of"));
    for name in names("events") {
        same::<Event>("events", &name);
        for line in lines("events", &name) {
            assert!(line.starts_with(&format!(r#"{{"type":"{name}","#)), "{name}: {line}");
        }
    }
}

/// Holds a type against the lines of a file: its folder and its name.
type Check = fn(&str, &str);

#[test]
fn every_answer_is_read_and_written_as_it_always_was() {
    let mut known = names("answers");
    let checks: [(&str, Check); 7] = [
        ("me", same::<Me>),
        ("user", same::<User>),
        ("registered", same::<Registered>),
        ("logged_in", same::<LoggedIn>),
        ("session", same::<Session>),
        ("message_page", same::<MessagePage>),
        ("problem", same::<Problem>),
    ];
    for (name, check) in checks {
        assert!(known.remove(name), "{name}");
        check("answers", name);
    }
    assert_eq!(known, BTreeSet::new(), "nobody reads these");
}

#[test]
fn every_request_is_read_as_it_always_was() {
    let read = ["availability", "login", "order", "profile", "registration", "standing"];
    assert_eq!(names("requests"), BTreeSet::from(read.map(str::to_owned)));
    for line in lines("requests", "registration") {
        let Registration { username, email, password, invitation, place } =
            Registration::decode(line.as_bytes()).unwrap();
        let mut told = serde_json::json!({"username": username, "email": email, "password": password});
        invitation.into_iter().for_each(|code| told["invitation"] = code.into());
        place.into_iter().for_each(|name| told["place"] = name.into());
        assert_eq!(told, serde_json::from_str::<Value>(&line).unwrap());
    }
    for line in lines("requests", "login") {
        let Login { username, password } = Login::decode(line.as_bytes()).unwrap();
        let told = serde_json::json!({"username": username, "password": password});
        assert_eq!(told, serde_json::from_str::<Value>(&line).unwrap());
    }
    for line in lines("requests", "profile") {
        assert_eq!(serde_json::to_string(&OwnChanges::decode(line.as_bytes()).unwrap()).unwrap(), line);
    }
    for line in lines("requests", "order") {
        assert_eq!(serde_json::to_string(&Order::decode(line.as_bytes()).unwrap()).unwrap(), line);
    }
    for line in lines("requests", "availability") {
        assert_eq!(serde_json::to_string(&Availability::decode(line.as_bytes()).unwrap()).unwrap(), line);
    }
    for line in lines("requests", "standing") {
        assert_eq!(serde_json::to_string(&UserPatch::decode(line.as_bytes()).unwrap()).unwrap(), line);
    }
}

fn same<T: DeserializeOwned + Serialize>(kind: &str, name: &str) {
    for line in lines(kind, name) {
        let read: T = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{name}: {error}: {line}"));
        assert_eq!(serde_json::to_string(&read).unwrap(), line, "{name}");
    }
}
