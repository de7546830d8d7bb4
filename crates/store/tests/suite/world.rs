//! The cast and what they do: Ada, who registers first and so owns the server, Grace and Linus.

use std::path::Path;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use chatterbox_core::changes::{
    Author, DeleteMessage, EditMessage, LogIn, Placed, Refused, Register, SendMessage, Told,
};
use chatterbox_core::emails::Email;
use chatterbox_core::logs::LogId;
use chatterbox_core::sessions::Whence;
use chatterbox_core::usernames::Username;
use chatterbox_protocol::ids::{MessageId, RoomId, Seq, SessionId, UserId};
use chatterbox_protocol::time::Timestamp;
use chatterbox_protocol::users::Role;
use chatterbox_store::{
    Actor, Bearer, ChangesSince, Credentials, CredentialsOf, Filling, Greet, House, Listen, NewestPage, Options,
    Outcome, Page, Question, RoomRow, Store, Stranger, WhoAmI,
};
use tempfile::TempDir;

/// The only room there is so far.
pub(crate) const LOBBY: RoomId = RoomId::FIRST;

/// When the tests begin: 2026-11-23T15:04:05Z.
pub(crate) const START: Timestamp = Timestamp(1_795_446_245_000);

/// A store in a directory of its own.
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) directory: TempDir,
    clock: AtomicI64,
    ear: Ear,
}

/// Everything that the store has told and nobody has asked for yet.
#[derive(Clone, Default)]
struct Ear(Arc<Mutex<Vec<Told>>>);

impl Listen for Ear {
    fn told(&self, told: Told) {
        self.0.lock().unwrap().push(told);
    }

    fn committed(&self, _: usize) {}
}

impl World {
    /// An empty one.
    pub(crate) fn new() -> Self {
        let directory = directory();
        Self::of(directory, AtomicI64::new(START.0))
    }

    fn of(directory: TempDir, clock: AtomicI64) -> Self {
        let (store, ear) = (open(directory.path()), Ear::default());
        store.listen(ear.clone());
        Self { store, directory, clock, ear }
    }

    /// One in which Ada, Grace and Linus are registered and logged in.
    pub(crate) async fn with_cast() -> (Self, [Author; 3]) {
        let world = Self::new();
        let cast = [world.join("ada").await, world.join("grace").await, world.join("linus").await];
        (world, cast)
    }

    /// The same data, after the program has ended and begun again.
    pub(crate) async fn reopen(self) -> Self {
        let Self { store, directory, clock, .. } = self;
        store.close().await;
        Self::of(directory, clock)
    }

