//! People: Ada, who comes first and owns the server, Grace, Linus, and whoever else a test needs.

use std::net::SocketAddr;

use reqwest::Method;
use serde_json::json;

use super::raw::Wire;
use super::{Answer, Asks, Server, Socket};

/// Everybody's password.
pub(crate) const PASSWORD: &str = "seven lazy herons";

/// How a browser shows this token by the two cookies. A half may be any noise, so one of zeros leaves the token in the other.
pub(crate) fn cookies(name: &str, token: &str) -> String {
    format!("{name}={token}; {name}-half={}", "A".repeat(43))
}

/// Somebody with a session.
#[derive(Debug, Clone)]
pub(crate) struct User {
    pub(crate) name: String,
    /// 0 if this session came from a login alone.
    pub(crate) id: u64,
    pub(crate) token: String,
    pub(crate) address: SocketAddr,
    http: reqwest::Client,
}

impl User {
    pub(super) fn new(name: &str, token: String, address: SocketAddr, http: reqwest::Client) -> Self {
        Self { name: name.to_owned(), id: 0, token, address, http }
    }

    /// The same person with the same session, at another server: the one after a restart.
    pub(crate) fn at(&self, server: &Server) -> Self {
        Self { address: server.address, ..self.clone() }
    }

    /// Opens a socket as the original program's pages do.
    pub(crate) async fn connects(&self) -> Socket {
        Socket::open(&self.name, self.address, &format!("/ws?token={}", self.token)).await
    }

    /// Opens a socket for the full view, and does not yet say `hello`.
    pub(crate) async fn connects_for_more(&self) -> Socket {
        Socket::open(&self.name, self.address, &format!("/ws?hello&token={}", self.token)).await
    }

    /// Opens a socket and says `hello`; the answer is there to be heard.
    pub(crate) async fn connects_with_hello(&self) -> Socket {
        let mut socket = self.connects_for_more().await;
        socket.say(json!({"type": "hello", "rooms": {}})).await;
        socket
    }

    /// Opens a socket in the original program's way, and hears the history and who is online.
    pub(crate) async fn arrives(&self) -> Socket {
        let mut socket = self.connects().await;
        socket.history().await;
        socket
    }

    /// A socket of bare bytes.
    pub(crate) async fn wire(&self) -> Wire {
        let mut wire = Wire::connect(self.address).await;
        let answer = wire.upgrade(&format!("/ws?token={}", self.token), &[]).await;
        assert!(answer.starts_with("HTTP/1.1 101 "), "{answer}");
        wire
    }

    /// Ends the session.
    pub(crate) async fn logs_out(&self) {
        Answer::to(self.request(Method::POST, "/logout")).await.done();
    }

    /// The whole history over HTTP, oldest first, by pages.
    pub(crate) async fn reads_all(&self) -> Vec<serde_json::Value> {
        let mut messages: Vec<serde_json::Value> = Vec::new();
        loop {
            let before = messages.first().map(|oldest| format!("&before={}", oldest["seq"])).unwrap_or_default();
            let page = self.gets(&format!("/api/rooms/1/messages?limit=100{before}")).await.ok();
            let older = page["messages"].as_array().expect("a page has messages").clone();
            messages.splice(0..0, older);
            if page["more"] == false {
                return messages;
            }
        }
    }

    /// The texts of the whole history.
    pub(crate) async fn reads_texts(&self) -> Vec<String> {
        self.reads_all().await.iter().map(|message| message["text"].as_str().expect("text").to_owned()).collect()
    }
}

impl Asks for User {
    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, format!("http://{}{path}", self.address)).bearer_auth(&self.token)
    }
}
