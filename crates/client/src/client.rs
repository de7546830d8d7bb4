//! A client as a program holds it: what it may say, and how it learns what became of that.

use std::sync::{Arc, OnceLock};

use chatterbox_protocol::commands::{Command, Delete, Edit, Read, Send};
use chatterbox_protocol::events::Failed;
use chatterbox_protocol::ids::{MessageId, RoomId, Seq};
use tokio::sync::{mpsc, oneshot};

use crate::options::Options;
use crate::outbox::CommandAnswer;
use crate::task::{ClientTask, Errand};
use crate::trouble::Trouble;
use crate::update::Update;

/// Updates that may wait for the application. Past it the client reads no more, and the server notices a slow reader.
const UPDATES_MAX: usize = 1_024;

/// Commands that may wait for the task.
const COMMANDS_MAX: usize = 1_024;

/// The client has ended, and why. What was said and not answered may be stored or not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the client has ended: {0}")]
pub struct Gone(pub Trouble);

/// A connection that keeps itself alive. Dropping the last clone ends it.
///
/// What is said here waits until it is decided, however often the connection is lost meanwhile, or until the client has
/// ended. Whoever does not want to wait so long drops the future, for example with `tokio::time::timeout`: then what is
/// not on its way is not said any more. What is on its way may still be stored. A text that the server would refuse is
/// refused here, in its words. What the connection is lost over five times in a row is refused as `internal`, although it
/// may be stored: nothing that is said stops what is said after it.
#[derive(Debug, Clone)]
pub struct Client {
    orders: mpsc::Sender<Errand>,
    ended: Arc<OnceLock<Trouble>>,
}

impl Client {
    /// Begins to connect. The updates are to be read all the time; without a reader the client ends. They tell when the
    /// connection is there ([`Update::Live`]), when it is lost ([`Update::Lost`]), and that the client has given up
    /// ([`Update::Over`]). They end when nothing of the client runs any more.
    pub fn start(options: Options) -> (Self, mpsc::Receiver<Update>) {
        let (orders, to_carry_out) = mpsc::channel(COMMANDS_MAX);
        let (tell, updates) = mpsc::channel(UPDATES_MAX);
        let ended = Arc::new(OnceLock::new());
        tokio::spawn(ClientTask::new(options, to_carry_out, tell, ended.clone()).run());
        (Self { orders, ended }, updates)
    }

    /// Sends a message, and waits until it is stored or refused. Its nonce is made of 128 random bits and never comes
    /// again; a repeat after a lost connection carries it, too, so that the message is stored once.
    pub async fn send(&self, room: RoomId, text: impl Into<String>) -> Result<CommandAnswer, Gone> {
        self.say(Command::Send(Send { text: text.into(), room: Some(room), nonce: Some(nonce()), after: None })).await
    }

    /// Replaces the text of one's own message.
    pub async fn edit(&self, id: MessageId, text: impl Into<String>) -> Result<CommandAnswer, Gone> {
        self.say(Command::Edit(Edit { id, text: text.into() })).await
    }

    /// Deletes a message.
    pub async fn delete(&self, id: MessageId) -> Result<CommandAnswer, Gone> {
        self.say(Command::Delete(Delete { id })).await
    }

    /// Says up to where a person has read.
    pub async fn read(&self, room: RoomId, up_to: Seq) -> Result<CommandAnswer, Gone> {
        self.say(Command::Read(Read { room: Some(room), up_to })).await
    }

    /// Follows a room more, on later connections, too: its newest page comes as [`Update::Reset`], or it is
    /// [`Update::Unfollowed`].
    pub async fn follow(&self, room: RoomId) -> Result<(), Gone> {
        self.orders.send(Errand::Follow(room)).await.map_err(|_| self.gone())
    }

    /// Follows a room no more. What has been told of it and not been read is told still.
    pub async fn unfollow(&self, room: RoomId) -> Result<(), Gone> {
        self.orders.send(Errand::Unfollow(room)).await.map_err(|_| self.gone())
    }

    async fn say(&self, command: Command) -> Result<CommandAnswer, Gone> {
        // The server would end the connection over a text that is much too long, and nobody could tell which it was.
        if let Err(refusal) = command.check_text() {
            return Ok(Err(Failed::new(None, refusal)));
        }
        let (waiter, decision) = oneshot::channel();
        self.orders.send(Errand::Say(command, waiter)).await.map_err(|_| self.gone())?;
        decision.await.map_err(|_| self.gone())
    }

    fn gone(&self) -> Gone {
        // A task that ends says why, unless its runtime has dropped it.
        Gone(self.ended.get().cloned().unwrap_or(Trouble::Unheard))
    }
}

/// A name that no message has had. Where the system has no randomness to give, which no system of today does, the
/// program's own takes its place: a nonce is no secret.
fn nonce() -> String {
    let mut bytes = [0; 16];
    if getrandom::fill(&mut bytes).is_err() {
        fastrand::fill(&mut bytes);
    }
    format!("{:032x}", u128::from_be_bytes(bytes))
}
