//! The original program's pages, as a client: what they did and nothing else. They know `/register`, `/login`, `/users`
//! and the socket with `?token=`, ignore every type and field that they don't know, and build what people see from the
//! rest.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, Asks, PASSWORD, Server, Socket};

/// A browser with the pages open: what it keeps, and what it shows.
struct Browser<'a> {
    server: &'a Server,
    local_storage: BTreeMap<&'static str, String>,
    cookies: String,
    socket: Option<Socket>,
    /// By id: author, text and whether it was seen.
    shown: BTreeMap<u64, (String, String, bool)>,
    online: Vec<String>,
}

impl<'a> Browser<'a> {
    fn new(server: &'a Server) -> Self {
        let (local_storage, shown) = (BTreeMap::new(), BTreeMap::new());
        Self { server, local_storage, cookies: String::new(), socket: None, shown, online: Vec::new() }
    }

    fn origin(&self) -> String {
        format!("http://{}", self.server.address)
    }

    /// `fetch(path, {method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(…)})`
    async fn posts(&mut self, path: &str, body: &Value) -> Answer {
        let request = self.server.request(Method::POST, path).header("origin", self.origin());
        let answer = Answer::to(request.header("content-type", "application/json").body(body.to_string())).await;
        let kept = answer.set_cookies();
        if !kept.is_empty() {
            self.cookies = kept.iter().map(|cookie| cookie.split(';').next().unwrap()).collect::<Vec<_>>().join("; ");
        }
        answer
    }

    async fn register_page(&mut self, name: &str) -> u16 {
        let email = format!("{name}@example.org");
        self.posts("/register", &json!({"username": name, "email": email, "password": PASSWORD})).await.status
    }

    async fn login_page(&mut self, name: &str) {
        let answer = self.posts("/login", &json!({"username": name, "password": PASSWORD})).await;
        assert_eq!(answer.status, 200, "the page shows `detail`: {}", answer.json()["detail"]);
        for field in ["username", "token"] {
            self.local_storage.insert(field, answer.json()[field].as_str().unwrap().to_owned());
        }
    }

    /// `new WebSocket("ws://" + location.host + "/ws?token=" + token)`
    async fn chat_page(&mut self) {
        let path = format!("/ws?token={}", self.local_storage["token"]);
        let (origin, cookies) = (self.origin(), self.cookies.clone());
        let headers = [("origin", &*origin), ("cookie", &*cookies)];
        let name = &self.local_storage["username"];
        self.socket = Socket::try_open(name, self.server.address, &path, &headers).await;
        assert!(self.socket.is_some(), "the socket does not open");
    }

    async fn says(&mut self, command: Value) {
        self.socket.as_mut().unwrap().say(command).await;
    }

    /// `socket.onmessage`: a `switch` over the types that the pages know.
    async fn hears(&mut self) {
        let event = self.socket.as_mut().unwrap().next().await.expect("the socket stays open");
        let id = || event["id"].as_u64().expect("an id is an integer");
        let text = |field: &str| event[field].as_str().expect("text is text").to_owned();
        match event["type"].as_str() {
            Some("message") => {
                assert!(!text("time").is_empty());
                let seen = event["seen"].as_bool().expect("seen is a boolean");
                self.shown.insert(id(), (text("user"), text("text"), seen));
            }
            Some("edit") => {
                if let Some(message) = self.shown.get_mut(&id()) {
                    message.1 = text("text");
                }
            }
            Some("delete") => {
                self.shown.remove(&id());
            }
            Some("users") => {
                let users = event["users"].as_array().expect("users is a list");
                self.online = users.iter().map(|user| user.as_str().expect("of names").to_owned()).collect();
            }
            _ => {}
        }
    }

    fn conversation(&self) -> Vec<(&str, &str)> {
        self.shown.values().map(|(user, text, _)| (user.as_str(), text.as_str())).collect()
    }

    async fn shows(&mut self, conversation: &[(&str, &str)]) {
        while self.conversation() != conversation {
            self.hears().await;
        }
    }

    async fn shows_online(&mut self, names: &[&str]) {
        while self.online != names {
            self.hears().await;
        }
    }

    /// The id behind the button beside a message.
    fn button(&self, text: &str) -> u64 {
        *self.shown.iter().find(|(_, message)| message.1 == text).expect("it is shown").0
    }

