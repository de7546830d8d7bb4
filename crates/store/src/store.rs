//! The handle that the rest of the house holds. What is changed and what is asked are values: those of `core`, and those that
//! stand here by the name of their resource.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chatterbox_core::changes::{Change, Probe, Refused, UseSession};
use tokio::sync::oneshot;

use crate::sqlite::questions::{Asker, Found, Question};
use crate::sqlite::{self, Sqlite, probe};
use crate::{BackedUp, BackupError, Error, ImportError, Listen, OpenError, Outcome, Progress, Summary};

/// Where things are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The data directory. It is made if it is not there.
    pub data: PathBuf,
}

/// How much a store has to do, and how much that can be at the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// Changes that wait for the writer.
    pub waiting: usize,
    /// With so many waiting, the next one gets [`Error::Busy`].
    pub waiting_max: usize,
    /// Queries that are being answered.
    pub reading: usize,
    /// Further queries wait.
    pub reading_max: usize,
}

/// Everything that lasts. Cheap to clone; all clones are one store. Its async methods need a tokio runtime.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) sqlite: Arc<Sqlite>,
}

impl Store {
    /// Takes the data directory for this process alone, opens the database in it or makes one, brings it up to date,
    /// and looks whether it is sound. Blocks. The error says for people what is wrong and what to do.
    pub fn open(options: &Options) -> Result<Store, OpenError> {
        Ok(Self { sqlite: Arc::new(Sqlite::open(&options.data)?) })
    }

    /// A random text that was made with the database. Another epoch is another history: sequence numbers of one mean
    /// nothing in the other.
    pub fn epoch(&self) -> &str {
        self.sqlite.epoch()
    }

    /// Asks something, and says who asks: a question has no answer for nobody. It is answered in one snapshot, off the async
    /// threads, unless it takes one look at an index only, and a connection for that is free. It answers what the question says,
    /// or refuses it: [`Unauthorized`](Refused::Unauthorized) if a [`Bearer`](crate::Bearer) shows no live session
    /// of an active user, or as the question says.
    ///
    /// ```
    /// use chatterbox_store::{Bearer, FirstOfNewest, Outcome, Page, Store};
    ///
    /// async fn first(store: Store, bearer: Bearer, question: FirstOfNewest) -> Outcome<Page> {
    ///     store.ask(bearer, question).await
    /// }
    /// ```
    ///
    /// A stranger asks for nothing that is in a room:
    ///
    /// ```compile_fail,E0277
    /// use chatterbox_store::{FirstOfNewest, Outcome, Page, Store, Stranger};
    ///
    /// async fn first(store: Store, question: FirstOfNewest) -> Outcome<Page> {
    ///     store.ask(Stranger, question).await
    /// }
    /// ```
    pub async fn ask<A: Asker, Q: Question<A::Standing>>(&self, asker: A, question: Q) -> Outcome<Q::Answer> {
        let answer = self.sqlite.answer((asker, question)).await?;
        Ok(self.told(answer))
    }

    /// Asks something that takes one look at an index only, and answers here and now: for a reactor, which waits for nothing.
    /// None if no connection for that is free, or storage does not answer; [`Self::ask`] knows more then.
    pub fn ask_now<A: Asker, Q: Question<A::Standing>>(
        &self,
        asker: A,
        question: Q,
    ) -> Option<Result<Q::Answer, Refused>> {
        const { assert!(Q::IS_ONE_LOOK, "this is not answered by one look at an index") };
        let answer = self.sqlite.answer_now((asker, question))?.ok()?;
        Some(self.told(answer))
    }

    fn told<T>(&self, Found { answer, used }: Found<T>) -> Result<T, Refused> {
        if let Some((session, now)) = used {
            // A full queue means that the server has better things to do; the next use tries again.
            let _ = self.submit(UseSession { session, now }, |_| ());
        }
        answer
    }

    /// Who is told what is committed from here on. It is set once; what comes later is not taken.
    pub fn listen(&self, listener: impl Listen + 'static) {
        self.sqlite.writer().listen(Box::new(listener));
    }

    /// Enqueues a change. `done` runs once, on the writer's thread, right after the commit or the failure, in the order of
    /// commits, and before the listener is told what has happened, apart from sessions that have ended; it must be quick and
    /// must not wait for this store.
    /// Errors here and now, and then `done` never runs: [`Error::Busy`] if the queue is full, [`Error::Stopped`].
    pub fn submit<C>(&self, change: C, done: impl FnOnce(Outcome<C::Answer>) + Send + 'static) -> Result<(), Error>
    where
        C: Change<Answer: Send> + Send + 'static,
    {
        self.sqlite.writer().submit(change, done)
    }

    /// Makes a change and waits for its commit.
    pub async fn change<C>(&self, change: C) -> Outcome<C::Answer>
    where
        C: Change<Answer: Send> + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        // Who has stopped waiting does not want the answer.
        self.submit(change, move |outcome| drop(sender.send(outcome)))?;
        receiver.await.unwrap_or(Err(Error::Stopped))
    }

    /// Waits until a thread of the store dies by a defect, and answers its name: whatever comes later gets
    /// [`Error::Stopped`], and the program had better end.
    pub async fn death(&self) -> &'static str {
        self.sqlite.death().await
    }

    /// How many changes are neither committed nor refused at this moment.
    pub fn under_way(&self) -> usize {
        self.sqlite.writer().under_way()
    }

    /// How much the store has to do at this moment.
    pub fn load(&self) -> Load {
        let (waiting, waiting_max) = self.sqlite.writer().waiting();
        let (reading, reading_max) = self.sqlite.reading();
        Load { waiting, waiting_max, reading, reading_max }
    }

    /// Finishes what was accepted, moves everything into the database file and lets go of the data directory. What
    /// comes later, by this or another handle, gets [`Error::Stopped`].
    pub async fn close(self) {
        self.sqlite.close().await;
    }

    /// Writes to the disk and reads it back, as proof that storage works, and for more than such a small change.
    pub async fn probe(&self) -> Result<(), Error> {
        let Ok(written) = self.change(Probe).await? else {
            return Err(Error::Failed("the probe was refused".to_owned()));
        };
        let read = self.sqlite.read(probe::read).await?;
        if read < written {
            return Err(Error::Failed("what was written cannot be read".to_owned()));
        }
        self.sqlite.trouble().map_or(Ok(()), Err)
    }
}

/// Copies the database, as it is at one moment, into a file that its owner alone may read. A server may be running, and
/// goes on writing meanwhile. The file gets its name once it is whole, checked and on the disk. Blocks.
pub fn back_up(options: &Options, file: &Path, may_replace: bool) -> Result<BackedUp, BackupError> {
    sqlite::backup::back_up(&options.data, file, may_replace)
}

/// Puts a backup into a data directory that no server is using. What was there before stays whole until the backup is
/// checked and on the disk, and is gone then. It begins another epoch. Blocks.
pub fn restore(options: &Options, file: &Path, may_replace: bool) -> Result<BackedUp, BackupError> {
    sqlite::restore::restore(&options.data, file, may_replace)
}

/// Brings a database of the original program into a data directory that no server is using. Blocks.
///
/// It is all or nothing, and never changes the old file. Running it again changes nothing; if the old program has
/// got more messages meanwhile, it adds just those. `progress` is told now and then how far it is.
pub fn import_chatterbox(
    options: &Options,
    old: &Path,
    progress: &mut dyn FnMut(Progress),
) -> Result<Summary, ImportError> {
    sqlite::import::import(&options.data, old, progress)
}
