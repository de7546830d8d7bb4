//! A client with a network: one task that keeps a connection, drives the [`State`], and tells what happens.

use std::time::Duration;

use chatterbox_protocol::commands::{Command, Delete, Edit, Read, Ref, Send, encode};
use chatterbox_protocol::events::Event;
use chatterbox_protocol::ids::{MessageId, RoomId, Seq};
use futures_util::{SinkExt, StreamExt};
use http::Uri;
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_websockets::{ClientBuilder, Limits, MaybeTlsStream, Message, WebSocketStream};

use crate::backoff::Backoff;
use crate::outbox::{Decision, Ticket};
use crate::state::{Heard, State, Update};

/// Updates that may wait for the application. Past it the client reads no more, and the server notices a slow reader.
const UPDATES_MAX: usize = 1_024;

/// Commands that may wait for the task.
const COMMANDS_MAX: usize = 1_024;

/// How long a try to connect may take.
const CONNECT_PATIENCE: Duration = Duration::from_secs(10);

/// The server pings every 15 seconds; after twice that in silence, it is gone.
const SILENCE_MAX: Duration = Duration::from_secs(30);

/// Bytes of one event at the most: a page of history with the longest messages.
const EVENT_BYTES_MAX: usize = 64 * 1024 * 1024;

/// The session is over: reconnecting would not help.
const SESSION_OVER: u16 = 4001;

/// Where to connect, and as whom.
#[derive(Clone)]
pub struct Options {
    url: Uri,
    token: String,
}

impl Options {
    /// The address of the server's socket (`ws://127.0.0.1:8000/ws`) and the session's token.
    pub fn new(url: Uri, token: impl Into<String>) -> Self {
        Self { url, token: token.into() }
    }
}

/// The client's task has ended: the session is over, or nobody reads the updates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the client has ended")]
pub struct Gone;

type Waiter = oneshot::Sender<Decision>;

/// A connection that keeps itself alive. Dropping the last clone ends it.
#[derive(Debug, Clone)]
pub struct Client {
    commands: mpsc::Sender<(Command, Waiter)>,
}

impl Client {
    /// Begins to connect. The updates are to be read all the time; without a reader the client ends.
    pub fn start(options: Options) -> (Self, mpsc::Receiver<Update>) {
        let (commands, orders) = mpsc::channel(COMMANDS_MAX);
        let (tell, updates) = mpsc::channel(UPDATES_MAX);
        let task = Task { options, orders, tell, state: State::default(), waiters: Vec::new() };
        tokio::spawn(task.run());
        (Self { commands }, updates)
    }

    /// Sends a message, and waits until it is stored or refused, however often the connection is lost meanwhile.
    pub async fn send(&self, room: RoomId, text: impl Into<String>) -> Result<Decision, Gone> {
        let nonce = Some(format!("{:016x}{:016x}", fastrand::u64(..), fastrand::u64(..)));
        self.say(Command::Send(Send { text: text.into(), room: Some(room), nonce })).await
    }

    /// Replaces the text of one's own message.
    pub async fn edit(&self, id: MessageId, text: impl Into<String>) -> Result<Decision, Gone> {
        self.say(Command::Edit(Edit { id, text: text.into() })).await
    }

    /// Deletes a message.
    pub async fn delete(&self, id: MessageId) -> Result<Decision, Gone> {
        self.say(Command::Delete(Delete { id })).await
    }

    /// Says up to where a person has read.
    pub async fn read(&self, room: RoomId, up_to: Seq) -> Result<Decision, Gone> {
        self.say(Command::Read(Read { room: Some(room), up_to })).await
    }

