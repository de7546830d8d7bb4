//! The task behind a client: keeps a connection, drives the [`State`], and tells what happens.

use std::ops::ControlFlow;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use chatterbox_protocol::commands::{Command, Ref, encode};
use chatterbox_protocol::ids::RoomId;
use futures_util::{SinkExt, StreamExt};
use http::header::AUTHORIZATION;
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_websockets::{ClientBuilder, Connector, Limits, MaybeTlsStream, Message, WebSocketStream};

use crate::backoff::Backoff;
use crate::options::Options;
use crate::outbox::{CommandAnswer, Ticket};
use crate::pulse::{Heartbeat, Pulse};
use crate::state::State;
use crate::trouble::Trouble;
use crate::update::{Heard, Update};

/// How long a try to connect may take.
const CONNECT_PATIENCE: Duration = Duration::from_secs(10);

/// How long the system may take to take in what is said. It takes in much more than that at once, if the other end takes any.
const SAY_PATIENCE: Duration = Duration::from_secs(10);

/// How long the answer to what was said may take: a server that goes on without it has not understood it.
const ANSWER_PATIENCE: Duration = Duration::from_secs(30);

/// Bytes of one event at the most: a page of history with the longest messages.
const EVENT_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Who waits for what becomes of a command.
type Waiter = oneshot::Sender<CommandAnswer>;

/// What a program wants of its client.
pub(crate) enum Errand {
    /// To say a command, whose answer somebody waits for.
    Say(Command, Waiter),
    /// To follow a room more.
    Follow(RoomId),
    /// To follow a room no more.
    Unfollow(RoomId),
}

type ClientSocket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Why a connection ended.
enum End {
    /// It is lost; come back after this long, if the server said so.
    Lost(Trouble, Option<Duration>),
    /// Nobody needs it any more.
    Unneeded,
}

pub(crate) struct ClientTask {
    /// The first to be dropped: whoever learns that the others are gone learns why.
    last_word: LastWord,
    options: Options,
    orders: mpsc::Receiver<Errand>,
    tell: mpsc::Sender<Update>,
    state: State,
    waiters: Vec<(Ticket, Waiter)>,
    was_live: bool,
}

impl ClientTask {
    pub(crate) fn new(
        options: Options,
        orders: mpsc::Receiver<Errand>,
        tell: mpsc::Sender<Update>,
        ended: Arc<OnceLock<Trouble>>,
    ) -> Self {
        let last_word = LastWord { tell: tell.clone(), ended };
        let state = options.rooms.clone().map_or_else(State::default, State::following);
        Self { last_word, options, orders, tell, state, waiters: Vec::new(), was_live: false }
    }

    pub(crate) async fn run(mut self) {
        let Some(why) = self.stay().await else { return };
        // Before anybody hears that it is over, so that they hear why.
        let _ = self.last_word.ended.set(why.clone());
        self.orders.close();
        let Self { tell, orders, waiters, .. } = self;
        drop((orders, waiters));
        let _ = tell.send(Update::Over(why)).await;
    }

    /// Connects, again and again, for as long as that is of use. Answers why it is not; none if nobody needs it any more.
    async fn stay(&mut self) -> Option<Trouble> {
        let mut backoff = Backoff::default();
        loop {
            let (why, wait) = match self.connect().await {
                Ok(socket) => {
                    let end = self.hold(socket).await;
                    // A server that lets clients in and does not get them live is not well yet.
                    if self.state.is_live() {
                        self.was_live = true;
                        backoff.succeeded();
                    }
                    let given_up = self.state.give_up();
                    self.state.closed();
                    match end {
                        End::Lost(why, wait) => match self.tell_all(given_up).await {
                            Ok(()) => (why, wait),
                            Err(_) => return Some(Trouble::Unheard),
                        },
                        End::Unneeded => return None,
                    }
                }
                Err(why) => (why, None),
            };
            if why.is_final(self.was_live) {
                return Some(why);
            }
            let again_in = wait.unwrap_or_else(|| backoff.next(fastrand::u64(..)));
            if self.tell.send(Update::Lost { why, again_in }).await.is_err() {
                return Some(Trouble::Unheard);
            }
            if let ControlFlow::Break(end) = self.pause(again_in).await {
                return end;
            }
        }
    }