    /// `fetch("/users")`, without any header of the page's own.
    async fn admin_page(&self) -> Answer {
        Answer::to(self.server.request(Method::GET, "/users").header("cookie", &self.cookies)).await
    }
}

#[tokio::test]
async fn two_people_with_the_original_pages_talk() {
    let server = Server::start().await;
    let (mut ada, mut grace) = (Browser::new(&server), Browser::new(&server));
    assert_eq!(ada.register_page("ada").await, 200);
    assert_eq!(grace.register_page("ada").await, 400);
    assert_eq!(grace.register_page("grace").await, 200);
    ada.login_page("ada").await;
    ada.chat_page().await;
    ada.shows_online(&["ada"]).await;
    ada.says(json!({"type": "send", "text": "Is anyone here?"})).await;
    ada.shows(&[("ada", "Is anyone here?")]).await;
    grace.login_page("grace").await;
    grace.chat_page().await;
    grace.shows(&[("ada", "Is anyone here?")]).await;
    grace.shows_online(&["ada", "grace"]).await;
    ada.shows_online(&["ada", "grace"]).await;
    grace.says(json!({"type": "send", "text": "<b>I am</b>"})).await;
    grace.shows(&[("ada", "Is anyone here?"), ("grace", "<b>I am</b>")]).await;
    ada.shows(&[("ada", "Is anyone here?"), ("grace", "<b>I am</b>")]).await;
    grace.says(json!({"type": "edit", "id": grace.button("<b>I am</b>"), "text": "I am."})).await;
    ada.shows(&[("ada", "Is anyone here?"), ("grace", "I am.")]).await;
    ada.says(json!({"type": "delete", "id": ada.button("Is anyone here?")})).await;
    grace.shows(&[("grace", "I am.")]).await;
    // Somebody else's button does nothing, and the page goes on.
    ada.says(json!({"type": "edit", "id": ada.button("I am."), "text": "You are."})).await;
    ada.says(json!({"type": "send", "text": "Good."})).await;
    grace.shows(&[("grace", "I am."), ("ada", "Good.")]).await;
    ada.shows(&[("grace", "I am."), ("ada", "Good.")]).await;
    // The page is loaded anew: a new socket, the same token, the whole conversation, and what was seen.
    grace.shown.clear();
    grace.chat_page().await;
    grace.shows(&[("grace", "I am."), ("ada", "Good.")]).await;
    let users = ada.admin_page().await.ok();
    let expected =
        json!({"id": 2, "username": "grace", "email": "grace@example.org", "role": "member", "active": true});
    assert_eq!(users[1], expected);
    assert_eq!(grace.admin_page().await.ok()[1]["username"], "grace");
}

#[tokio::test]
async fn whoever_types_nonsense_into_the_original_page_can_still_talk() {
    let server = Server::start().await;
    let mut ada = Browser::new(&server);
    ada.register_page("ada").await;
    ada.login_page("ada").await;
    ada.chat_page().await;
    ada.says(json!({"type": "send", "text": "Hello."})).await;
    ada.shows(&[("ada", "Hello.")]).await;
    for _ in 0..5 {
        ada.says(json!({"type": "send", "text": ""})).await;
        ada.says(json!({"type": "send", "text": "a whole log\n".repeat(2_000)})).await;
        ada.says(json!({"type": "edit", "id": ada.button("Hello."), "text": "  "})).await;
        // `JSON.stringify` of an emoji that was cut in two.
        ada.socket.as_mut().unwrap().say_text(r#"{"type":"send","text":"\ud83d"}"#).await;
    }
    ada.says(json!({"type": "send", "text": "Still here."})).await;
    ada.shows(&[("ada", "Hello."), ("ada", "Still here.")]).await;
}

#[tokio::test]
async fn the_original_pages_learn_when_a_token_is_no_longer_one() {
    let server = Server::start().await;
    let mut ada = Browser::new(&server);
    ada.register_page("ada").await;
    ada.login_page("ada").await;
    ada.chat_page().await;
    let logout = server.request(Method::POST, "/logout").header("origin", ada.origin());
    Answer::to(logout.header("cookie", &ada.cookies)).await.done();
    assert_eq!(ada.socket.as_mut().unwrap().is_closed().await.0, 4001);
    let path = format!("/ws?token={}", ada.local_storage["token"]);
    assert!(Socket::try_open("ada", server.address, &path, &[]).await.is_none());
}