    /// A moment, later than the one before.
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp(self.clock.fetch_add(1, Ordering::Relaxed))
    }

    /// What the store has told of everything that is answered, since this was asked last.
    pub(crate) async fn heard(&self) -> Vec<Told> {
        // The store tells right behind each answer, and before the next one.
        self.store.probe().await.unwrap();
        std::mem::take(&mut *self.ear.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Registers someone and logs them in.
    pub(crate) async fn join(&self, name: &str) -> Author {
        let user = self.store.change(register(name)).await.unwrap().unwrap().user;
        let session = self.store.change(LogIn { user, ..log_in(name) }).await.unwrap().unwrap();
        Author { user, session }
    }

    /// A message of this moment.
    pub(crate) fn message(&self, by: Author, text: &str, nonce: Option<&str>) -> SendMessage {
        let (text, nonce) = (text.into(), nonce.map(Into::into));
        SendMessage { by, room: LOBBY, text, nonce, now: self.now() }
    }

    pub(crate) async fn try_send(&self, by: Author, text: &str, nonce: Option<&str>) -> Outcome<Placed> {
        self.store.change(self.message(by, text, nonce)).await
    }

    pub(crate) async fn send(&self, by: Author, text: &str) -> Placed {
        self.try_send(by, text, None).await.unwrap().unwrap()
    }

    pub(crate) async fn edit(&self, by: Author, id: MessageId, text: &str) -> Result<Placed, Refused> {
        let (text, now) = (text.into(), self.now());
        self.store.change(EditMessage { by, id, text, now }).await.unwrap()
    }

    pub(crate) async fn delete(&self, by: Author, id: MessageId) -> Result<Placed, Refused> {
        self.store.change(DeleteMessage { by, id, now: self.now() }).await.unwrap()
    }

    /// The texts of the newest page.
    pub(crate) async fn texts(&self) -> Vec<String> {
        let page = newest(&self.store, 1_000).await;
        page.messages.into_iter().map(|message| message.text).collect()
    }
}

/// Ada as her session shows her, or whoever came first.
pub(crate) fn somebody() -> Actor {
    actor(UserId(1), Role::Owner)
}

/// Somebody with this role, whose session has just been looked at.
pub(crate) fn actor(user: UserId, role: Role) -> Actor {
    Actor { session: SessionId(1), user, username: "somebody".to_owned(), role, expires: Timestamp(i64::MAX) }
}

/// What a question answers that is nothing to do with who asks.
pub(crate) async fn asks<Q: Question<Actor>>(store: &Store, question: Q) -> Q::Answer {
    store.ask(somebody(), question).await.unwrap().unwrap()
}

/// The newest page of the Lobby.
pub(crate) async fn newest(store: &Store, limit: usize) -> Page {
    asks(store, NewestPage { room: LOBBY, limit }).await
}

/// What fills a log from a place on.
pub(crate) async fn filling(store: &Store, log: LogId, since: Seq, max: usize) -> Option<Filling> {
    store.ask(House, ChangesSince { log, since, max }).await.unwrap().unwrap()
}

/// What fills the Lobby's log.
pub(crate) async fn changes_since(store: &Store, since: Seq, max: usize) -> Option<Filling> {
    filling(store, LogId::Room(LOBBY), since, max).await
}

/// Runs a test to its end.
pub(crate) fn run(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test);
}

pub(crate) async fn credentials(store: &Store, typed: &str) -> Option<Credentials> {
    store.ask(Stranger, CredentialsOf { typed: typed.to_owned() }).await.unwrap().unwrap()
}

/// The rooms that a user sees.
pub(crate) async fn rooms_of(store: &Store, user: UserId) -> Vec<RoomRow> {
    store.ask(actor(user, Role::Member), Greet::default()).await.unwrap().unwrap().rooms
}

/// Whose live session it is that this token opens.
pub(crate) async fn who_holds(store: &Store, token_hash: [u8; 32], now: Timestamp) -> Option<Actor> {
    let answer = store.ask(Bearer { token_hash, now }, WhoAmI).await.unwrap();
    assert!(matches!(answer, Ok(_) | Err(Refused::Unauthorized)));
    answer.ok()
}

/// A directory that is gone after the test: in memory if there is such a place, because the suite commits a few
/// thousand times and none of its tests cuts the power.
pub(crate) fn directory() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

/// Opens a data directory.
pub(crate) fn open(data: &Path) -> Store {
    Store::open(&options(data)).unwrap()
}

pub(crate) fn options(data: &Path) -> Options {
    Options { data: data.to_owned() }
}

pub(crate) fn register(name: &str) -> Register {
    Register {
        username: Username::parse(name).unwrap(),
        email: Email::parse(&format!("{}@example.org", name.replace(' ', "."))).unwrap(),
        password_hash: format!("hash of {name}"),
        invitation: None,
        place: None,
        now: START,
    }
}

/// A login of the first user, who has this name.
pub(crate) fn log_in(name: &str) -> LogIn {
    let password_hash = format!("hash of {name}");
    LogIn { user: UserId(1), password_hash, token_hash: token(), whence: Whence::default(), now: START }
}

/// The hash of a token that nobody has had before.
pub(crate) fn token() -> [u8; 32] {
    static COUNT: AtomicU64 = AtomicU64::new(1);
    let mut token = [7; 32];
    token[..8].copy_from_slice(&COUNT.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    token
}