    async fn connect(&self) -> Result<ClientSocket, Trouble> {
        let Options { url, authorization, tls, .. } = &self.options;
        let connector = tls.clone().map_or(Connector::Plain, Connector::Rustls);
        let limits = Limits::default().max_payload_len(Some(EVENT_BYTES_MAX));
        let builder = ClientBuilder::from_uri(url.clone()).connector(&connector).limits(limits);
        let builder = builder.add_header(AUTHORIZATION, authorization.clone()).map_err(Trouble::connecting)?;
        match timeout(CONNECT_PATIENCE, builder.connect()).await {
            Ok(Ok((socket, _))) => Ok(socket),
            Ok(Err(error)) => Err(Trouble::connecting(error)),
            Err(_) => Err(Trouble::Unreachable(format!("no answer within {} s", CONNECT_PATIENCE.as_secs()))),
        }
    }

    /// Waits for the next try, and takes in what is to be said then. Breaks off if the client is to end.
    async fn pause(&mut self, pause: Duration) -> ControlFlow<Option<Trouble>> {
        let until = Instant::now() + pause;
        loop {
            tokio::select! {
                () = sleep_until(until) => return ControlFlow::Continue(()),
                () = self.tell.closed() => return ControlFlow::Break(Some(Trouble::Unheard)),
                order = self.orders.recv() => match order {
                    Some(order) => {
                        if self.take(order).await.is_err() {
                            return ControlFlow::Break(Some(Trouble::Unheard));
                        }
                    }
                    None => return ControlFlow::Break(None),
                },
            }
        }
    }

    async fn hold(&mut self, mut socket: ClientSocket) -> End {
        let hello = self.state.opened();
        if let Err(why) = say(&mut socket, &[hello]).await {
            return End::Lost(why, None);
        }
        let mut pulse = Pulse::new(Instant::now());
        let mut paused_until = None;
        let mut awaited = (None, Instant::now());
        loop {
            if awaited.0 != self.state.on_its_way() {
                awaited = (self.state.on_its_way(), Instant::now());
                pulse.awaits(awaited.0.map(|_| awaited.1));
            }
            let (due_at, due) = pulse.due();
            let spoken = tokio::select! {
                heard = socket.next() => match heard {
                    Some(Ok(message)) => match self.listen(&message).await {
                        Ok(heard) => {
                            pulse.heard(Instant::now());
                            paused_until = heard.pause.map(|pause| Instant::now() + pause).or(paused_until);
                            heard.say
                        }
                        Err(end) => return end,
                    },
                    Some(Err(error)) => return End::Lost(Trouble::Cut(error.to_string()), None),
                    None => return End::Lost(Trouble::Cut("it ended without a word".to_owned()), None),
                },
                () = sleep_until(due_at) => {
                    if due == Heartbeat::Gone {
                        let why = format!("nothing came for {} s", pulse.silence(due_at).as_secs());
                        return End::Lost(Trouble::Cut(why), None);
                    }
                    pulse.ask(Instant::now());
                    if let Err(why) = tell(&mut socket, vec![Message::ping("")]).await {
                        return End::Lost(why, None);
                    }
                    continue;
                }
                () = sleep_until(awaited.1 + ANSWER_PATIENCE), if awaited.0.is_some() => {
                    let why = format!("what was said had no answer for {} s", ANSWER_PATIENCE.as_secs());
                    return End::Lost(Trouble::Cut(why), None);
                }
                () = sleep_until(paused_until.unwrap_or(due_at)), if paused_until.is_some() => {
                    paused_until = None;
                    self.take_back();
                    self.state.go_on()
                }
                order = self.orders.recv() => match order {
                    Some(order) => match self.take(order).await {
                        Ok(say) => say,
                        Err(end) => return end,
                    },
                    None => {
                        let _ = socket.close().await;
                        return End::Unneeded;
                    }
                },
            };
            if let Err(why) = say(&mut socket, &spoken).await {
                return End::Lost(why, None);
            }
        }
    }

