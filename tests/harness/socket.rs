//! One socket, as a client uses it: it says commands and hears events. What is heard stays in a buffer until somebody
//! asks for it, so nothing that comes early is lost and nothing that should not have come goes unnoticed.

use std::collections::{BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::time::Instant;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_websockets::{ClientBuilder, Message, WebSocketStream};

use super::{ID_MAX, PATIENCE, within};

/// Events that come when they like: they never stand between a command and what it causes.
const AMBIENT: [&str; 4] = ["users", "presence", "people", "seen"];

/// An open socket.
#[derive(Debug)]
pub(crate) struct Socket {
    name: String,
    stream: WebSocketStream<TcpStream>,
    heard: VecDeque<Value>,
    closed: Option<(u16, String)>,
    commands: u64,
    /// Who is online, as far as somebody has asked for it.
    online: BTreeSet<String>,
}

impl Socket {
    /// Opens a socket at this address, which must be granted.
    pub(crate) async fn open(name: &str, address: SocketAddr, path: &str) -> Self {
        Self::try_open(name, address, path, &[]).await.expect("the socket opens")
    }

    /// Asks for a socket, with these headers. `None` if it is refused.
    pub(crate) async fn try_open(
        name: &str,
        address: SocketAddr,
        path: &str,
        headers: &[(&'static str, &str)],
    ) -> Option<Self> {
        let stream = TcpStream::connect(address).await.expect("the server listens");
        Self::try_over(name, stream, address, path, headers).await
    }

    /// The same, over a connection that is there already.
    pub(crate) async fn try_over(
        name: &str,
        stream: TcpStream,
        address: SocketAddr,
        path: &str,
        headers: &[(&'static str, &str)],
    ) -> Option<Self> {
        let mut builder = ClientBuilder::new().uri(&format!("ws://{address}{path}")).expect("an address");
        for (header, value) in headers {
            let value = value.parse().expect("a header's value");
            builder = builder.add_header(header.parse().expect("a header's name"), value).expect("an allowed header");
        }
        let opened = within("the handshake", builder.connect_on(stream)).await;
        let (stream, _) = opened.ok()?;
        Some(Self {
            name: name.to_owned(),
            stream,
            heard: VecDeque::new(),
            closed: None,
            commands: 0,
            online: BTreeSet::new(),
        })
    }

    /// Sends a command.
    pub(crate) async fn say(&mut self, command: Value) {
        self.say_text(&command.to_string()).await;
    }

    /// Sends a text frame, whatever is in it.
    pub(crate) async fn say_text(&mut self, text: &str) {
        let sent = within("the server to take a frame", self.stream.send(Message::text(text.to_owned()))).await;
        sent.unwrap_or_else(|error| panic!("{} cannot send: {error}", self.name));
    }

    /// Sends a frame, and does not mind if the server is gone. Tells whether it was taken.
    pub(crate) async fn try_say(&mut self, command: &Value) -> bool {
        self.stream.send(Message::text(command.to_string())).await.is_ok()
    }

    /// The next event that has not been asked for yet, in the order in which they came. `None` once it is closed.
    pub(crate) async fn next(&mut self) -> Option<Value> {
        match self.heard.pop_front() {
            Some(event) => Some(event),
            None => self.receive().await,
        }
    }

    async fn receive(&mut self) -> Option<Value> {
        let what = format!("something for {} to hear", self.name);
        within(&what, self.receive_patiently()).await
    }

    /// The next event, however long that takes.
    pub(crate) async fn receive_patiently(&mut self) -> Option<Value> {
        loop {
            match self.stream.next().await {
                Some(Ok(message)) if message.is_text() => {
                    let text = message.as_text().expect("a text frame is text");
                    return Some(serde_json::from_str(text).expect("an event is JSON"));
                }
                Some(Ok(message)) if message.is_close() => {
                    let close = message.as_close().map(|(code, reason)| (code.into(), reason.to_owned()));
                    self.closed = self.closed.take().or(close);
                }
                Some(Ok(message)) if message.is_ping() || message.is_pong() => {}
                Some(Ok(message)) => panic!("{} was sent {message:?}", self.name),
                Some(Err(_)) | None => return None,
            }
        }
    }

    /// The first event that fits, whatever came before it; that stays to be asked for.
    pub(crate) async fn hears_where(&mut self, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.heard.iter().position(&fits) {
            return self.heard.remove(at).expect("it was just found");
        }
        let begin = Instant::now();
        loop {
            // However much is told meanwhile.
            assert!(begin.elapsed() < PATIENCE, "{} waited in vain for {what}", self.name);
            let Some(event) = self.receive().await else {
                panic!("{} was cut off ({:?}) waiting for {what}; heard: {:?}", self.name, self.closed, self.heard);
            };
            if fits(&event) {
                return event;
            }
            self.heard.push_back(event);
        }
    }

    /// The next event that somebody caused; it must be of this type.
    pub(crate) async fn hears(&mut self, kind: &str) -> Value {
        let event = self.hears_where(kind, |event| !is_ambient(event)).await;
        assert_eq!(event["type"], kind, "{} heard {event}", self.name);
        event
    }

    /// The next event must be exactly this one.
    pub(crate) async fn hears_exactly(&mut self, expected: &Value) {
        let kind = expected["type"].as_str().expect("an event has a type");
        assert_eq!(&self.hears(kind).await, expected, "{}", self.name);
    }

    /// The next event must be a message with this text.
    pub(crate) async fn hears_message(&mut self, text: &str) -> Value {
        let message = self.hears("message").await;
        assert_eq!(message["text"], text, "{} heard {message}", self.name);
        message
    }

    /// Waits until the server says that exactly these are online. What it said of that before is over.
    pub(crate) async fn hears_users(&mut self, users: &[&str]) {
        let what = format!("the users {users:?}");
        loop {
            let event = self.hears_where(&what, |event| event["type"] == "users" || event["type"] == "presence").await;
            if event["type"] == "users" {
                self.online.clear();
            }
            self.online.extend(names(&event["users"]).chain(names(&event["online"])));
            for name in names(&event["offline"]) {
                self.online.remove(&name);
            }
            if self.online.iter().eq(users) {
                return;
            }
        }
    }

    /// Waits until the server says that messages up to here have been seen.
    pub(crate) async fn hears_seen(&mut self, up_to: u64) {
        let what = format!("seen up to {up_to}");
        self.hears_where(&what, |event| event["type"] == "seen" && event["up_to"] == up_to).await;
    }

    /// The history that a contract client is shown: every message before the first `users`. It is live from the history's
    /// end on, so that changes may come before `users`, too: they stay to be heard.
    pub(crate) async fn history(&mut self) -> Vec<Value> {
        let (mut messages, mut changes) = (Vec::new(), VecDeque::new());
        loop {
            let event = self.next().await.expect("the history comes");
            match event["type"].as_str() {
                Some("message") => messages.push(event),
                Some("edit" | "delete") => changes.push_back(event),
                Some("users") => {
                    // It has been heard, and is still news to whoever asks who is online.
                    changes.push_front(event);
                    changes.append(&mut self.heard);
                    self.heard = changes;
                    return messages;
                }
                _ => panic!("{} was shown {event} instead of the history", self.name),
            }
        }
    }

    /// The next event must be a refusal with this code.
    pub(crate) async fn is_refused(&mut self, code: &str) -> Value {
        let error = self.hears("error").await;
        assert_eq!(error["code"], code, "{error}");
        assert!(error["message"].as_str().is_some_and(|message| message.len() > 10), "{error}");
        error
    }

    /// Waits for the close frame, past whatever comes before it.
    pub(crate) async fn is_closed(&mut self) -> (u16, String) {
        let begin = Instant::now();
        while let Some(event) = self.receive().await {
            assert!(begin.elapsed() < PATIENCE, "{} is not cut off", self.name);
            self.heard.push_back(event);
        }
        self.closed.clone().unwrap_or_else(|| panic!("{} was cut off without a close frame", self.name))
    }

    /// What was heard and not asked for, ambient events aside.
    pub(crate) fn unasked(&mut self) -> Vec<Value> {
        self.heard.drain(..).filter(|event| !is_ambient(event)).collect()
    }

    /// A `ref` that this socket has not used.
    pub(crate) fn reference(&mut self) -> String {
        self.commands += 1;
        format!("{}-{}", self.name, self.commands)
    }

    /// Everything that the server had to tell until now, ambient events aside. The fence is a command whose refusal
    /// comes from the same place as all changes, so what happened before it is told before it.
    pub(crate) async fn hears_until_now(&mut self) -> Vec<Value> {
        let reference = self.reference();
        self.say(json!({"type": "delete", "id": ID_MAX, "ref": reference})).await;
        self.hears_where("the fence", |event| event["ref"] == reference.as_str()).await;
        self.unasked()
    }

    /// Nothing was told that has not been asked for.
    pub(crate) async fn hears_nothing(&mut self) {
        assert_eq!(self.hears_until_now().await, Vec::<Value>::new(), "{}", self.name);
    }

    /// Sends a command and waits for its `ok`, whatever else is told before.
    pub(crate) async fn does(&mut self, mut command: Value) -> Value {
        let reference = self.reference();
        command["ref"] = json!(reference);
        self.say(command).await;
        let answer = self.hears_where("an answer", |event| event["ref"] == reference.as_str()).await;
        assert_eq!(answer["type"], "ok", "{answer}");
        answer
    }

    /// Sends a command and waits for its refusal, whatever else is told before.
    pub(crate) async fn is_denied(&mut self, mut command: Value, code: &str) -> Value {
        let reference = self.reference();
        command["ref"] = json!(reference);
        self.say(command).await;
        let answer = self.hears_where("an answer", |event| event["ref"] == reference.as_str()).await;
        assert_eq!((&answer["type"], &answer["code"]), (&json!("error"), &json!(code)), "{answer}");
        answer
    }

    /// Says something, and hears it. Returns the message as everybody hears it.
    pub(crate) async fn says(&mut self, text: &str) -> Value {
        let id = self.does(json!({"type": "send", "text": text})).await["id"].clone();
        self.hears_where("one's own message", |event| event["type"] == "message" && event["id"] == id).await
    }

    /// Replaces the text of one's own message, and hears that.
    pub(crate) async fn edits(&mut self, message: &Value, text: &str) -> Value {
        self.does(json!({"type": "edit", "id": message["id"], "text": text})).await;
        self.hears_where("the edit", |event| event["type"] == "edit" && event["id"] == message["id"]).await
    }

    /// Takes a message back, and hears that.
    pub(crate) async fn deletes(&mut self, message: &Value) -> Value {
        self.does(json!({"type": "delete", "id": message["id"]})).await;
        self.hears_where("the deletion", |event| event["type"] == "delete" && event["id"] == message["id"]).await
    }

    /// Says goodbye, and waits until the server has, too.
    pub(crate) async fn leaves(mut self) {
        let _ = self.stream.close().await;
        while self.receive().await.is_some() {}
    }
}

fn names(list: &Value) -> impl Iterator<Item = String> {
    list.as_array().into_iter().flatten().map(|name| name.as_str().expect("a name is text").to_owned())
}

fn is_ambient(event: &Value) -> bool {
    event["type"].as_str().is_some_and(|kind| AMBIENT.contains(&kind))
}