    async fn say(&self, command: Command) -> Result<Decision, Gone> {
        let (waiter, decision) = oneshot::channel();
        self.commands.send((command, waiter)).await.map_err(|_| Gone)?;
        decision.await.map_err(|_| Gone)
    }
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Why a connection ended.
enum End {
    /// It is lost; come back after this long, if the server said so.
    Lost(Option<Duration>),
    /// Nobody needs it any more, or the session is over.
    Over,
}

struct Task {
    options: Options,
    orders: mpsc::Receiver<(Command, Waiter)>,
    tell: mpsc::Sender<Update>,
    state: State,
    waiters: Vec<(Ticket, Waiter)>,
}

impl Task {
    async fn run(mut self) {
        let mut backoff = Backoff::default();
        loop {
            let wait = match timeout(CONNECT_PATIENCE, self.connect()).await {
                Ok(Ok(socket)) => {
                    let end = self.converse(socket).await;
                    // A server that lets clients in and does not get them live is not well yet.
                    if self.state.is_live() {
                        backoff.succeeded();
                    }
                    self.state.closed();
                    match end {
                        End::Over => return,
                        End::Lost(wait) => wait,
                    }
                }
                Ok(Err(error)) if is_unauthorized(&error) => return,
                Ok(Err(_)) | Err(_) => None,
            };
            let pause = sleep(wait.unwrap_or_else(|| backoff.next(fastrand::u64(..))));
            tokio::select! {
                () = pause => {}
                () = self.tell.closed() => return,
            }
        }
    }

    async fn connect(&self) -> Result<Socket, tokio_websockets::Error> {
        let url = format!("{}?hello&token={}", self.options.url, self.options.token);
        let url: Uri = url.parse().map_err(|_| tokio_websockets::Error::UnsupportedScheme)?;
        let limits = Limits::default().max_payload_len(Some(EVENT_BYTES_MAX));
        let (socket, _) = ClientBuilder::from_uri(url).limits(limits).connect().await?;
        Ok(socket)
    }

    async fn converse(&mut self, mut socket: Socket) -> End {
        let hello = self.state.opened();
        if say(&mut socket, &[hello]).await.is_err() {
            return End::Lost(None);
        }
        let mut silent_at = Instant::now() + SILENCE_MAX;
        let mut paused_until = None;
        loop {
            let spoken = tokio::select! {
                heard = socket.next() => match heard {
                    Some(Ok(message)) => match self.listen(&message).await {
                        Ok(heard) => {
                            silent_at = Instant::now() + SILENCE_MAX;
                            paused_until = heard.pause.map(|pause| Instant::now() + pause).or(paused_until);
                            heard.say
                        }
                        Err(end) => return end,
                    },
                    None | Some(Err(_)) => return End::Lost(None),
                },
                () = sleep_until(silent_at) => return End::Lost(None),
                () = sleep_until(paused_until.unwrap_or(silent_at)), if paused_until.is_some() => {
                    paused_until = None;
                    self.state.go_on().into_iter().collect()
                }
                order = self.orders.recv() => match order {
                    Some((command, waiter)) => {
                        let (ticket, now) = self.state.say(command);
                        self.waiters.push((ticket, waiter));
                        now.into_iter().collect()
                    }
                    None => {
                        let _ = socket.close().await;
                        return End::Over;
                    }
                },
            };
            if say(&mut socket, &spoken).await.is_err() {
                return End::Lost(None);
            }
        }
    }

    /// Takes in one message of the server. Answers what to say, now and after a pause.
    async fn listen(&mut self, message: &Message) -> Result<Heard, End> {
        if let Some((code, reason)) = message.as_close() {
            let wait = reason.parse().ok().map(Duration::from_millis);
            return Err(if u16::from(code) == SESSION_OVER { End::Over } else { End::Lost(wait) });
        }
        // Events of a newer server that this client does not know are none of its business.
        let Some(event) = message.as_text().and_then(|text| serde_json::from_str::<Event>(text).ok()) else {
            return Ok(Heard::default());
        };
        let mut heard = self.state.heard(event);
        for update in std::mem::take(&mut heard.updates) {
            if let Update::Decided(ticket, decision) = &update
                && let Some(at) = self.waiters.iter().position(|(waiting, _)| waiting == ticket)
            {
                // Who has stopped waiting does not want the answer.
                let _ = self.waiters.swap_remove(at).1.send(decision.clone());
            }
            self.tell.send(update).await.map_err(|_| End::Over)?;
        }
        Ok(heard)
    }
}

async fn say(socket: &mut Socket, spoken: &[(Option<Ref>, Command)]) -> Result<(), tokio_websockets::Error> {
    for (reference, command) in spoken {
        socket.feed(Message::text(encode(command, reference.as_ref()))).await?;
    }
    if spoken.is_empty() { Ok(()) } else { socket.flush().await }
}

fn is_unauthorized(error: &tokio_websockets::Error) -> bool {
    use tokio_websockets::upgrade::Error::DidNotSwitchProtocols;
    matches!(error, tokio_websockets::Error::Upgrade(DidNotSwitchProtocols(401)))
}
