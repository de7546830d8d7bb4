//! The task that owns a connection's socket and does one thing after the other, until the connection ends.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chatterbox_protocol::commands::Called;
use chatterbox_protocol::ids::{RoomId, Seq};
use chatterbox_store::Actor;
use tokio::time::{Instant, sleep_until, timeout};

use super::connection::{Connection, Ending, View};
use super::decoder::{Decoder, Incoming};
use super::frame::{self, CloseCode};
use super::hub::{Hub, Seat};
use super::socket::Socket;
use crate::app::App;
use crate::listener::Descriptor;
use crate::tokens::TokenHash;

/// How often the server asks whether the client is still there.
const PING_INTERVAL: Duration = Duration::from_secs(15);
/// How long the client may take to answer: with [`PING_INTERVAL`], a dead peer is noticed within 30 seconds.
const PONG_PATIENCE: Duration = Duration::from_secs(10);
/// How long a message may take to arrive whole.
const MESSAGE_PATIENCE: Duration = Duration::from_secs(10);
/// How long a client may take to accept one page of history.
const PAGE_PATIENCE: Duration = Duration::from_secs(10);
/// How often a long-lived connection shows its session to the store: this keeps the session alive and notices its end.
const SESSION_CHECK_INTERVAL: Duration = Duration::from_secs(300);

/// Commands and control frames in one read after which the other connections have their turn. Clients say one or two.
const SAID_PER_TURN: usize = 16;

/// What a client said, taken out of the read buffer.
enum Said {
    Command(Box<Called>),
    Answer(Bytes),
    Nothing,
}

/// The task's own state.
pub(super) struct Task {
    pub(super) app: Arc<App>,
    pub(super) connection: Arc<Connection>,
    pub(super) socket: Socket,
    /// The change of each room that the history has brought the client up to: older live events are repetitions.
    pub(super) covered: HashMap<RoomId, Seq>,
    /// Whether the client has been welcomed to the full view.
    pub(super) has_welcomed: bool,
    /// Commands in a row that could not be read.
    pub(super) invalid: u32,
    /// Commands in a row that came in spite of an exhausted budget.
    pub(super) over_budget: u32,
    decoder: Decoder,
    heard: Instant,
    pinged: Option<Instant>,
    /// Since when the message under way is under way, and its number.
    unfinished: Option<(u32, Instant)>,
    session_checked: Instant,
    pub(super) token_hash: TokenHash,
}

/// Owns the socket until the connection ends, whoever ends it. A panic in here ends this connection alone.
pub(super) async fn run(app: Arc<App>, socket: Socket, first_bytes: Vec<u8>, visitor: Visitor) {
    let hub = app.hub.clone();
    let connection = hub.add(|id| Connection::new(id, &visitor.actor, visitor.view));
    let _leaves = Leaves { hub, connection: connection.clone() };
    let now = Instant::now();
    let mut task = Task {
        app,
        connection,
        socket,
        covered: HashMap::new(),
        has_welcomed: false,
        invalid: 0,
        over_budget: 0,
        decoder: Decoder::new(),
        heard: now,
        pinged: None,
        unfinished: None,
        session_checked: now,
        token_hash: visitor.token_hash,
    };
    let ending = task.live(visitor.view, first_bytes).await;
    Box::pin(task.finish(ending)).await;
}

/// Who opens a connection.
pub(super) struct Visitor {
    pub(super) actor: Actor,
    pub(super) token_hash: TokenHash,
    pub(super) view: View,
    pub(super) _seat: Seat,
    pub(super) _descriptor: Option<Descriptor>,
}

/// Takes the connection out of the hub, even if its task fails.
struct Leaves {
    hub: Arc<Hub>,
    connection: Arc<Connection>,
}

impl Drop for Leaves {
    fn drop(&mut self) {
        if std::thread::panicking() {
            tracing::error!("a connection failed");
        }
        self.hub.remove(&self.connection);
    }
}

impl Task {
    async fn live(&mut self, view: View, mut first_bytes: Vec<u8>) -> Ending {
        if view == View::Contract
            && let Err(ending) = Box::pin(self.replay()).await
        {
            return ending;
        }
        let said = self.decode(&mut first_bytes);
        drop(first_bytes);
        let mut outcome = self.obey(said).await;
        while outcome.is_ok() {
            outcome = self.turn().await;
        }
        outcome.err().unwrap_or(Ending::Failed)
    }

    /// Waits for whatever comes first, and deals with it.
    async fn turn(&mut self) -> Result<(), Ending> {
        if let Some(ending) = self.connection.ending() {
            return Err(ending);
        }
        self.flush()?;
        let alarm = self.next_alarm();
        tokio::select! {
            () = self.connection.awakes() => Ok(()),
            ready = self.socket.ready() => {
                ready.map_err(|_| Ending::Gone(None))?;
                let said = self.read()?;
                let is_much = said.len() > SAID_PER_TURN;
                self.obey(said).await?;
                // Neither reading nor writing waits for anything as long as the client sends fast enough. Two such
                // tasks would keep both threads of a small server, and nobody else would ever have a turn.
                if is_much { tokio::task::yield_now().await } else { tokio::task::consume_budget().await }
                Ok(())
            }
            () = sleep_until(alarm) => self.look_after().await,
        }
    }

    /// Writes what waits, leaving out what the history has already told.
    fn flush(&mut self) -> Result<(), Ending> {
        let (connection, covered) = (&self.connection, &self.covered);
        let is_news = |(room, seq)| covered.get(&room).is_none_or(|covered| seq > *covered);
        let next = || loop {
            let waiting = connection.next()?;
            if waiting.place.is_none_or(is_news) {
                return Some(waiting.frame);
            }
        };
        self.socket.flush(next).map_err(|_| Ending::Gone(None))
    }

