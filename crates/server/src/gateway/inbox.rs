//! Everything that can wake a reactor, and the box that it lies in until then.

use chatterbox_core::shard::Input;
use mio::Waker;
use parking_lot::Mutex;

use super::open::Arrival;

/// What a reactor is told by others.
#[derive(Debug)]
pub(super) enum Mail {
    /// A connection to take over.
    Arrived(Box<Arrival>),
    /// Something for the shard.
    Input(Input),
    /// The end: the reactor's thread is to stop.
    Stop,
}

/// A reactor's inbox. Nothing here waits. It is as bounded as what is on its way through the store: a reactor empties it
/// in every round, and no round waits for anything.
#[derive(Debug)]
pub(super) struct Inbox {
    state: Mutex<State>,
    waker: Waker,
}

#[derive(Debug, Default)]
struct State {
    mail: Vec<Mail>,
    /// Whether the reactor has been woken since it last looked.
    is_woken: bool,
}

impl Inbox {
    /// An empty box, whose reactor is woken by this.
    pub(super) fn new(waker: Waker) -> Self {
        Self { state: Mutex::default(), waker }
    }

    /// Puts mail into the box, and wakes the reactor.
    pub(super) fn post(&self, mail: Mail) {
        self.put(mail);
        self.wake();
    }

    /// Puts mail into the box. Somebody is to [`wake`](Self::wake) the reactor later, once for all that has gathered.
    pub(super) fn put(&self, mail: Mail) {
        self.state.lock().mail.push(mail);
    }

    /// Wakes the reactor if there is mail that it does not know of.
    pub(super) fn wake(&self) {
        let mut state = self.state.lock();
        let is_due = !state.mail.is_empty() && !std::mem::replace(&mut state.is_woken, true);
        drop(state);
        if is_due && let Err(error) = self.waker.wake() {
            tracing::error!(%error, "a reactor cannot be woken");
        }
    }

    /// Exchanges the mail for an empty list.
    pub(super) fn collect(&self, empty: &mut Vec<Mail>) {
        let mut state = self.state.lock();
        state.is_woken = false;
        std::mem::swap(&mut state.mail, empty);
    }
}