    /// Takes an order in. Answers what to say now.
    async fn take(&mut self, order: Errand) -> Result<Vec<(Option<Ref>, Command)>, End> {
        let heard = match order {
            Errand::Say(_, waiter) if waiter.is_closed() => Heard::default(),
            Errand::Say(command, waiter) => {
                let (ticket, say) = self.state.say(command);
                self.waiters.push((ticket, waiter));
                Heard { say, ..Heard::default() }
            }
            Errand::Follow(room) => self.state.follow(room),
            Errand::Unfollow(room) => self.state.unfollow(room),
        };
        self.tell_all(heard.updates).await?;
        Ok(heard.say)
    }

    /// What nobody waits for any more is not said, unless it is on its way.
    fn take_back(&mut self) {
        let Self { state, waiters, .. } = self;
        waiters.retain(|(ticket, waiter)| !(waiter.is_closed() && state.take_back(*ticket)));
    }

    /// Takes in one message of the server. Answers what to say, now and after a pause.
    async fn listen(&mut self, message: &Message) -> Result<Heard, End> {
        if let Some((code, reason)) = message.as_close() {
            let wait = reason.parse().ok().map(Duration::from_millis);
            return Err(End::Lost(Trouble::closed(code.into(), reason), wait));
        }
        if message.is_binary() {
            return Err(End::Lost(Trouble::Foreign("it says what is no text"), None));
        }
        let Some(text) = message.as_text() else { return Ok(Heard::default()) };
        self.take_back();
        let mut heard = self.state.heard_text(text).map_err(|why| End::Lost(why, None))?;
        self.tell_all(std::mem::take(&mut heard.updates)).await?;
        Ok(heard)
    }

    async fn tell_all(&mut self, updates: impl IntoIterator<Item = Update>) -> Result<(), End> {
        for update in updates {
            if let Update::Over(why) = update {
                return Err(End::Lost(why, None));
            }
            if let Update::Decided(ticket, decision) = &update
                && let Some(at) = self.waiters.iter().position(|(waiting, _)| waiting == ticket)
            {
                // Who has stopped waiting does not want the answer.
                let _ = self.waiters.swap_remove(at).1.send(decision.clone());
            }
            self.tell.send(update).await.map_err(|_| End::Lost(Trouble::Unheard, None))?;
        }
        Ok(())
    }
}

/// Says that the task behind a client has died, which can say nothing any more itself.
struct LastWord {
    tell: mpsc::Sender<Update>,
    /// Why the client has ended, for those who still hold it.
    ended: Arc<OnceLock<Trouble>>,
}

impl Drop for LastWord {
    fn drop(&mut self) {
        if std::thread::panicking() && self.ended.set(Trouble::Defect).is_ok() {
            // If the application is so far behind that there is no room, it learns it from what it says.
            let _ = self.tell.try_send(Update::Over(Trouble::Defect));
        }
    }
}

async fn say(socket: &mut ClientSocket, spoken: &[(Option<Ref>, Command)]) -> Result<(), Trouble> {
    let text = |(reference, command): &(Option<Ref>, Command)| Message::text(encode(command, reference.as_ref()));
    if spoken.is_empty() { Ok(()) } else { tell(socket, spoken.iter().map(text).collect()).await }
}

async fn tell(socket: &mut ClientSocket, frames: Vec<Message>) -> Result<(), Trouble> {
    let told = timeout(SAY_PATIENCE, async {
        for frame in frames {
            socket.feed(frame).await?;
        }
        socket.flush().await
    });
    match told.await {
        Ok(told) => told.map_err(|error: tokio_websockets::Error| Trouble::Cut(error.to_string())),
        Err(_) => Err(Trouble::Cut(format!("nothing was taken for {} s", SAY_PATIENCE.as_secs()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_task_that_dies_says_so_before_it_is_found_dead() {
        let (orders, to_carry_out) = mpsc::channel(1);
        let (tell, mut updates) = mpsc::channel(1);
        let ended = Arc::new(OnceLock::new());
        let task =
            ClientTask::new(Options::new("ws://127.0.0.1:1/ws", "token").unwrap(), to_carry_out, tell, ended.clone());
        let task = tokio::spawn(async move {
            let _task = task;
            panic!("a defect");
        });
        orders.closed().await;
        assert_eq!(ended.get(), Some(&Trouble::Defect));
        assert_eq!(updates.recv().await, Some(Update::Over(Trouble::Defect)));
        assert_eq!(updates.recv().await, None);
        assert!(task.await.unwrap_err().is_panic());
    }
}