    /// Waits until the client has taken what was queued for it alone: a page of history.
    pub(super) async fn drain(&mut self) -> Result<(), Ending> {
        match timeout(PAGE_PATIENCE, self.socket.drain()).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(Ending::Gone(None)),
            Err(_) => Err(Ending::TooSlow),
        }
    }

    fn read(&mut self) -> Result<Vec<Result<Said, Ending>>, Ending> {
        let mut said = Vec::new();
        let decoder = &mut self.decoder;
        let is_open = self.socket.read(|bytes| said = decode(decoder, bytes)).map_err(|_| Ending::Gone(None))?;
        if !is_open {
            return Err(Ending::Gone(None));
        }
        if !said.is_empty() {
            self.heard = Instant::now();
            self.pinged = None;
        }
        self.note_unfinished();
        Ok(said)
    }

    fn decode(&mut self, bytes: &mut [u8]) -> Vec<Result<Said, Ending>> {
        decode(&mut self.decoder, bytes)
    }

    async fn obey(&mut self, said: Vec<Result<Said, Ending>>) -> Result<(), Ending> {
        for said in said {
            match said? {
                Said::Command(called) => self.execute(*called).await?,
                // As bounded as everything else: who asks and does not read the answers owes too much, too.
                Said::Answer(pong) => self.connection.push(pong, None),
                Said::Nothing => {}
            }
        }
        Ok(())
    }

    fn note_unfinished(&mut self) {
        self.unfinished = match (self.decoder.unfinished(), self.unfinished) {
            (None, _) => None,
            (Some(number), Some((known, since))) if number == known => Some((known, since)),
            (Some(number), _) => Some((number, Instant::now())),
        };
    }

    fn next_alarm(&self) -> Instant {
        let heartbeat = self.pinged.map_or(self.heard + PING_INTERVAL, |pinged| pinged + PONG_PATIENCE);
        let message = self.unfinished.map(|(_, since)| since + MESSAGE_PATIENCE);
        let session = self.session_checked + SESSION_CHECK_INTERVAL;
        message.map_or(heartbeat, |message| message.min(heartbeat)).min(session)
    }

    /// Looks after what depends on time: whether the client is there, and whether its session is.
    async fn look_after(&mut self) -> Result<(), Ending> {
        let now = Instant::now();
        if self.unfinished.is_some_and(|(_, since)| since + MESSAGE_PATIENCE <= now) {
            return Err(Ending::Violation(CloseCode::POLICY, "a message must arrive within 10 seconds".to_owned()));
        }
        match self.pinged {
            Some(pinged) if pinged + PONG_PATIENCE <= now => return Err(Ending::Gone(None)),
            None if self.heard + PING_INTERVAL <= now => {
                self.pinged = Some(now);
                self.socket.queue(frame::ping(b""));
            }
            _ => {}
        }
        if self.session_checked + SESSION_CHECK_INTERVAL <= now {
            self.session_checked = now;
            // If storage does not answer, the session gets the benefit of the doubt until the next check.
            if let Ok(None) = self.app.store.session(self.token_hash, crate::app::now()).await {
                return Err(Ending::SessionOver);
            }
        }
        Ok(())
    }

    /// Says goodbye: after the answers to all commands if the server stops, at once otherwise.
    async fn finish(mut self, ending: Ending) {
        let close = match ending {
            Ending::Gone(answer) => answer,
            Ending::SessionOver => Some(frame::close(CloseCode::SESSION_OVER, "the session is over")),
            Ending::TooSlow => Some(frame::close(CloseCode::TOO_SLOW, "read too slowly; reconnect and resume")),
            Ending::TooManyCommands => Some(frame::close(CloseCode::TOO_MANY_COMMANDS, "too many commands")),
            Ending::Violation(code, reason) => Some(frame::close(code, &reason)),
            Ending::Failed => Some(frame::close(CloseCode::INTERNAL_ERROR, "the server failed")),
            Ending::Draining => {
                while self.connection.is_awaiting_answers() {
                    self.connection.awakes().await;
                }
                let _ = self.flush();
                Some(frame::close(CloseCode::RESTART, &self.app.reconnect_after_ms().to_string()))
            }
        };
        if close.is_some() {
            // What was queued before the end, a refusal perhaps, is still for the client to see.
            let _ = self.flush();
        }
        self.socket.close(close).await;
    }
}

/// Takes out of the bytes what the client said. An error is the last entry: nothing comes after it.
fn decode(decoder: &mut Decoder, bytes: &mut [u8]) -> Vec<Result<Said, Ending>> {
    let mut said = Vec::new();
    let mut frames = decoder.feed(bytes);
    loop {
        let next = match frames.next() {
            Ok(None) => return said,
            Ok(Some(Incoming::Text(text))) => Ok(Said::Command(Box::new(Called::decode(text.as_bytes())))),
            Ok(Some(Incoming::Ping(payload))) => Ok(Said::Answer(frame::pong(payload))),
            Ok(Some(Incoming::Pong(_))) => Ok(Said::Nothing),
            Ok(Some(Incoming::Binary)) => {
                Err(Ending::Violation(CloseCode::UNSUPPORTED, "only text is taken".to_owned()))
            }
            Ok(Some(Incoming::Close { code, .. })) => {
                Err(Ending::Gone(Some(frame::close(code.unwrap_or(CloseCode::NORMAL), ""))))
            }
            Err(violation) => Err(Ending::Violation(violation.close_code(), violation.to_string())),
        };
        let is_last = next.is_err();
        said.push(next);
        if is_last {
            return said;
        }
    }
}
