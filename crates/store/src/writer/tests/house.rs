//! What the tests have in common: Ada, who owns the server, and a writer whose groups are chosen by hand.

use std::collections::VecDeque;
use std::ffi::c_int;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, mpsc};

use chatterbox_core::changes::{Author, Change, Facts, Key, LogIn, Register, SendMessage, Told};
use chatterbox_core::emails::Email;
use chatterbox_core::sessions::Whence;
use chatterbox_core::usernames::Username;
use chatterbox_protocol::ids::{RoomId, UserId};
use chatterbox_protocol::time::Timestamp;
use rusqlite::ffi;
use tempfile::TempDir;

use crate::Outcome;
use crate::engine::{Engine, Failure};
use crate::sqlite::engine::SqliteEngine;
use crate::sqlite::lock::Lock;
use crate::sqlite::{Parts, open_engine};
use crate::threads::Threads;
use crate::writer::group::Groups;
use crate::writer::job::{Job, Task};
use crate::writer::listener::{Listen, Listener};

pub(super) const NOW: Timestamp = Timestamp(1_795_446_245_000);

/// The rooms that there are.
pub(super) const ROOMS: [RoomId; 2] = [RoomId::FIRST, RoomId(2)];

/// Where a database fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum At {
    Write,
    Commit,
}

/// SQLite, which fails where it is told to, and counts what it is asked for.
pub(super) struct Tripping {
    pub(super) engine: SqliteEngine,
    /// Each fails the next step of its kind with this code of SQLite's.
    pub(super) trips: VecDeque<(At, c_int)>,
    pub(super) looked_up: usize,
    pub(super) looks: usize,
}

impl Tripping {
    fn trip(&mut self, at: At) -> Result<(), Failure> {
        match self.trips.pop_front_if(|(place, _)| *place == at) {
            Some((_, code)) => Err(self.engine.judge(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None))),
            None => Ok(()),
        }
    }
}

impl Engine for Tripping {
    fn begin(&mut self, facts: &mut Facts) -> Result<(), Failure> {
        self.engine.begin(facts)
    }

    fn look(&mut self, keys: &[Key], facts: &mut Facts) -> Result<(), Failure> {
        self.looked_up += keys.len();
        self.looks += 1;
        self.engine.look(keys, facts)
    }

    fn write(&mut self, facts: &Facts) -> Result<(), Failure> {
        self.trip(At::Write)?;
        self.engine.write(facts)
    }

    fn commit(&mut self) -> Result<(), Failure> {
        self.trip(At::Commit)?;
        self.engine.commit()
    }

    fn roll_back(&mut self) {
        self.engine.roll_back();
    }

    fn has_decided(&mut self, failed: usize) {
        self.engine.has_decided(failed);
    }

    fn has_answered(&mut self) {
        self.engine.has_answered();
    }

    fn close(self) {
        self.engine.close();
    }
}

/// Remembers what is told, and how often something was committed.
#[derive(Clone, Default)]
pub(super) struct Ear(pub(super) Arc<Mutex<Vec<Option<Told>>>>);

impl Listen for Ear {
    fn told(&self, told: Told) {
        self.0.lock().unwrap().push(Some(told));
    }

    fn committed(&self, _: usize) {
        self.0.lock().unwrap().push(None);
    }
}

/// A writer without a thread.
pub(super) struct House {
    pub(super) groups: Groups<Tripping>,
    pub(super) parts: Parts,
    pub(super) ear: Ear,
    under_way: Arc<AtomicUsize>,
    _lock: Lock,
    pub(super) directory: TempDir,
}

/// What comes of a change.
pub(super) type Answer<T> = mpsc::Receiver<Outcome<T>>;

impl House {
    pub(super) fn new() -> Self {
        // In memory if there is such a place: no test cuts the power.
        let directory = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let (engine, lock, parts) = open_engine(directory.path(), &Threads::new()).unwrap();
        let (listener, under_way, ear) = (Arc::<Listener>::default(), Arc::<AtomicUsize>::default(), Ear::default());
        listener.set(Box::new(ear.clone()));
        let attic = "INSERT INTO rooms (id, kind, name, created_at) VALUES (2, 'open', 'Attic', 0)";
        assert_eq!(engine.connection.execute(attic, []), Ok(1));
        let engine = Tripping { engine, trips: VecDeque::new(), looked_up: 0, looks: 0 };
        let groups = Groups::new(engine, listener, Arc::clone(&under_way));
        Self { groups, parts, ear, under_way, _lock: lock, directory }
    }

    /// A house in which Ada is logged in.
    pub(super) fn with_ada() -> (Self, Author) {
        let mut house = Self::new();
        let user = house.change(register()).unwrap().unwrap().user;
        let session = house.change(log_in(user)).unwrap().unwrap();
        (house, Author { user, session })
    }

    /// Commits these together.
    pub(super) fn commit(&mut self, jobs: impl IntoIterator<Item = Box<dyn Job>>) {
        let mut jobs: Vec<_> = jobs.into_iter().collect();
        self.under_way.fetch_add(jobs.len(), std::sync::atomic::Ordering::SeqCst);
        self.groups.commit(&mut jobs);
    }

    /// Commits one change alone.
    pub(super) fn change<C: Change<Answer: Send> + Send + 'static>(&mut self, change: C) -> Outcome<C::Answer> {
        let (job, answer) = job(change);
        self.commit([job]);
        answer.try_recv().unwrap()
    }

    /// What the store says to a query, beside the writer.
    pub(super) fn number(&self, query: &str) -> i64 {
        let file = rusqlite::Connection::open(self.directory.path().join("chatterbox.db")).unwrap();
        file.query_row(query, [], |row| row.get(0)).unwrap()
    }
}

/// A change on its way, and its answer.
pub(super) fn job<C: Change<Answer: Send> + Send + 'static>(change: C) -> (Box<dyn Job>, Answer<C::Answer>) {
    let (tell, answer) = mpsc::channel();
    (Box::new(Task::new(change, move |outcome| tell.send(outcome).unwrap())), answer)
}

pub(super) fn says(by: Author, text: &str) -> SendMessage {
    SendMessage { by, room: RoomId::FIRST, text: text.into(), nonce: None, now: NOW }
}

pub(super) fn register() -> Register {
    Register {
        username: Username::parse("ada").unwrap(),
        email: Email::parse("ada@example.org").unwrap(),
        password_hash: String::new(),
        invitation: None,
        place: None,
        now: NOW,
    }
}

pub(super) fn log_in(user: UserId) -> LogIn {
    LogIn { user, password_hash: String::new(), token_hash: [0; 32], whence: Whence::default(), now: NOW }
}
