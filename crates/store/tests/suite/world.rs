//! The cast and what they do: Ada, who registers first and so owns the server, Grace and Linus.

use std::path::Path;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use chatterbox_core::emails::Email;
use chatterbox_core::usernames::Username;
use chatterbox_protocol::ids::{MessageId, RoomId};
use chatterbox_protocol::time::Timestamp;
use chatterbox_store::{Author, Changed, NewMessage, NewUser, Options, Outcome, Refused, Sent, Store};
use tempfile::TempDir;
use tokio::sync::oneshot;

/// The only room there is so far.
pub(crate) const LOBBY: RoomId = RoomId::FIRST;

/// When the tests begin: 2026-11-23T15:04:05Z.
pub(crate) const START: Timestamp = Timestamp(1_795_446_245_000);

/// A store in a directory of its own.
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) directory: TempDir,
    clock: AtomicI64,
}

impl World {
    /// An empty one.
    pub(crate) fn new() -> Self {
        let directory = directory();
        Self { store: open(directory.path()), directory, clock: AtomicI64::new(START.0) }
    }

    /// One in which Ada, Grace and Linus are registered and logged in.
    pub(crate) async fn with_cast() -> (Self, [Author; 3]) {
        let world = Self::new();
        let cast = [world.join("ada").await, world.join("grace").await, world.join("linus").await];
        (world, cast)
    }

    /// The same data, after the program has ended and begun again.
    pub(crate) async fn reopen(self) -> Self {
        let Self { store, directory, clock } = self;
        store.close().await;
        Self { store: open(directory.path()), directory, clock }
    }

    /// A moment, later than the one before.
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp(self.clock.fetch_add(1, Ordering::Relaxed))
    }

    /// Registers someone and logs them in.
    pub(crate) async fn join(&self, name: &str) -> Author {
        let user = self.store.register(new_user(name)).await.unwrap().unwrap();
        let session =
            self.store.open_session(user, format!("hash of {name}"), token(), START, |_| ()).await.unwrap().unwrap();
        Author { user, session }
    }

    pub(crate) async fn try_send(&self, by: Author, text: &str, nonce: Option<&str>) -> Outcome<Sent> {
        let new = NewMessage { room: LOBBY, text: text.to_owned(), nonce: nonce.map(str::to_owned), now: self.now() };
        let (answer, answered) = answer();
        self.store.send(by, new, answer)?;
        answered.await.unwrap()
    }

    pub(crate) async fn send(&self, by: Author, text: &str) -> Sent {
        self.try_send(by, text, None).await.unwrap().unwrap()
    }

    pub(crate) async fn edit(&self, by: Author, id: MessageId, text: &str) -> Result<Changed, Refused> {
        let (answer, answered) = answer();
        self.store.edit(by, id, text.to_owned(), self.now(), answer).unwrap();
        answered.await.unwrap().unwrap()
    }

    pub(crate) async fn delete(&self, by: Author, id: MessageId) -> Result<Changed, Refused> {
        let (answer, answered) = answer();
        self.store.delete(by, id, self.now(), answer).unwrap();
        answered.await.unwrap().unwrap()
    }

    /// The texts of the newest page.
    pub(crate) async fn texts(&self) -> Vec<String> {
        let page = self.store.newest(LOBBY, 1_000).await.unwrap();
        page.messages.into_iter().map(|message| message.text).collect()
    }
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

pub(crate) fn new_user(name: &str) -> NewUser {
    NewUser {
        username: Username::parse(name).unwrap(),
        email: Email::parse(&format!("{}@example.org", name.replace(' ', "."))).unwrap(),
        password_hash: format!("hash of {name}"),
        now: START,
    }
}

/// The hash of a token that nobody has had before.
pub(crate) fn token() -> [u8; 32] {
    static COUNT: AtomicU64 = AtomicU64::new(1);
    let mut token = [7; 32];
    token[..8].copy_from_slice(&COUNT.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    token
}

/// A callback, and what it is called with.
pub(crate) fn answer<T: Send + 'static>() -> (impl FnOnce(T) + Send + 'static, oneshot::Receiver<T>) {
    let (sender, receiver) = oneshot::channel();
    (move |answer| drop(sender.send(answer)), receiver)
}
