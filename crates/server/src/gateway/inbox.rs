//! Everything that can wake a reactor, and the box that it lies in until then.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chatterbox_core::shard::Input;
use mio::net::TcpListener;
use mio::{Token, Waker};
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::oneshot;

use super::open::Arrival;
use crate::http::Conversations;
use crate::listener::Accepted;

/// Mail that a reactor leaves lying at the most when it has time.
const UNREAD_MAX: usize = 256;

/// What a reactor is told by others.
#[derive(Debug)]
pub(super) enum Mail {
    /// The server listens from now on.
    Listen(Box<Listening>),
    /// And no longer.
    StopListening,
    /// A connection that another reactor has accepted.
    Came(Box<Accepted>, Place),
    /// A newcomer has to go for another one.
    Leave(Token),
    /// A socket to take over.
    Arrived(Box<Arrival>, Place),
    /// Something for the shard.
    Input(Input),
    /// Somebody wants to know how much the reactor holds.
    Measure(oneshot::Sender<Load>),
    /// The end: the reactor's thread is to stop.
    Stop,
    /// A defect, to show what one costs.
    #[cfg(test)]
    Defect,
}

/// What a reactor needs to listen.
#[derive(Debug)]
pub(super) struct Listening {
    /// For the one that accepts.
    pub(super) listener: Option<TcpListener>,
    pub(super) conversations: Conversations,
}

/// How much a reactor holds at one moment.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Load {
    /// What lay in its inbox when it looked.
    pub(super) mail: usize,
    pub(super) sockets: usize,
    pub(super) farewells: usize,
    pub(super) log_bytes: u64,
    pub(super) own_bytes: u64,
}

/// A reactor's inbox. Nothing here waits. It is as bounded as what is on its way through the store, and as the connections that
/// may come: a reactor empties it
/// in every round, and no round waits for anything.
#[derive(Debug)]
pub(super) struct Inbox {
    state: Mutex<State>,
    /// What a commit has brought so far: the reactor gets it whole.
    prepared: Mutex<VecDeque<Mail>>,
    waker: Waker,
    places: Arc<AtomicUsize>,
    /// To show what a defect costs before the reactor has collected its mail.
    #[cfg(test)]
    pub(super) is_broken: std::sync::atomic::AtomicBool,
}

/// The place of one connection at its reactor, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Place(Arc<AtomicUsize>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[derive(Debug, Default)]
struct State {
    mail: VecDeque<Mail>,
    /// Whether the reactor has been woken since it last looked.
    is_woken: bool,
    /// Whether some of it is an answer.
    has_answer: bool,
    sleep: Sleep,
}

/// What a reactor sleeps for, besides answers and its sockets.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sleep {
    /// Whatever happens.
    #[default]
    Light,
    /// It has something to tell, and gathers more as long as more is on its way.
    UntilNothingIsUnderWay,
    /// Nobody is there to hear of anything.
    Deep,
}

impl Inbox {
    /// An empty box, whose reactor is woken by this.
    pub(super) fn new(waker: Waker) -> Self {
        Self {
            state: Mutex::default(),
            prepared: Mutex::default(),
            waker,
            places: Arc::default(),
            #[cfg(test)]
            is_broken: Default::default(),
        }
    }

    /// Puts mail into the box, and wakes the reactor.
    pub(super) fn post(&self, mail: Mail) {
        let mut state = self.state.lock();
        state.mail.push_back(mail);
        self.wake(state);
    }

    /// Prepares mail. Somebody is to [`deliver`](Self::deliver) it later, all that was prepared at once.
    pub(super) fn prepare(&self, mail: Mail) {
        self.prepared.lock().push_back(mail);
    }

    /// Puts what was prepared into the box, and wakes the reactor if there is mail that it does not know of, and that cannot
    /// wait until it looks by itself. `under_way` is how many further changes are on their way through the store.
    pub(super) fn deliver(&self, under_way: usize) {
        let mut prepared = self.prepared.lock();
        let mut state = self.state.lock();
        state.has_answer |= prepared.iter().any(|mail| matches!(mail, Mail::Input(Input::Decided { .. })));
        state.mail.append(&mut prepared);
        drop(prepared);
        let cannot_wait = match state.sleep {
            Sleep::Light => !state.mail.is_empty(),
            Sleep::UntilNothingIsUnderWay => under_way == 0 || state.mail.len() > UNREAD_MAX,
            Sleep::Deep => state.mail.len() > UNREAD_MAX,
        };
        if state.has_answer || cannot_wait {
            self.wake(state);
        }
    }

    fn wake(&self, mut state: MutexGuard<'_, State>) {
        if std::mem::replace(&mut state.is_woken, true) {
            return;
        }
        drop(state);
        if let Err(error) = self.waker.wake() {
            tracing::error!(%error, "a reactor cannot be woken");
        }
    }

    /// Wakes the reactor even if it was woken before and may not have looked.
    pub(super) fn wake_anew(&self) {
        self.state.lock().is_woken = true;
        if let Err(error) = self.waker.wake() {
            tracing::error!(%error, "a reactor cannot be woken");
        }
    }

    /// To be called before the reactor sleeps, and before it looks for the last time whether it may.
    pub(super) fn sleep(&self, sleep: Sleep) {
        self.state.lock().sleep = sleep;
    }

    /// Moves the mail to the end of a list, which is empty unless the reactor has failed.
    pub(super) fn collect(&self, list: &mut VecDeque<Mail>) {
        let mut state = self.state.lock();
        (state.is_woken, state.has_answer, state.sleep) = (false, false, Sleep::Light);
        if list.is_empty() {
            std::mem::swap(&mut state.mail, list);
        } else {
            list.append(&mut state.mail);
        }
    }

    /// A place for one more connection at this reactor.
    pub(super) fn place(&self) -> Place {
        self.places.fetch_add(1, Ordering::Relaxed);
        Place(self.places.clone())
    }

    /// Connections that have a place here, or are on the way to it.
    pub(super) fn places(&self) -> usize {
        self.places.load(Ordering::Relaxed)
    }
}
